/**
 * An approver extends a waiting call to a series: they propose a grant for similar calls, for the same agent and key.
 * From then on it is an ordinary request, which they can sign together with the call. SPEC 4.6.
 */
import { newSalt, parseAction } from '@countersign/verifier'
import { parseBounds } from '@countersign/verifier/authority'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { MAX_GRANT_SECONDS, shareIn, whyNoGrant } from '../../domain/approval/grant.ts'
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { Approver, SignedIn } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { parsing } from '../refusals.ts'
import { admitOffer, type ConsentDeps, oneAnswerable, refusedConsent } from './answerable.ts'
import { begunProposal } from './ask.ts'
import { type HoldDeps, holdProposal } from './hold.ts'

export interface GrantProposal {
  readonly uses: number
  /** By argument name; what is not named is as in the call. */
  readonly arguments: unknown
  readonly expiresInSeconds?: number | undefined
}

type GrantDeps = HoldDeps & ConsentDeps

/** Refuses: `not_found`, `forbidden`, `request_denied`, `invalid_request`, `rate_limited`, `policy_denied`, `killed`. */
export async function proposeGrant(
  deps: GrantDeps,
  person: SignedIn,
  id: string,
  wanted: GrantProposal,
): Promise<Result<ApprovalRequest>> {
  const admitted = await admitOffer(deps, person)
  if (!admitted.ok) return admitted
  const answerable = await oneAnswerable(deps, person, id)
  if (!answerable.ok) return answerable
  const { request } = answerable.value
  const made = await parsing(() => boundedProposal(deps, person, request, wanted))
  if (!made.ok) return refusedConsent(deps, person, [request], made.refusal)
  const opened = await holdProposal(deps, made.value, {
    idempotency: null,
    challenge: null,
    parentTrace: undefined,
    key: null,
  })
  if (!opened.ok) return opened
  deps.log.info('grant.proposed', { request: opened.value.request.id, like: id, approver: person.id })
  return ok(opened.value.request)
}

/** Throws `ApprovalError` for bounds that are none. */
async function boundedProposal(
  deps: GrantDeps,
  person: Approver,
  call: ApprovalRequest,
  { uses, arguments: constraints, expiresInSeconds }: GrantProposal,
): Promise<Result<Proposal>> {
  const why = whyNoGrant(call, deps.config.origin)
  if (why !== null) return refuse('invalid_request', why, { status: 409 })
  if ((expiresInSeconds ?? 0) > MAX_GRANT_SECONDS)
    return refuse('invalid_request', `A grant ends within ${MAX_GRANT_SECONDS} seconds.`)
  const bounds = parseBounds({ uses, arguments: constraints })
  const [agent, executor] = await Promise.all([deps.store.agent(call.agent), deps.store.executor(call.audience)])
  if (!agent || !executor || !call.action)
    return refuse('invalid_request', 'The agent or the executor of this request is gone.', { status: 409 })
  const share = shareIn(bounds, call.action.arguments)
  if (!share) return OUTSIDE
  const action = parseAction({ ...call.action, arguments: share.fixed, salt: newSalt() })
  const { jkt, principal, act, actors } = call
  return ok({
    ...(await begunProposal(deps, executor, action, { bounds, jkt, expiresInSeconds })),
    ...{ door: 'person' as const, proposedBy: person.id, agent, executor, principal, act, actors, action },
    ...{ preview: null, stateDigest: null, reason: null },
  })
}

const OUTSIDE = refuse(
  'invalid_request',
  'The call itself lies outside these bounds. Widen them so that they cover it, or leave the argument as it is.',
)
