/**
 * Consents to one request with a passkey (first the offer to sign, then the signature over exactly that), or denies it.
 * The offer is taken in a statement of its own, and nothing is recorded before its signature was checked. SPEC 5.
 */
import { base64urlEncode, canonicalize, type JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { isTyped, targetToType } from '../../domain/action/typed-target.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { isTooSynced } from '../../domain/consent/eligibility.ts'
import { buildStatement, consentGesture } from '../../domain/consent/gesture.ts'
import { type VerifiedConsent, verifyConsent } from '../../domain/consent/verify-consent.ts'
import { type Approver, isOfAny, type SignedIn } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { groupsAnswered, placesAsDeputy } from '../../domain/policy/deputies.ts'
import { groupsAsked } from '../../domain/policy/policy.ts'
import { ok, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'
import { KILLED, notFound } from '../refusals.ts'
import {
  type Answerable,
  admitOffer,
  type ConsentDeps,
  countedRefusal,
  notRecorded,
  oneAnswerable,
  oneConsentable,
  permittedNow,
  refusedConsent,
  STALE,
  SYNCED,
  takeOffered,
  unanswerable,
  usablePasskeys,
} from './answerable.ts'

/**
 * `statement` is to be signed; `options` are PublicKeyCredentialRequestOptionsJSON; `target` is to be typed by the
 * person, and null where nothing is.
 */
export interface ConsentOffer {
  readonly statement: JsonObject
  readonly options: JsonObject
  readonly target: string | null
}

export interface Answer {
  readonly request: ApprovalRequest
}

type DenyNeeds = Uses<RequestStore, 'now' | 'randomBytes' | 'log' | 'meters'>

export async function offerConsent(deps: ConsentDeps, approver: SignedIn, id: string): Promise<Result<ConsentOffer>> {
  const admitted = await admitOffer(deps, approver)
  if (!admitted.ok) return admitted
  const answerable = await oneConsentable(deps, approver, id)
  if (!answerable.ok) return answerable
  // Saves a gesture that would count for nothing. Whether it counts is decided when the consent is recorded.
  if (await deps.store.isStopped(id)) return refused(KILLED)
  return offerOf(deps, approver, answerable.value)
}

/** The statement to sign, kept until it is. */
export async function offerOf(
  deps: ConsentDeps,
  approver: SignedIn,
  answerable: Answerable,
): Promise<Result<ConsentOffer>> {
  const { request, separation, onBehalfOf } = answerable
  const { origin, rpId } = deps.config
  const nonce = base64urlEncode(deps.randomBytes(32))
  const statement = buildStatement(origin, request, { approver: approver.id, onBehalfOf, separation, nonce })
  const { challenge, options } = await consentGesture(rpId, statement, usablePasskeys(answerable))
  await deps.store.offer({
    challenge,
    purpose: 'consent',
    approver: approver.id,
    request: request.id,
    context: { statement },
    expiresAt: request.expiresAt,
  })
  return ok({ statement: plainJson(statement), options, target: targetOf(request) })
}

const targetOf = ({ catalogueEntry, name, action }: ApprovalRequest) => targetToType(catalogueEntry, name, action)

export const NOT_TYPED = refuse(
  'consent_invalid',
  'Type the name of what this destroys, exactly as it is shown. Nothing was approved.',
)

export interface GivenAnswer {
  readonly assertion: unknown
  /** The target's name, as the person typed it. */
  readonly target?: string | undefined
}

/** A name that was not typed uses up no offer; what the policy of now refuses does. */
export async function consent(
  deps: ConsentDeps,
  approver: SignedIn,
  id: string,
  { assertion, target: typed }: GivenAnswer,
): Promise<Result<Answer>> {
  const answerable = await oneAnswerable(deps, approver, id)
  if (!answerable.ok) return unanswerable(deps, approver, id, answerable)
  const target = targetOf(answerable.value.request)
  if (target !== null && !isTyped(typed, target)) {
    const { refusal } = await countedRefusal(deps, approver, NOT_TYPED)
    return refusedConsent(deps, approver, [answerable.value.request], refusal)
  }
  const { request } = answerable.value
  const [verified, permitted] = await Promise.all([
    verifyOffered(deps, approver, answerable.value, assertion),
    permittedNow(deps, answerable.value, request),
  ])
  if (!verified.ok) return refusedConsent(deps, approver, [request], verified.refusal)
  if (!permitted.ok) return refusedConsent(deps, approver, [request], permitted.refusal)
  const now = deps.now()
  const verdict = await record(deps, answerable.value, verified.value, now)
  if (verdict.verdict === 'killed') return refusedConsent(deps, approver, [request], KILLED)
  if (verdict.verdict !== 'recorded') return notRecorded(deps, id, verdict.verdict)
  const { approved, consents } = verdict
  if (approved) deps.meters.answered('approved', now - request.createdAt)
  deps.log.info('consent.given', { trace: request.trace, request: id, approver: approver.id, approved })
  const { separation } = answerable.value
  const decided = approved ? ({ state: 'approved', decidedAt: now } as const) : {}
  return ok({ request: { ...request, separation, consents, ...decided } })
}

async function record(
  { store }: ConsentDeps,
  { request, separation }: Answerable,
  verified: VerifiedConsent,
  now: number,
) {
  const { approver, credentialId, counter, backedUp, consent } = verified
  const entry = await requestEntry(request, 'consent.given', now, { approver, separation, consent })
  return store.recordConsent({
    request: request.id,
    approver,
    credentialId,
    consent,
    separation,
    counter,
    backedUp,
    now,
    entry,
  })
}

/** Checks the signature over exactly what was offered, which must still be what the request is. */
export async function verifyOffered(
  deps: ConsentDeps,
  approver: SignedIn,
  { request, separation, onBehalfOf, passkeys }: Answerable,
  assertion: unknown,
): Promise<Result<VerifiedConsent>> {
  const taken = await takeOffered(deps, approver, { purpose: 'consent', passkeys }, assertion)
  if (!taken.ok) return taken
  const { offer, passkey } = taken.value
  const { statement } = offer.context
  if (!statement || offer.request !== request.id) return STALE
  if (isTooSynced(request, passkey)) return SYNCED
  const stated = { approver: approver.id, onBehalfOf, separation, nonce: statement.nonce }
  const expected = buildStatement(deps.config.origin, request, stated)
  if (canonicalize(plainJson(statement)) !== canonicalize(plainJson(expected))) return STALE
  return verifyConsent(statement, assertion, passkey, deps.config)
}

/** A session is enough, since a denial makes things safer. `reason` reaches the agent. */
export async function deny(deps: DenyNeeds, approver: Approver, id: string, reason?: string): Promise<Result<Answer>> {
  const request = await deps.store.request(id)
  const now = deps.now()
  const answered = groupsAnswered(approver, now)
  if (!request || !groupsAsked(request.terms).some((group) => answered.includes(group))) return notFound()
  const payloads =
    reason === undefined ? [] : [await preparePayload(id, 'denial', reason, payloadSalt(deps.randomBytes))]
  const digests = payloads.map(({ digest }) => digest)
  const members = { approver: approver.id, ...absentBehind(approver, request, now), payloads: digests }
  const entry = await requestEntry(request, 'consent.denied', now, members)
  if (!(await deps.store.recordDenial({ request: id, approver: approver.id, now, entry, payloads })))
    return notRecorded(deps, id, 'too_late')
  deps.meters.answered('denied', now - request.createdAt)
  deps.log.info('consent.denied', { trace: request.trace, request: id, approver: approver.id })
  return answerTo(deps, id)
}

/** The absent person in whose place alone somebody is asked. */
function absentBehind(person: Approver, { terms }: ApprovalRequest, now: number): { readonly on_behalf_of?: string } {
  const asked = groupsAsked(terms)
  if (isOfAny(person, asked)) return {}
  const absent = placesAsDeputy(person, now).find(({ groups }) => groups.some((group) => asked.includes(group)))
  return absent ? { on_behalf_of: absent.id } : {}
}

export async function answerTo({ store }: Uses<RequestStore>, id: string): Promise<Result<Answer>> {
  const request = await store.request(id)
  return request ? ok({ request }) : notFound()
}
