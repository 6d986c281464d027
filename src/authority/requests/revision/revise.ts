/**
 * An approver changes the arguments of a request: checked, decided by policy, and kept until they sign it. Nothing
 * changes before that. SPEC 5.2.
 */
import { type ActionSpec, type JsonValue, newSalt, parseAction } from '@countersign/verifier'
import type { ApprovalRequest } from '../../../domain/approval/approval-request.ts'
import { catalogueEntryOf, type Proposal } from '../../../domain/approval/new-request.ts'
import { faultOfRevision, whyNotRevisable } from '../../../domain/approval/revision.ts'
import type { Approver, Executor, SignedIn } from '../../../domain/identity/parties.ts'
import { noteKeysOf } from '../../../domain/ledger/log-key.ts'
import { revisionRow, sealedBy, sealRow } from '../../../domain/ledger/row-seal.ts'
import { ok, pointerOf, type Result, refuse, refused, shortened } from '../../../domain/refusal.ts'
import type { Revised, RevisionStore } from '../../../store/contract/revision-store.ts'
import type { Deps, Uses } from '../../deps.ts'
import { newId } from '../../new-id.ts'
import { unfitInWords } from '../../policy/unfit-arguments.ts'
import { KILLED, parsing } from '../../refusals.ts'
import {
  type Answerable,
  admitOffer,
  answerableNow,
  type ConsentDeps,
  oneAnswerable,
  refusedConsent,
} from '../answerable.ts'
import type { AskDeps } from '../ask.ts'
import { withExecutorPreview } from '../ask-for-preview.ts'
import { type RequestForApprover, shownTo } from '../show.ts'
import { decideRevised, type RevisedRequest, revisedProposal } from './revised-request.ts'

export type RevisionDeps = AskDeps & ConsentDeps & Uses<RevisionStore> & Pick<Deps, 'policy'>

const GONE = refuse('invalid_request', 'The agent or the executor of this request is gone.', { status: 409 })

const NOT_BEGUN = refuse('not_found', 'You have changed nothing about this request. Change its arguments first.')

/** Refuses: `not_found`, `forbidden`, `request_denied`, `killed`, `invalid_request`, `policy_denied`, `state_changed`. */
export async function reviseRequest(
  deps: RevisionDeps,
  approver: SignedIn,
  id: string,
  args: unknown,
): Promise<Result<RevisedRequest>> {
  const admitted = await admitOffer(deps, approver)
  if (!admitted.ok) return admitted
  const former = await revisableBy(deps, approver, id)
  if (!former.ok) return former
  const made = await parsing(() => tryToRevise(deps, approver, former.value, args))
  if (!made.ok) return refusedConsent(deps, approver, [former.value], made.refusal)
  const { request, proposal } = made.value
  const { action, preview, stateDigest } = proposal
  const plain: Revised = { id: request.id, action, preview, stateDigest }
  const revised = { ...plain, seal: await sealRow(deps.logKey, revisionRow(id, approver.id, plain)) }
  await deps.store.keepRevision({ former: id, approver: approver.id, revised, expiresAt: former.value.expiresAt })
  return made
}

/** The request as this person may change it: they could consent to it, and nothing stops it. */
async function revisableBy(deps: RevisionDeps, approver: Approver, id: string): Promise<Result<ApprovalRequest>> {
  const answerable = await oneAnswerable(deps, approver, id)
  if (!answerable.ok) return answerable
  return (await deps.store.isStopped(id)) ? refused(KILLED) : ok(answerable.value.request)
}

/** Throws `ApprovalError` for arguments that are none. */
async function tryToRevise(deps: RevisionDeps, approver: Approver, former: ApprovalRequest, args: unknown) {
  const { action, name } = former
  const executor = await deps.store.executor(former.audience)
  if (!executor || !action) return GONE
  const why = whyNotRevisable(former, catalogueEntryOf(executor, name))
  if (why !== null) return refuse('invalid_request', why, { status: 409 })
  const revised = parseAction({ ...action, arguments: args as JsonValue, salt: newSalt() })
  const fault = faultInWords(executor, action, revised) ?? unfitInWords(executor, revised)
  if (fault !== null) return refuse('invalid_request', fault)
  const id = newId(deps.randomBytes)
  const proposal = await revisedProposal(deps, former, approver.id, {
    ...{ id, action: revised, preview: null, stateDigest: null },
  })
  return proposal ? shownToApprover(deps, approver, former, proposal) : GONE
}

function faultInWords(executor: Executor, { name, arguments: before }: ActionSpec, { arguments: after }: ActionSpec) {
  const fault = faultOfRevision(catalogueEntryOf(executor, name), before, after)
  if (fault === 'same') return 'Nothing was changed. Approve the request as it is.'
  return fault && `${shortened(`arguments${pointerOf(fault.fixed)}`)} cannot be changed.`
}

const STATE_OF_OTHERS = refuse(
  'state_changed',
  'This approval is bound to a state that the executor named for the arguments of the agent, and it names none for others. Deny it, and say what to ask for instead.',
)

async function shownToApprover(deps: RevisionDeps, approver: Approver, former: ApprovalRequest, given: Proposal) {
  const proposal = await withExecutorPreview(deps, given)
  if (!proposal.ok) return proposal
  if (former.stateDigest !== null && proposal.value.stateDigest === null) return STATE_OF_OTHERS
  const decided = await decideRevised(deps, await deps.policy.read(), former, proposal.value)
  if (!decided.ok) return decided
  const answerable = await answerableAs(deps, approver, decided.value)
  return answerable.ok ? decided : answerable
}

/** Whether this person may consent to the changed call, too: the policy may ask other people about it. */
export async function answerableAs(
  deps: RevisionDeps,
  approver: Approver,
  { request }: RevisedRequest,
): Promise<Result<Answerable>> {
  const [answerable] = await answerableNow(deps, approver, [request])
  return answerable ?? NOT_BEGUN
}

/** The changed call as its approver reads it before they sign. Refuses as `revisionOf`. */
export async function showRevision(
  deps: RevisionDeps,
  approver: Approver,
  id: string,
): Promise<Result<RequestForApprover>> {
  const revised = await revisionOf(deps, approver, id)
  return revised.ok ? ok(await shownTo(deps, approver, revised.value.request, id)) : revised
}

/** The changed request of this person, as the policy decides on it now. */
export async function revisionOf(deps: RevisionDeps, approver: Approver, id: string): Promise<Result<RevisedRequest>> {
  const former = await revisableBy(deps, approver, id)
  if (!former.ok) return former
  const revised = await keptRevision(deps, approver, id)
  if (!revised) return NOT_BEGUN
  const proposal = await revisedProposal(deps, former.value, approver.id, revised)
  if (!proposal) return GONE
  const why = whyNotRevisable(former.value, catalogueEntryOf(proposal.executor, proposal.action.name))
  if (why !== null) return refuse('invalid_request', why, { status: 409 })
  return decideRevised(deps, await deps.policy.read(), former.value, proposal)
}

/** Undefined where the row is not the one that was kept, too. */
async function keptRevision(deps: RevisionDeps, approver: Approver, id: string): Promise<Revised | undefined> {
  const kept = await deps.store.revision({ former: id, approver: approver.id, now: deps.now() })
  if (!kept) return undefined
  const { seal, ...revised } = kept
  if ((await sealedBy(noteKeysOf(deps.logKey), revisionRow(id, approver.id, revised), seal)) > 0) return revised
  deps.log.error('revision.altered', { request: id, approver: approver.id })
  return undefined
}
