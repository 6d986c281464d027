/**
 * A statement that a person signs for themself: offered with a challenge, answered with one of their passkeys in
 * force. Records nothing. SPEC 10.9, 10.11.
 */
import type { JsonObject } from '@countersign/verifier'
import type { AssertionResponse } from '../domain/consent/assertion-response.ts'
import { assertionGesture } from '../domain/consent/gesture.ts'
import { verifyGesture } from '../domain/consent/verify-consent.ts'
import type { SignedIn } from '../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../domain/refusal.ts'
import type { OfferStore, PeopleStore } from '../store/contract/identity-store.ts'
import type { Uses } from './deps.ts'
import { OFFER_LIFE_SECONDS } from './people/sessions.ts'
import { livePasskeys } from './requests/answerable.ts'

type Needs = Uses<OfferStore & PeopleStore, 'config' | 'now'>
type Offered = Pick<Parameters<OfferStore['offer']>[0], 'purpose' | 'context'>

export const over = () => refuse('consent_invalid', 'This attempt is over. Load the page again.')

/** The options for the browser; what is offered is kept until it is signed. */
export async function offerToSign(
  deps: Needs,
  person: SignedIn,
  statementChallenge: Uint8Array,
  offered: Offered,
): Promise<JsonObject> {
  const { store, config, now } = deps
  const live = await livePasskeys(deps, person)
  const { challenge, options } = assertionGesture(config.rpId, statementChallenge, live)
  const expiresAt = now() + OFFER_LIFE_SECONDS
  await store.offer({ challenge, approver: person.id, request: null, expiresAt, ...offered })
  return options
}

export interface OwnSignature {
  readonly credentialId: string
  readonly counter: number
  /** As the entry about it keeps it. */
  readonly signed: JsonObject
}

/** Refuses: `consent_invalid`. */
export async function signatureOver(
  { store, config }: Needs,
  person: SignedIn,
  assertion: AssertionResponse,
  { challenge, nonce }: { readonly challenge: Uint8Array; readonly nonce: string },
): Promise<Result<OwnSignature>> {
  const { credentialId, encoded } = assertion
  const passkey = await store.passkey(credentialId)
  if (passkey?.approver !== person.id || passkey.revokedAt !== null) return over()
  const gesture = await verifyGesture(assertion, challenge, passkey, config)
  if (!gesture.ok) return gesture
  const signed = {
    nonce,
    key: passkey.key.kid,
    authenticator_data: encoded.authenticatorData,
    client_data_json: encoded.clientDataJson,
    signature: encoded.signature,
  }
  return ok({ credentialId, counter: gesture.value.counter, signed })
}
