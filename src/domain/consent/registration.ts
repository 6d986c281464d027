/**
 * Enrols a passkey: options for the browser, and the check of what it made.
 *
 * In: a person, a challenge, the browser's answer. Out: a `Passkey` whose public key is a JWK, or `consent_invalid`.
 * Does not ask for attestation, which names a model, never a person. The invitation binds the key to a person.
 * WebAuthn Level 3 section 7.1.
 */
import {
  type ApproverKey,
  base64urlEncode,
  type JsonObject,
  jwkThumbprint,
  type PublicJwk,
} from '@countersign/verifier'
import {
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'
import { plainJson } from '../action/plain-json.ts'
import type { Passkey } from '../identity/parties.ts'
import { ok, type Result, refuse } from '../refusal.ts'
import type { RelyingParty } from './verify-consent.ts'

/** EdDSA, ES256, RS256: what a verifier with Web Crypto can check. */
const ALGORITHMS = [-8, -7, -257]
/** WebAuthn Level 3 section 5.8.4, and what browsers called hybrid before. Browsers may say anything: these are kept. */
const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'cable'] as const
const encoder = new TextEncoder()

interface NewPasskeyInput {
  readonly rpName: string
  readonly rpId: string
  readonly approver: string
  readonly name: string
  readonly challenge: Uint8Array
  readonly existing: readonly Passkey[]
}

/** PublicKeyCredentialCreationOptionsJSON: discoverable, user verification required. */
export async function creationOptions(input: NewPasskeyInput): Promise<JsonObject> {
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
    supportedAlgorithmIDs: ALGORITHMS,
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

/** The passkey a browser made for `challenge` (base64url), ready to be stored for `approver`. */
export async function verifyRegistration(
  untrusted: unknown,
  challenge: string,
  owner: { readonly approver: string; readonly label: string },
  party: RelyingParty,
  now: number,
): Promise<Result<Passkey>> {
  const invalid = refuse('consent_invalid', 'The new passkey could not be verified. Start again.')
  const response = untrusted as RegistrationResponseJSON
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined)
  if (!verified?.verified) return invalid
  const { credential, credentialDeviceType, credentialBackedUp, aaguid } = verified.registrationInfo
  const key = await approverKey(credential.publicKey, credentialDeviceType === 'multiDevice')
  if (!key || response.id !== credential.id) return invalid
  return ok({
    credentialId: credential.id,
    approver: owner.approver,
    label: owner.label,
    key,
    counter: credential.counter,
    backedUp: credentialBackedUp,
    transports: TRANSPORTS.filter((known) => credential.transports?.includes(known)),
    aaguid,
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  })
}

async function approverKey(publicKey: Uint8Array, backupEligible: boolean): Promise<ApproverKey | undefined> {
  const jwk = jwkOf(publicKey)
  if (!jwk) return undefined
  const alg = jwk.kty === 'EC' ? 'ES256' : jwk.kty === 'OKP' ? 'EdDSA' : 'RS256'
  return { ...jwk, kid: await jwkThumbprint(jwk), alg, be: backupEligible }
}

function jwkOf(publicKey: Uint8Array): PublicJwk | undefined {
  const key = decodeCredentialPublicKey(Uint8Array.from(publicKey))
  const part = (bytes: Uint8Array | undefined) => base64urlEncode(bytes ?? new Uint8Array())
  if (cose.isCOSEPublicKeyEC2(key) && key.get(cose.COSEKEYS.crv) === cose.COSECRV.P256) {
    return { kty: 'EC', crv: 'P-256', x: part(key.get(cose.COSEKEYS.x)), y: part(key.get(cose.COSEKEYS.y)) }
  }
  if (cose.isCOSEPublicKeyOKP(key) && key.get(cose.COSEKEYS.crv) === cose.COSECRV.ED25519) {
    return { kty: 'OKP', crv: 'Ed25519', x: part(key.get(cose.COSEKEYS.x)) }
  }
  if (cose.isCOSEPublicKeyRSA(key)) {
    return { kty: 'RSA', n: part(key.get(cose.COSEKEYS.n)), e: part(key.get(cose.COSEKEYS.e)) }
  }
  return undefined
}
