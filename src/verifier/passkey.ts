/**
 * Checks one passkey signature as a third party: with the public key alone, trusting nobody who relayed it.
 *
 * In: the challenge it must answer, the three byte strings of the assertion, the approver's key, the relying party.
 * Out: nothing, or `consent_invalid`.
 *
 * Does not compare signature counters or credential ids: both need a memory that a verifier does not have.
 * WebAuthn Level 3 section 7.2, steps that need no state.
 */
import { rawSignature } from './der.ts'
import { type Bytes, base64urlEncode, decodeUtf8, sha256 } from './encoding.ts'
import { isJsonObject, parseJson } from './json.ts'
import { importPublicKey, type KeyAlgorithm, type PublicJwk } from './jwk.ts'
import { verifySignature } from './jws.ts'
import { insist, refusingAsync } from './refuse.ts'

/** One passkey of an approver, as approvers.json lists it. */
export type ApproverKey = PublicJwk & {
  /** RFC 7638 thumbprint of the key. */
  readonly kid: string
  readonly alg: KeyAlgorithm
  /** Backup eligible, as at registration: true for synced passkeys. */
  readonly be: boolean
}

/** What `verifyAssertion` needs. */
export type AssertionInput = {
  /** 32 bytes: `consentChallenge` or `batchChallenge`. */
  readonly challenge: Uint8Array
  readonly authenticatorData: Bytes
  readonly clientDataJson: Bytes
  /** As the authenticator gave it: ES256 in DER, Ed25519 and RSA raw. */
  readonly signature: Bytes
  readonly key: ApproverKey
  readonly rpId: string
  /** Origins on which a consent may be given, compared exactly. */
  readonly origins: readonly string[]
}

const UP = 0x01
const UV = 0x04
const BE = 0x08
const BS = 0x10
const AT = 0x40
const ED = 0x80

/**
 * Checks an assertion: `type`, challenge, origin, no cross-origin frame, RP ID, user present and verified, backup flags
 * as registered, and the signature. Throws `consent_invalid`.
 */
export function verifyAssertion(input: AssertionInput): Promise<void> {
  return refusingAsync('consent_invalid', async () => {
    checkClientData(input)
    await checkAuthenticatorData(input)
    await checkSignature(input)
  })
}

function checkClientData({ clientDataJson, challenge, origins }: AssertionInput): void {
  const data = parseJson(decodeUtf8(clientDataJson))
  insist(isJsonObject(data), 'client data')
  const { type, challenge: answered, origin, crossOrigin, topOrigin } = data
  insist(type === 'webauthn.get', 'type')
  insist(answered === base64urlEncode(challenge), 'challenge')
  insist(typeof origin === 'string' && origins.includes(origin), 'origin')
  insist((crossOrigin === undefined || crossOrigin === false) && topOrigin === undefined, 'crossOrigin')
}

async function checkAuthenticatorData({ authenticatorData: data, rpId, key }: AssertionInput): Promise<void> {
  const flags = data[32] ?? 0
  const has = (flag: number): boolean => (flags & flag) !== 0
  // 37 bytes, and more only where extensions are announced. An assertion attests no credential.
  insist((has(ED) ? data.length > 37 : data.length === 37) && !has(AT), 'length')
  const expected = await rpIdHash(rpId)
  insist(
    expected.every((byte, index) => byte === data[index]),
    'rpId',
  )
  insist(has(UP) && has(UV), 'user verification')
  insist(has(BE) === key.be && (has(BE) || !has(BS)), 'backup')
}

async function checkSignature({ authenticatorData, clientDataJson, key, signature }: AssertionInput): Promise<void> {
  const signed = new Uint8Array(authenticatorData.length + 32)
  signed.set(authenticatorData)
  signed.set(await sha256(clientDataJson), authenticatorData.length)
  const raw = key.alg === 'ES256' ? rawSignature(signature) : signature
  insist(raw !== undefined && (await verifySignature(key.alg, await importApproverKey(key), raw, signed)), 'signature')
}

// A verifier sees one relying party for as long as it lives, and each key many times.
let lastRpId: { readonly rpId: string; readonly hash: Bytes } | undefined
const importedKeys = new WeakMap<ApproverKey, CryptoKey>()

async function rpIdHash(rpId: string): Promise<Bytes> {
  if (lastRpId?.rpId !== rpId) lastRpId = { rpId, hash: await sha256(rpId) }
  return lastRpId.hash
}

async function importApproverKey(key: ApproverKey): Promise<CryptoKey> {
  const imported = importedKeys.get(key) ?? (await importPublicKey(key))
  importedKeys.set(key, imported)
  return imported
}
