/**
 * The steps that a single consent and a batch share: eligibility, the offer, and refusals, which are recorded where a
 * signature was presented. SPEC 5, 8.
 */

import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import { type Eligible, eligibility, isTooSynced, placesFor } from '../../domain/consent/eligibility.ts'
import type { Approver, Passkey, SignedIn } from '../../domain/identity/parties.ts'
import { partiesOf } from '../../domain/ledger/entry.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { Offer, OfferStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import { absentPlaces } from '../absences/absent-places.ts'
import type { Deps, Uses } from '../deps.ts'
import { type AgainNeeds, refusalNow } from '../policy/permits-now.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { ALTERED, KILLED, notFound, refusalOfState } from '../refusals.ts'
import { type ReadNeeds, readableBy } from './reader-scope.ts'

export type ConsentDeps = RefusalNeeds &
  ReadNeeds &
  AgainNeeds &
  Uses<
    RequestStore & PeopleStore & OfferStore & Pick<StopStore, 'isStopped' | 'stoppedAmong'>,
    'config' | 'limits' | 'log' | 'meters' | 'now' | 'randomBytes' | 'reads'
  >

/** A pending request that this person may consent to, and what their statement has to state. */
export interface Answerable extends Eligible {
  readonly request: ApprovalRequest
  /** Those of the person, also revoked ones, as they were read with the request. */
  readonly passkeys: readonly Passkey[]
}

/** The offer does not exist, was taken, or is for something else. */
export const STALE = refuse('consent_invalid', 'This offer is no longer open. Load the page again.')

/**
 * Counts one offer, however many requests it is about, by the session: a thief of one uses up no other. A consent that
 * answers an offer is not counted again, so that nobody who has an offer can be kept from using it.
 */
export const admitOffer = (deps: Pick<Deps, 'limits'>, { session }: SignedIn): Promise<Result<true>> =>
  countOf(deps, `${session} is offered`)

async function countOf({ limits }: Pick<Deps, 'limits'>, key: string): Promise<Result<true>> {
  const retryAfterSeconds = await limits.take('approver', key)
  if (retryAfterSeconds === null) return ok(true)
  const message = `Too many attempts in this session. Wait ${retryAfterSeconds} s, or sign in again; end sessions that are not yours under Passkeys.`
  return refuse('rate_limited', message, { retryAfterSeconds })
}

/** Refuses `not_found` for a request that this person may not read. */
export async function answerableBy(
  deps: ConsentDeps,
  approver: Approver,
  requests: readonly (ApprovalRequest | undefined)[],
): Promise<readonly Result<Answerable>[]> {
  const ids = requests.flatMap((request) => (request ? [request.id] : []))
  const readable = await readableBy(deps, approver, ids)
  const read = requests.map((request) => (request && readable.has(request.id) ? request : undefined))
  return answerableNow(deps, approver, read)
}

/** The same for one request, which is read here, together with all else. */
export async function oneAnswerable(deps: ConsentDeps, approver: Approver, id: string): Promise<Result<Answerable>> {
  const reading = { ...deps, store: deps.reads }
  const [request, readable, part] = await Promise.all([
    reading.store.request(id),
    readableBy(reading, approver, [id]),
    partOf(reading, approver, [id]),
  ])
  return readable.has(id) ? judgedBy(deps, approver, part, request) : notFound()
}

/** One request that this person may consent to, and that the policy of now still permits on the terms they sign. */
export async function oneConsentable(deps: ConsentDeps, approver: Approver, id: string): Promise<Result<Answerable>> {
  const answerable = await oneAnswerable(deps, approver, id)
  return answerable.ok ? permittedNow(deps, answerable.value, answerable.value.request) : answerable
}

/** `whole`: the same request, with all of its texts. A consent to what policy refuses now would lead to no token. */
export async function permittedNow(
  deps: ConsentDeps,
  answerable: Answerable,
  whole: ApprovalRequest,
): Promise<Result<Answerable>> {
  const refusal = await refusalNow(deps, whole)
  return refusal ? refused({ ...refusal, message: `${refusal.message} Nothing was approved.` }) : ok(answerable)
}

/** The same for requests that this person was shown. Where texts were altered, the refusal is written down. */
export async function answerableNow(
  deps: ConsentDeps,
  approver: Approver,
  requests: readonly (ApprovalRequest | undefined)[],
): Promise<readonly Result<Answerable>[]> {
  const ids = requests.flatMap((request) => (request ? [request.id] : []))
  const part = await partOf(deps, approver, ids)
  return Promise.all(requests.map((request) => judgedBy(deps, approver, part, request)))
}

type PartNeeds = Uses<Pick<PeopleStore, 'agentsRunBy' | 'passkeysOf'> & Pick<RequestStore, 'consentedBy'>, 'now'>

/** A person's part in requests, as it is now. */
async function partOf(deps: PartNeeds, approver: Approver, ids: readonly string[]) {
  const { store } = deps
  const [runs, passkeys, consented, absent] = await Promise.all([
    store.agentsRunBy(approver.id),
    store.passkeysOf(approver.id),
    store.consentedBy(ids),
    absentPlaces(deps, approver),
  ])
  return { runs, passkeys, consented, absent }
}

async function judgedBy(
  deps: ConsentDeps,
  approver: Approver,
  { runs, passkeys, consented, absent }: Awaited<ReturnType<typeof partOf>>,
  request: ApprovalRequest | undefined,
): Promise<Result<Answerable>> {
  const { now, config } = deps
  if (!request || approver.roles.every((role) => role === 'auditor')) return notFound()
  const over = refusalOfState(request, now())
  if (over) return refused(over)
  const eligible = eligibility(request, approver, {
    runs,
    consented: consented.get(request.id) ?? [],
    places: placesFor(request, absent, config.origin),
    hasBoundKey: passkeys.some(({ key, revokedAt }) => revokedAt === null && !key.be),
  })
  if (!eligible.ok) return eligible
  if (request.altered) return refusedConsent(deps, approver, [request], ALTERED)
  return ok({ request, passkeys, ...eligible.value })
}

export const livePasskeys = async (
  { store }: Uses<Pick<PeopleStore, 'passkeysOf'>>,
  approver: Approver,
): Promise<readonly Passkey[]> => (await store.passkeysOf(approver.id)).filter((passkey) => passkey.revokedAt === null)

/** Those that count for the request. */
export const usablePasskeys = ({ request, passkeys }: Answerable): readonly Passkey[] =>
  passkeys.filter((passkey) => passkey.revokedAt === null && !isTooSynced(request, passkey))

export const SYNCED = refuse(
  'consent_invalid',
  'This passkey is synced between devices, and this needs one that stays on its device. Nothing was approved. Use your security key, or add one under Passkeys.',
)

interface WantedOffer extends Pick<Offer, 'purpose'> {
  /** All of the person's own. */
  readonly passkeys: readonly Passkey[]
}

interface TakenOffer {
  readonly offer: Offer
  readonly passkey: Passkey
}

/**
 * Takes the offer that an assertion answers, in a statement of its own: one taker gets it, whatever happens next. An
 * attempt without an offer is counted. Refuses: `consent_invalid`, `rate_limited`.
 */
export async function takeOffered(
  deps: ConsentDeps,
  person: SignedIn,
  wanted: WantedOffer,
  untrusted: unknown,
): Promise<Result<TakenOffer>> {
  const taken = await offerFor(deps, person, wanted, untrusted)
  return taken.ok ? taken : countedRefusal(deps, person, taken)
}

/** The refusal of an answer that used no offer, which the session can repeat: each is counted. */
export async function countedRefusal<Refused extends { readonly ok: false }>(
  deps: Pick<Deps, 'limits'>,
  { session }: SignedIn,
  refusal: Refused,
) {
  const counted = await countOf(deps, `${session} answers`)
  return counted.ok ? refusal : counted
}

/** Records a kill switch or a denial by policy that stops an answer, though no signature was checked. */
export async function unanswerable(
  deps: ConsentDeps,
  approver: SignedIn,
  id: string,
  refusedFirst: { readonly ok: false; readonly refusal: Refusal },
) {
  const { refusal } = await countedRefusal(deps, approver, refusedFirst)
  const isWritten = refusal.code === 'killed' || refusal.code === 'policy_denied'
  const request = isWritten ? await deps.store.request(id) : undefined
  return request ? refusedConsent(deps, approver, [request], refusal) : refused(refusal)
}

async function offerFor(
  { store, now }: ConsentDeps,
  person: SignedIn,
  { purpose, passkeys }: WantedOffer,
  untrusted: unknown,
): Promise<Result<TakenOffer>> {
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const { credentialId, challenge } = assertion.value
  const passkey = passkeys.find((one) => one.credentialId === credentialId)
  if (!passkey) return refuse('consent_invalid', 'This passkey is not one of yours.')
  const offer = await store.takeOffer({ challenge, purpose, now: now() })
  return offer?.approver === person.id ? ok({ offer, passkey }) : STALE
}

/** Others were faster, or people and groups have changed. */
const OF_NO_USE = refuse(
  'forbidden',
  'Your consent is no longer needed, or not yet, or you no longer stand in for somebody. Load the page again.',
)

export async function notRecorded(
  { store, now }: Pick<ConsentDeps, 'now'> & Uses<RequestStore>,
  id: string,
  verdict: 'too_late' | 'duplicate' | 'killed' | 'useless',
) {
  if (verdict === 'killed') return refused(KILLED)
  if (verdict === 'duplicate')
    return refuse('request_denied', 'You have consented to this request before.', { status: 409 })
  if (verdict === 'useless') return OF_NO_USE
  const request = await store.request(id)
  const over = request && refusalOfState(request, now())
  return over ? refused(over) : refuse('request_denied', 'The request has changed. Load the page again.')
}

/** A signature that does not count is written down, on the trace of each request it was given for; a call too many is not. */
export async function refusedConsent(
  deps: ConsentDeps,
  { id: approver }: Approver,
  requests: readonly ApprovalRequest[],
  refusal: Refusal,
) {
  const { code, cause } = refusal
  if (code === 'rate_limited') return refused(refusal)
  for (const request of requests) {
    const { trace, id } = request
    await recordRefusal(deps, { by: { approver }, trace, members: { ...partiesOf(request), approver, code } })
    deps.log.warn('consent.refused', { trace, request: id, approver, code, ...(cause === undefined ? {} : { cause }) })
  }
  return refused(refusal)
}
