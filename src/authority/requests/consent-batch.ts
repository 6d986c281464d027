/**
 * Consents to several requests with one gesture: one challenge over all their statements, a verdict for each. A request
 * that ended spoils none of the others; a gesture that does not verify counts for nothing. Changes to the authority
 * itself, what cannot be undone and text that conceals something are never part of a batch. SPEC 5, 6.
 */
import { base64urlEncode, type ConsentStatement, type JsonObject, statementDigest } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { CONCEALING, isConcealing } from '../../domain/approval/concealed-text.ts'
import { whyAlone } from '../../domain/consent/eligibility.ts'
import { batchGesture, buildStatement } from '../../domain/consent/gesture.ts'
import { type VerifiedConsent, verifyBatch } from '../../domain/consent/verify-consent.ts'
import type { Approver, SignedIn } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import { othersTurn } from '../../domain/turns.ts'
import type { GivenConsent } from '../../store/contract/request-store.ts'
import { ALTERED, KILLED, notFound } from '../refusals.ts'
import {
  type Answerable,
  admitOffer,
  answerableBy,
  type ConsentDeps,
  countedRefusal,
  livePasskeys,
  notRecorded,
  permittedNow,
  refusedConsent,
  STALE,
  takeOffered,
} from './answerable.ts'

/** One gesture signs all `statements`, in this order. */
export interface BatchOffer {
  readonly statements: readonly JsonObject[]
  readonly options: JsonObject
}

/** The outcome of one consent of a batch: the request as it is now; `refusal` where the consent does not count. */
export interface BatchAnswer {
  readonly request: ApprovalRequest
  readonly refusal: Refusal | null
}

/** Offers all of them or nothing, so that nobody signs for a request that has ended already. */
export async function offerBatch(
  deps: ConsentDeps,
  approver: SignedIn,
  ids: readonly string[],
): Promise<Result<BatchOffer>> {
  const { config, store } = deps
  const admitted = await admitOffer(deps, approver)
  if (!admitted.ok) return admitted
  const all = await allAnswerable(deps, approver, ids)
  if (!all.ok) return all
  const statements = all.value.map(({ request, separation, onBehalfOf }) => {
    const nonce = base64urlEncode(deps.randomBytes(32))
    return buildStatement(config.origin, request, { approver: approver.id, onBehalfOf, separation, nonce })
  })
  const { challenge, options } = await batchGesture(config.rpId, statements, await livePasskeys(deps, approver))
  await store.offer({
    challenge,
    purpose: 'consent-batch',
    approver: approver.id,
    request: null,
    context: { statements },
    expiresAt: Math.max(...all.value.map(({ request }) => request.expiresAt)),
  })
  return ok({ statements: statements.map(plainJson), options })
}

async function allAnswerable(
  deps: ConsentDeps,
  approver: Approver,
  ids: readonly string[],
): Promise<Result<readonly Answerable[]>> {
  const { store } = deps
  const [requests, stopped] = await Promise.all([store.requestsById(ids), store.stoppedAmong(ids)])
  const answerable: Answerable[] = []
  for (const [at, judged] of (await answerableTogether(deps, approver, requests)).entries()) {
    const id = ids[at] ?? ''
    if (!judged.ok) return refused(about(id, judged.refusal))
    if (stopped.has(id)) return refused(about(id, KILLED))
    answerable.push(judged.value)
  }
  return ok(answerable)
}

/** Refused as a whole only where the gesture itself does not verify; else one verdict for each, in order. */
export async function consentBatch(
  deps: ConsentDeps,
  approver: SignedIn,
  ids: readonly string[],
  assertion: unknown,
): Promise<Result<readonly BatchAnswer[]>> {
  const { store } = deps
  const requests = (await store.requestsById(ids)).filter((request) => request !== undefined)
  if (requests.length < ids.length || approver.roles.every((role) => role === 'auditor'))
    return countedRefusal(deps, approver, notFound())
  const verified = await verifyOffered(deps, approver, ids, assertion)
  if (!verified.ok) return refusedConsent(deps, approver, requests, verified.refusal)
  const judged = await answerableTogether(deps, approver, requests)
  const given = await Promise.all(judged.map((one, at) => stillAsOffered(deps, approver, one, verified.value[at])))
  const refusals = await record(deps, approver, requests, verified.value, given)
  await writeDown(deps, approver, requests, refusals)
  const after = await store.requestsById(ids)
  return ok(requests.map((request, at) => ({ request: after[at] ?? request, refusal: refusals[at] ?? null })))
}

async function answerableTogether(
  deps: ConsentDeps,
  approver: Approver,
  requests: readonly (ApprovalRequest | undefined)[],
): Promise<readonly Result<Answerable>[]> {
  const judged: Result<Answerable>[] = []
  for (const one of await answerableBy(deps, approver, requests)) {
    judged.push(one.ok ? await togetherWithOthers(deps, approver, one.value) : one)
  }
  return judged
}

/** Reads the whole text. Each has a turn of the event loop to itself. */
async function togetherWithOthers(
  deps: ConsentDeps,
  approver: Approver,
  answerable: Answerable,
): Promise<Result<Answerable>> {
  const alone = whyAlone(answerable.request, deps.config.origin)
  if (alone !== null) return refuse('forbidden', alone)
  const whole = await deps.store.request(answerable.request.id)
  await othersTurn()
  if (whole?.altered) return refusedConsent(deps, approver, [whole], ALTERED)
  if (whole && isConcealing(whole)) return refuse('forbidden', CONCEALING)
  return whole ? permittedNow(deps, answerable, whole) : notFound()
}

/** Checks the signature over exactly these requests, in the order in which they were offered. */
async function verifyOffered(deps: ConsentDeps, approver: SignedIn, ids: readonly string[], assertion: unknown) {
  const passkeys = await deps.store.passkeysOf(approver.id)
  const taken = await takeOffered(deps, approver, { purpose: 'consent-batch', passkeys }, assertion)
  if (!taken.ok) return taken
  const { statements = [] } = taken.value.offer.context
  if (!areFor(statements, ids)) return STALE
  return verifyBatch(statements, assertion, taken.value.passkey, deps.config)
}

const areFor = (statements: readonly ConsentStatement[], ids: readonly string[]): boolean =>
  statements.length === ids.length && statements.every(({ request }, at) => request === ids[at])

/** The consent to record, where the statement that would be offered now is the one that was signed. */
async function stillAsOffered(
  { config, now }: ConsentDeps,
  approver: Approver,
  judged: Result<Answerable>,
  verified: VerifiedConsent | undefined,
): Promise<Result<GivenConsent>> {
  if (!judged.ok) return judged
  if (!verified) return STALE
  const { request, separation, onBehalfOf } = judged.value
  const { consent } = verified
  const statement = buildStatement(config.origin, request, {
    approver: approver.id,
    onBehalfOf,
    separation,
    nonce: consent.nonce,
  })
  if (!consent.batch?.includes(await statementDigest(statement))) return STALE
  const entry = await requestEntry(request, 'consent.given', now(), { approver: approver.id, separation, consent })
  return ok({ request: request.id, consent, separation, entry })
}

/** The refusal of each, in order; null where the consent was recorded. */
async function record(
  deps: ConsentDeps,
  approver: Approver,
  requests: readonly ApprovalRequest[],
  [first]: readonly VerifiedConsent[],
  all: readonly Result<GivenConsent>[],
): Promise<readonly (Refusal | null)[]> {
  const given = all.flatMap((one) => (one.ok ? [one.value] : []))
  if (!first || given.length === 0) return all.map((one) => (one.ok ? null : one.refusal))
  const { credentialId, counter, backedUp } = first
  const gesture = { approver: approver.id, credentialId, counter, backedUp, now: deps.now() }
  const verdicts = await deps.store.recordConsents({ ...gesture, given })
  for (const [at, verdict] of verdicts.entries()) {
    if (verdict.verdict !== 'recorded' || !verdict.approved) continue
    const request = requests.find(({ id }) => id === given[at]?.request)
    if (request) deps.meters.answered('approved', gesture.now - request.createdAt)
  }
  return Promise.all(
    all.map(async (one) => {
      if (!one.ok) return one.refusal
      const verdict = verdicts[given.indexOf(one.value)]?.verdict ?? 'too_late'
      return verdict === 'recorded' ? null : (await notRecorded(deps, one.value.request, verdict)).refusal
    }),
  )
}

async function writeDown(
  deps: ConsentDeps,
  approver: Approver,
  requests: readonly ApprovalRequest[],
  refusals: readonly (Refusal | null)[],
): Promise<void> {
  for (const [at, request] of requests.entries()) {
    const { trace, id } = request
    const refusal = refusals[at]
    if (refusal) await refusedConsent(deps, approver, [request], refusal)
    else deps.log.info('consent.given', { trace, request: id, approver: approver.id, batch: true })
  }
}

const about = (id: string, refusal: Refusal): Refusal => ({
  ...refusal,
  message: `${refusal.message} This is about request ${id}.`,
})
