/**
 * Checks one passkey signature as a third party: with the public key alone, without trust in the relay.
 *
 * Does not compare signature counters or credential ids: both need a memory that a verifier does not have. WebAuthn
 * Level 3 section 7.2, steps that need no state.
 */
import { type Bytes, base64urlEncode } from '../data/bytes.ts'
import { hash } from '../data/digest.ts'
import { insist, refusingAsync } from '../errors/refuse.ts'
import { rawSignature } from '../keys/der.ts'
import { importPublicKey, type KeyAlgorithm, type PublicJwk, type Verify } from '../keys/jwk.ts'
import { type Assertion, type AssertionBytes, readAssertion } from './assertion.ts'

/** One passkey of an approver, as approvers.json lists it. */
export type ApproverKey = PublicJwk & {
  /** RFC 7638 thumbprint of the key. */
  readonly kid: string
  readonly alg: KeyAlgorithm
  /** Backup eligible, as at registration: true for synced passkeys. */
  readonly be: boolean
}

/** The relying party that passkeys sign for. */
export type RelyingParty = {
  readonly rpId: string
  /** Origins on which a consent may be given, compared exactly. */
  readonly origins: readonly string[]
}

/** The input of `verifyAssertion`. */
export type AssertionInput = AssertionBytes &
  RelyingParty & {
    /** 32 bytes: `consentChallenge` or `batchChallenge`. */
    readonly challenge: Uint8Array
    readonly key: ApproverKey
  }

/**
 * Checks an assertion: `type`, challenge, origin, no cross-origin frame, RP ID, user present and verified, backup flags
 * as registered, and the signature. Throws `consent_invalid`, whose `cause` names the rule.
 */
export function verifyAssertion(input: AssertionInput): Promise<void> {
  return refusingAsync('consent_invalid', async () => {
    const { challenge } = await proveAssertion(input, input.key, input)
    insist(challenge === base64urlEncode(input.challenge), 'challenge')
  })
}

/** As `verifyAssertion`, but for the challenge: compare the one in the result. Throws whatever is at fault. */
export async function proveAssertion(
  bytes: AssertionBytes,
  key: ApproverKey,
  { rpId, origins }: RelyingParty,
): Promise<Assertion> {
  const assertion = readAssertion(bytes)
  const { origin, rpIdHash, backupEligible } = assertion
  insist(typeof origin === 'string' && origins.includes(origin), 'origin')
  insist(backupEligible === key.be, 'backup flags')
  insist(isSame(rpIdHash, await hashOfRpId(rpId)), 'relying party')
  const raw = key.alg === 'ES256' ? rawSignature(bytes.signature) : bytes.signature
  insist(raw !== undefined && (await (await verifierOf(key))(raw, await signedBytes(bytes))), 'signature')
  return assertion
}

async function signedBytes({ authenticatorData, clientDataJson }: AssertionBytes): Promise<Bytes> {
  const signed = new Uint8Array(authenticatorData.length + 32)
  signed.set(authenticatorData)
  signed.set(await hash(clientDataJson), authenticatorData.length)
  return signed
}

const isSame = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])

// A verifier sees one relying party for as long as it lives, and each key many times.
let lastRpId: { readonly rpId: string; readonly hash: Bytes } | undefined
const imported = new WeakMap<ApproverKey, Verify>()

async function hashOfRpId(rpId: string): Promise<Bytes> {
  if (lastRpId?.rpId !== rpId) lastRpId = { rpId, hash: await hash(rpId) }
  return lastRpId.hash
}

async function verifierOf(key: ApproverKey): Promise<Verify> {
  const verify = imported.get(key) ?? (await importPublicKey(key))
  imported.set(key, verify)
  return verify
}
