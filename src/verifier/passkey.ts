/**
 * Checks one passkey signature as a third party: with the public key alone, trusting nobody who relayed it.
 *
 * In:  the challenge it must answer, the three byte strings of the assertion, the approver's key, the relying party.
 * Out: nothing, or `consent_invalid`.
 *
 * Does not compare signature counters or credential ids: both need a memory that a verifier does not have.
 * WebAuthn Level 3 section 7.2, steps that need no state.
 */
import { rawSignature } from './der.ts'
import { type Bytes, base64urlEncode, decodeUtf8, sha256 } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import { isJsonObject, parseJson } from './json.ts'
import { importPublicKey, type KeyAlgorithm, type PublicJwk } from './jwk.ts'
import { verifySignature } from './jws.ts'

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
 * as registered, and the signature. Throws `consent_invalid`. STANDARDS 3.
 */
export async function verifyAssertion(input: AssertionInput): Promise<void> {
  checkClientData(input)
  await checkAuthenticatorData(input)
  const { key, authenticatorData, clientDataJson } = input
  const signed = new Uint8Array(authenticatorData.length + 32)
  signed.set(authenticatorData)
  signed.set(await sha256(clientDataJson), authenticatorData.length)
  const signature = key.alg === 'ES256' ? rawSignature(input.signature) : input.signature
  if (signature === undefined) throw invalid('The signature of a consent is not DER.')
  if (!(await verifySignature(key.alg, await importApproverKey(key), signature, signed))) {
    throw invalid('The signature of a consent does not verify.')
  }
}

function checkClientData({ clientDataJson, challenge, origins }: AssertionInput): void {
  const data = parseClientData(clientDataJson)
  if (data['type'] !== 'webauthn.get') throw invalid('A consent is not an assertion.')
  if (data['challenge'] !== base64urlEncode(challenge)) throw invalid('A consent was given to something else.')
  const { origin, crossOrigin } = data
  if (typeof origin !== 'string' || !origins.includes(origin)) throw invalid('A consent was given on a foreign page.')
  if ((crossOrigin !== undefined && crossOrigin !== false) || data['topOrigin'] !== undefined) {
    throw invalid('A consent was given inside a foreign page.')
  }
}

function parseClientData(bytes: Bytes) {
  try {
    const value = parseJson(decodeUtf8(bytes))
    if (isJsonObject(value)) return value
  } catch (cause) {
    throw invalid('The client data of a consent is not strict JSON.', cause)
  }
  throw invalid('The client data of a consent is not an object.')
}

async function checkAuthenticatorData({ authenticatorData: data, rpId, key }: AssertionInput): Promise<void> {
  const flags = data[32] ?? 0
  const extended = (flags & ED) !== 0
  if (data.length < 37 || data.length > 37 !== extended || flags & AT) throw invalid('Authenticator data is malformed.')
  const expected = await rpIdHash(rpId)
  if (!expected.every((byte, index) => byte === data[index])) throw invalid('A consent was given to another site.')
  if (!(flags & UP) || !(flags & UV)) throw invalid('A consent was given without verifying the person.')
  if (flags & BS && !(flags & BE)) throw invalid('The backup flags of a consent contradict each other.')
  if (((flags & BE) !== 0) !== key.be) throw invalid('A passkey is not the kind that was enrolled.')
}

// A verifier sees one relying party for as long as it lives, and each key many times.
const rpIdHashes = new Map<string, Bytes>()
const importedKeys = new WeakMap<ApproverKey, CryptoKey>()

async function rpIdHash(rpId: string): Promise<Bytes> {
  const known = rpIdHashes.get(rpId)
  if (known !== undefined) return known
  const hash = await sha256(rpId)
  if (rpIdHashes.size >= 64) rpIdHashes.clear()
  rpIdHashes.set(rpId, hash)
  return hash
}

async function importApproverKey(key: ApproverKey): Promise<CryptoKey> {
  const known = importedKeys.get(key)
  if (known !== undefined) return known
  const imported = await importPublicKey(key)
  importedKeys.set(key, imported)
  return imported
}

function invalid(message: string, cause?: unknown): ApprovalError {
  return new ApprovalError('consent_invalid', { message: `${message} Ask for a new approval.`, cause })
}
