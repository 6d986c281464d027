/**
 * Reads the passkey that a browser made: options for making it, and the check of what came back.
 *
 * In: a person, a challenge, the browser's answer. Out: a `Passkey` whose key can be imported, or `consent_invalid` in
 * words for its owner, with the cause for the log. Does not try the key: `verifyEnrolment` does. Does not ask for
 * attestation, which names a model, never a person. WebAuthn Level 3 section 7.1.
 */
import { type ApproverKey, type JsonObject, jwkThumbprint } from '@countersign/verifier'
import { importPublicKey } from '@countersign/verifier/authority'
import type { RegistrationResponseJSON, VerifiedRegistrationResponse } from '@simplewebauthn/server'
import { plainJson } from '../action/plain-json.ts'
import type { Passkey } from '../identity/parties.ts'
import { ok, type Result, refuse } from '../refusal.ts'
import type { RelyingParty } from './verify-consent.ts'

/** EdDSA, ES256, RS256: what a verifier with Web Crypto can check. */
const ALGORITHMS = [-8, -7, -257]
/** What every authenticator writes correctly. */
const ES256_ALONE = [-7]
/** WebAuthn Level 3 section 5.8.4, and what browsers called hybrid before. Browsers may say anything: these are kept. */
const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'cable'] as const
const encoder = new TextEncoder()

/** Loaded with the first passkey that is made: with its certificates it is a fifth of a second and 28 MB. */
const library = () => import('@simplewebauthn/server')

interface NewPasskeyInput {
  readonly rpName: string
  readonly rpId: string
  readonly approver: string
  readonly name: string
  readonly challenge: Uint8Array
  readonly existing: readonly Passkey[]
  /** After a key that could not be read: asks for ES256 alone. */
  readonly es256Only: boolean
}

const algorithmsOf = (es256Only: boolean) => (es256Only ? ES256_ALONE : ALGORITHMS)

/** PublicKeyCredentialCreationOptionsJSON: discoverable, user verification required. */
export async function creationOptions(input: NewPasskeyInput): Promise<JsonObject> {
  const { generateRegistrationOptions } = await library()
  const options = await generateRegistrationOptions({
    rpName: input.rpName,
    rpID: input.rpId,
    userName: input.name,
    userDisplayName: input.name,
    userID: encoder.encode(input.approver),
    challenge: Uint8Array.from(input.challenge),
    attestationType: 'none',
    excludeCredentials: input.existing.map((passkey) => ({
      id: passkey.credentialId,
      transports: [...passkey.transports],
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithmsOf(input.es256Only),
    timeout: 300_000,
  })
  return plainJson(options)
}

/** The challenge a registration answers, to find its offer by; undefined when it is not well formed. */
export function challengeOfRegistration(untrusted: unknown): string | undefined {
  try {
    const response = (untrusted as RegistrationResponseJSON).response
    const text = atob(response.clientDataJSON.replaceAll('-', '+').replaceAll('_', '/'))
    const challenge: unknown = JSON.parse(text).challenge
    return typeof challenge === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(challenge) ? challenge : undefined
  } catch {
    return undefined
  }
}

interface Expectations {
  readonly challenge: string
  readonly party: RelyingParty
  readonly es256Only: boolean
}

/** The passkey a browser made for the challenge, as yet untried. */
export async function verifyRegistration(
  untrusted: unknown,
  expected: Expectations,
  owner: { readonly approver: string; readonly label: string },
  now: number,
): Promise<Result<Passkey>> {
  const response = untrusted as RegistrationResponseJSON
  const verified = await verifiedBy(response, expected)
  if (!verified.ok) return verified
  const { credential, credentialDeviceType, credentialBackedUp, aaguid } = verified.value
  if (response.id !== credential.id) return refuse('consent_invalid', ANOTHER, { cause: 'credential id' })
  const key = await usableKey(credential.publicKey, credentialDeviceType === 'multiDevice')
  if (!key.ok) return key
  return ok({
    credentialId: credential.id,
    approver: owner.approver,
    label: owner.label,
    key: key.value,
    counter: credential.counter,
    backedUp: credentialBackedUp,
    transports: TRANSPORTS.filter((known) => credential.transports?.includes(known)),
    aaguid,
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  })
}

type RegistrationInfo = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

async function verifiedBy(
  response: RegistrationResponseJSON,
  expected: Expectations,
): Promise<Result<RegistrationInfo>> {
  const found = await check(response, expected)
  if (typeof found !== 'string') return ok(found)
  const isOnlyAttestation = typeof (await check(await withoutAttestation(response), expected)) !== 'string'
  return refuse('consent_invalid', isOnlyAttestation ? ATTESTATION : explain(found), { cause: causeOf(found) })
}

/** The library's reason where it does not verify. It throws for everything that is not as it should be. */
async function check(response: RegistrationResponseJSON, expected: Expectations): Promise<RegistrationInfo | string> {
  const { verifyRegistrationResponse } = await library()
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.party.origin,
      expectedRPID: expected.party.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithmsOf(expected.es256Only),
    })
    return verified ? registrationInfo : 'the attestation does not hold'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The same answer as if its attestation had been left out, as was asked: to learn whether that alone is at fault. */
async function withoutAttestation(answer: RegistrationResponseJSON): Promise<RegistrationResponseJSON> {
  const { decodeAttestationObject, isoBase64URL, isoCBOR } = await import('@simplewebauthn/server/helpers')
  try {
    const object = decodeAttestationObject(isoBase64URL.toBuffer(answer.response.attestationObject))
    const bare = new Map<string, string | Uint8Array | Map<string, string>>()
    bare.set('fmt', 'none').set('attStmt', new Map()).set('authData', object.get('authData'))
    const attestationObject = isoBase64URL.fromBuffer(Uint8Array.from(isoCBOR.encode(bare)))
    return { ...answer, response: { ...answer.response, attestationObject } }
  } catch {
    return answer
  }
}

/** A key that the platform imports, with the algorithm that its type is used with. */
async function usableKey(publicKey: Uint8Array, backupEligible: boolean): Promise<Result<ApproverKey>> {
  const { jwkOfCose } = await import('./cose-key.ts')
  try {
    const { jwk, alg } = jwkOfCose(publicKey)
    const kid = await jwkThumbprint(jwk)
    await importPublicKey(jwk)
    return ok({ ...jwk, kid, alg, be: backupEligible })
  } catch (error) {
    return refuse('consent_invalid', KEY, { cause: causeOf(error instanceof Error ? error.message : String(error)) })
  }
}

/** What the library says can hold the browser's own words. */
const causeOf = (reason: string): string => reason.slice(0, 200)

const AGAIN = 'Nothing was enrolled. Try again: the next passkey is asked for as ES256, which every device can make.'
const DELETE = 'Delete the one just made from your device.'
const KEY = `Your device made a key that cannot be used here. ${AGAIN} ${DELETE}`
const ATTESTATION = `Your device sent a certificate about itself that was not asked for and cannot be verified. ${AGAIN} If it fails again, use another browser or device. ${DELETE}`
const UNREADABLE = `Your device’s answer cannot be read. ${AGAIN} If it fails again, use another browser or device.`
const UNVERIFIED =
  'Your device did not check that it is you. Set up a PIN, a fingerprint or a face check on it, then try again.'
const BACKED_UP = `Your device says that the new passkey is synced and may not be. ${AGAIN} ${DELETE}`
const ANOTHER = 'The answer is about another passkey than the one just made. Start again.'

/** By the library's reasons. */
const EXPLANATIONS: readonly (readonly [reason: RegExp, message: string])[] = [
  [/^User (?:verification|presence) was required/, UNVERIFIED],
  [/^Single-device credential/, BACKED_UP],
  [/public key/i, KEY],
  [/registration response|^Credential ID was not|^Missing credential ID/, ANOTHER],
]

const explain = (reason: string): string => EXPLANATIONS.find(([pattern]) => pattern.test(reason))?.[1] ?? UNREADABLE
