/**
 * Consent to a call that the approver changed: their passkey signs the statement of the changed request, which then takes
 * the place of the other, in one transaction with that consent. SPEC 5.2.
 */
import { isTyped, targetToType } from '../../../domain/action/typed-target.ts'
import type { ApprovalRequest } from '../../../domain/approval/approval-request.ts'
import type { VerifiedConsent } from '../../../domain/consent/verify-consent.ts'
import type { SignedIn } from '../../../domain/identity/parties.ts'
import { requestEntry } from '../../../domain/ledger/entry.ts'
import { noticesOf } from '../../../domain/notify/plan.ts'
import { type Result, refuse, refused } from '../../../domain/refusal.ts'
import type { RevisionVerdict } from '../../../store/contract/revision-store.ts'
import { turnOf } from '../../policy/known-history.ts'
import { KILLED } from '../../refusals.ts'
import {
  type Answerable,
  admitOffer,
  countedRefusal,
  notRecorded,
  refusedConsent,
  unanswerable,
} from '../answerable.ts'
import {
  type Answer,
  answerTo,
  type ConsentOffer,
  type GivenAnswer,
  NOT_TYPED,
  offerOf,
  verifyOffered,
} from '../consent.ts'
import { isCounted } from '../decide-proposal.ts'
import { rowOf } from '../hold.ts'
import { recordOf } from '../proposal-record.ts'
import { answerableAs, type RevisionDeps, revisionOf } from './revise.ts'
import type { RevisedRequest } from './revised-request.ts'

export async function offerRevision(deps: RevisionDeps, approver: SignedIn, id: string): Promise<Result<ConsentOffer>> {
  const admitted = await admitOffer(deps, approver)
  if (!admitted.ok) return admitted
  const revised = await revisionOf(deps, approver, id)
  if (!revised.ok) return revised
  const answerable = await answerableAs(deps, approver, revised.value)
  return answerable.ok ? offerOf(deps, approver, answerable.value) : answerable
}

/** Refuses as a consent does, and as `reviseRequest`. */
export async function signRevision(
  deps: RevisionDeps,
  approver: SignedIn,
  id: string,
  answer: GivenAnswer,
): Promise<Result<Answer>> {
  const revised = await revisionOf(deps, approver, id)
  if (!revised.ok) return unanswerable(deps, approver, id, revised)
  const { former, request } = revised.value
  const isKnown = isCounted(await deps.policy.known(), request.name)
  const sign = () => signOnce(deps, approver, revised.value, answer)
  const signed = await (isKnown ? deps.callTurns.take(former.agent, sign) : sign())
  return signed.ok ? signed : refusedConsent(deps, approver, [former], signed.refusal)
}

async function signOnce(
  deps: RevisionDeps,
  approver: SignedIn,
  revised: RevisedRequest,
  { assertion, target: typed }: GivenAnswer,
): Promise<Result<Answer>> {
  const { request } = revised
  const answerable = await answerableAs(deps, approver, revised)
  if (!answerable.ok) return countedRefusal(deps, approver, answerable)
  const target = targetToType(request.catalogueEntry, request.name, request.action)
  if (target !== null && !isTyped(typed, target)) return countedRefusal(deps, approver, NOT_TYPED)
  const verified = await verifyOffered(deps, approver, answerable.value, assertion)
  if (!verified.ok) return verified
  const verdict = await record(deps, revised, answerable.value, verified.value)
  if (verdict !== 'changed') return refusalOf(deps, revised.former, verdict)
  deps.meters.answered('changed', deps.now() - revised.former.createdAt)
  const { id, trace } = request
  deps.log.info('request.changed', { trace, request: id, former: revised.former.id, approver: approver.id })
  return answerTo(deps, id)
}

async function record(
  deps: RevisionDeps,
  { former, request, proposal, decision, known }: RevisedRequest,
  { separation }: Answerable,
  { approver, credentialId, counter, backedUp, consent }: VerifiedConsent,
): Promise<RevisionVerdict['verdict']> {
  const now = deps.now()
  const { id, name, round, terms } = request
  const ended = await requestEntry(former, 'request.changed', now, { approver, to: id, round })
  const verdict = await deps.store.changeRequest({
    former: former.id,
    entry: ended,
    open: {
      request: rowOf(request),
      ...(await recordOf(deps, proposal, decision, NO_ARRIVAL, request)),
      separation: null,
      series: null,
      notices: noticesOf(request, deps.config.escalateAfterSeconds),
      idempotency: null,
      challenge: null,
      limits: deps.config,
      token: null,
      history: turnOf(known, { name, now, uses: terms.uses, settledBy: null, isGrant: false }),
    },
    gesture: { approver, credentialId, counter, backedUp, now },
    given: {
      request: id,
      consent,
      separation,
      entry: await requestEntry(request, 'consent.given', now, { approver, separation, consent }),
    },
  })
  return verdict.verdict
}

const NO_ARRIVAL = { idempotency: null, challenge: null, parentTrace: undefined, key: null }

const AGAIN = refuse(
  'rate_limited',
  'The policy, or what it counts, changed meanwhile. Nothing was changed. Try again.',
  {
    retryAfterSeconds: 1,
  },
)
const FULL = refuse(
  'rate_limited',
  'Too many requests wait for the people whom the changed call asks. Try again later.',
  {
    retryAfterSeconds: 30,
  },
)

async function refusalOf(
  deps: RevisionDeps,
  { id }: ApprovalRequest,
  verdict: Exclude<RevisionVerdict['verdict'], 'changed'>,
) {
  switch (verdict) {
    case 'killed':
      return refused(KILLED)
    case 'stale_policy':
    case 'outdated_history':
      return AGAIN
    case 'agent_limit':
    case 'group_limit':
      return FULL
    default:
      return notRecorded(deps, id, verdict)
  }
}
