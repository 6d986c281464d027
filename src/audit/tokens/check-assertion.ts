/**
 * Checks one passkey signature, as the verifier does, but without waiting: an audit checks them by the hundred thousand.
 *
 * In: a consent, the challenge it must answer, the key. Out: nothing, or in words what does not hold.
 * The vectors of the verifier's own check (`test/vectors/assertion.json`) hold this one to the same answers.
 * WebAuthn Level 3 section 7.2.
 */
import { type ApproverKey, base64urlDecode, type Consent, type JsonValue, parseJson } from '@countersign/verifier'
import type { AuditCrypto, Verify } from '../crypto.ts'
import { isObject, textOf } from '../log/read-entry.ts'

export interface RelyingParty {
  /** Base64url of SHA-256 of the RP ID. */
  readonly rpIdHash: string
  readonly origins: readonly string[]
}

/** A passkey, ready to check with. */
export interface Passkey {
  readonly be: boolean
  readonly verify: Verify
}

export type Signed = Pick<Consent, 'authenticator_data' | 'client_data_json' | 'signature'>

const UP_AND_UV = 0x05
const BE = 0x08
const BS = 0x10
const AT = 0x40
const ED = 0x80
const RP_ID_HASH_BYTES = 32
const HEAD_BYTES = 37

/** The party of an authority at this origin. */
export const relyingParty = (issuer: string, digest: AuditCrypto['digest']): RelyingParty => ({
  rpIdHash: digest(new URL(issuer).hostname),
  origins: [issuer],
})

export const passkeyOf = (key: ApproverKey, crypto: AuditCrypto): Passkey => ({
  be: key.be,
  verify: crypto.verifierOf(key, 'der'),
})

/**
 * What is wrong with an assertion: `challenge` when all holds but what was signed is something else. `challenge` is
 * base64url; null leaves it open what was signed.
 */
export function faultOfAssertion(
  signed: Signed,
  challenge: string | null,
  passkey: Passkey,
  party: RelyingParty,
  crypto: AuditCrypto,
): string | null {
  try {
    const data = base64urlDecode(signed.authenticator_data)
    const client = base64urlDecode(signed.client_data_json)
    const answered = readClientData(client, party)
    const fault = typeof answered === 'string' ? answered : faultOfAuthenticatorData(data, passkey, party, crypto)
    if (fault !== null) return fault
    if (!passkey.verify(base64urlDecode(signed.signature), signedBytes(data, client, crypto))) return 'signature'
    return typeof answered !== 'string' && (challenge === null || answered.challenge === challenge) ? null : 'challenge'
  } catch {
    return 'encoding'
  }
}

/** The challenge that was answered, as the client data says; undefined when they say none. */
export function challengeIn({ client_data_json }: Pick<Signed, 'client_data_json'>): string | undefined {
  const data = parseJson(utf8.decode(base64urlDecode(client_data_json)))
  return isObject(data) ? textOf(data, 'challenge') : undefined
}

function readClientData(bytes: Uint8Array, { origins }: RelyingParty): { readonly challenge: JsonValue } | string {
  const data = parseJson(utf8.decode(bytes))
  if (!isObject(data)) return 'client data'
  const { type, challenge, origin, crossOrigin, topOrigin } = data
  if (type !== 'webauthn.get') return 'type'
  if (typeof origin !== 'string' || !origins.includes(origin)) return 'origin'
  if ((crossOrigin !== undefined && crossOrigin !== false) || topOrigin !== undefined) return 'cross-origin'
  return { challenge: challenge ?? null }
}

function faultOfAuthenticatorData(
  data: Uint8Array,
  { be }: Passkey,
  { rpIdHash }: RelyingParty,
  { encode }: AuditCrypto,
): string | null {
  const flags = data[RP_ID_HASH_BYTES] ?? 0
  const has = (flag: number) => (flags & flag) !== 0
  if ((has(ED) ? data.length <= HEAD_BYTES : data.length !== HEAD_BYTES) || has(AT)) return 'length'
  if (encode(data.subarray(0, RP_ID_HASH_BYTES)) !== rpIdHash) return 'relying party'
  if ((flags & UP_AND_UV) !== UP_AND_UV) return 'user verification'
  return has(BE) === be && (has(BE) || !has(BS)) ? null : 'backup flags'
}

function signedBytes(data: Uint8Array, client: Uint8Array, { hashInto }: AuditCrypto): Uint8Array {
  const signed = new Uint8Array(data.length + 32)
  signed.set(data)
  hashInto(client, signed.subarray(data.length))
  return signed
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
