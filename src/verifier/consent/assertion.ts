/**
 * Reads a passkey's assertion, by every rule that needs neither the key nor the relying party.
 *
 * Checks no signature: `proveAssertion` does. WebAuthn Level 3 section 6.1 and 7.2.
 */
import { type Bytes, decodeUtf8 } from '../data/bytes.ts'
import { isJsonObject, type JsonValue, parseJson } from '../data/json.ts'
import { insist } from '../errors/refuse.ts'

/** The bytes of one assertion. */
export type AssertionBytes = {
  readonly authenticatorData: Bytes
  readonly clientDataJson: Bytes
  /** As the authenticator gave it: ES256 in DER, Ed25519 and RSA raw. */
  readonly signature: Bytes
}

/** The content of an assertion. Nothing of it is proven before its signature is. */
export type Assertion = {
  /** Base64url, as the client data state it. */
  readonly challenge: JsonValue | undefined
  readonly origin: JsonValue | undefined
  /** SHA-256 of the RP ID: 32 bytes. */
  readonly rpIdHash: Bytes
  /** The passkey may be synced. */
  readonly backupEligible: boolean
}

const UP = 0x01
const UV = 0x04
const BE = 0x08
const BS = 0x10
const AT = 0x40
const ED = 0x80

/**
 * Reads an assertion: strict JSON of type `webauthn.get`, no cross-origin frame, authenticator data of the right length
 * without attested credentials, user present and verified, backed up only where eligible. Throws whatever is at fault.
 */
export function readAssertion({ authenticatorData, clientDataJson }: Omit<AssertionBytes, 'signature'>): Assertion {
  return assertionOf(parseJson(decodeUtf8(clientDataJson)), authenticatorData)
}

/** As `readAssertion`, for client data that were parsed strictly before. */
export function assertionOf(data: JsonValue, authenticatorData: Bytes): Assertion {
  insist(isJsonObject(data), 'client data')
  const { type, challenge, origin, crossOrigin, topOrigin } = data
  insist(type === 'webauthn.get', 'type')
  insist((crossOrigin === undefined || crossOrigin === false) && topOrigin === undefined, 'cross-origin')
  return { challenge, origin, ...readAuthenticatorData(authenticatorData) }
}

function readAuthenticatorData(data: Bytes): Pick<Assertion, 'rpIdHash' | 'backupEligible'> {
  const flags = data[32] ?? 0
  const has = (flag: number): boolean => (flags & flag) !== 0
  // 37 bytes, and more only where extensions are announced. An assertion attests no credential.
  insist((has(ED) ? data.length > 37 : data.length === 37) && !has(AT), 'length')
  insist(has(UP) && has(UV), 'user verification')
  insist(has(BE) || !has(BS), 'backup flags')
  return { rpIdHash: data.subarray(0, 32), backupEligible: has(BE) }
}
