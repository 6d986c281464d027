/**
 * Verifies signatures on the calling thread, without a promise: the rules of the verifier's `proveConsent`, and its
 * vectors. An audit verifies two signatures a token, and promises would take longer than the rules. SPEC 5.
 */
import { ApprovalError, type ApproverKey, type JsonValue, parseJson, type RelyingParty } from '@countersign/verifier'
import {
  type Assertion,
  assertionOf,
  decodeUtf8,
  importPublicKey,
  rawSignature,
  type SignedConsent,
} from '@countersign/verifier/authority'
import type { AuditCrypto } from '../crypto.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Verify = (signature: Bytes, data: Bytes) => unknown

const imported = new WeakMap<ApproverKey, Verify>()

/** False as well where the platform would answer later, as Web Crypto does. Throws when the numbers are no key. */
export function isSignedBy(key: ApproverKey, signature: Bytes, data: Bytes): boolean {
  let verify = imported.get(key)
  if (verify === undefined) {
    verify = importPublicKey(key) as Verify
    imported.set(key, verify)
  }
  return verify(signature, data) === true
}

/** Gives the challenge that a passkey answered, and the origin. Throws `consent_invalid`, whose `cause` names the rule. */
export type ProveConsent = (consent: SignedConsent, key: ApproverKey, party: RelyingParty) => Assertion

type ProofCrypto = Pick<AuditCrypto, 'hashInto' | 'digest' | 'encode' | 'decode'>

export function createConsentProof(crypto: ProofCrypto): ProveConsent {
  const hashOf = createNameHash(crypto)
  return (...consented) => {
    try {
      return prove(crypto, hashOf, consented)
    } catch (cause) {
      throw new ApprovalError('consent_invalid', { cause })
    }
  }
}

/** Nearly all consents of a log name one relying party, which is hashed once. */
function createNameHash({ digest }: ProofCrypto): (rpId: string) => string {
  let last = { rpId: '', hash: digest('') }
  return (rpId) => {
    if (last.rpId !== rpId) last = { rpId, hash: digest(rpId) }
    return last.hash
  }
}

const HASH_BYTES = 32

function prove(
  { hashInto, encode, decode }: ProofCrypto,
  hashOf: (rpId: string) => string,
  [consent, key, { rpId, origins }]: Parameters<ProveConsent>,
): Assertion {
  const authenticatorData = decode(consent.authenticator_data)
  const clientDataJson = decode(consent.client_data_json)
  const given = decode(consent.signature)
  const assertion = assertionOf(readClientData(clientDataJson), authenticatorData)
  const { origin, rpIdHash, backupEligible } = assertion
  insist(typeof origin === 'string' && origins.includes(origin), 'origin')
  insist(backupEligible === key.be, 'backup flags')
  insist(encode(rpIdHash) === hashOf(rpId), 'relying party')
  const signature = key.alg === 'ES256' ? rawSignature(given) : given
  const signed = new Uint8Array(authenticatorData.length + HASH_BYTES)
  signed.set(authenticatorData)
  hashInto(clientDataJson, signed.subarray(authenticatorData.length))
  insist(signature !== undefined && isSignedBy(key, signature, signed), 'signature')
  return assertion
}

/** As browsers write client data, where nothing is escaped or added: WebAuthn Level 3 section 5.8.1.1. */
const USUAL = /^\{"type":"webauthn\.get","challenge":"([\w-]+)","origin":"([\w.:/-]+)","crossOrigin":false\}$/

/** Strict JSON. A text of the usual form can be read in one way only, so it is not parsed, which takes five times as long. */
function readClientData(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes)
  const [, challenge, origin] = USUAL.exec(text) ?? []
  if (challenge === undefined || origin === undefined) return parseJson(text)
  return { type: 'webauthn.get', challenge, origin, crossOrigin: false }
}

function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new TypeError(`does not hold: ${what}`)
}
