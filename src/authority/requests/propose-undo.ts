/**
 * Proposes to undo an executor's action: a person proposes the inverse action of the catalogue, in the name of the
 * agent that asked for the call and on behalf of the same principal. From then on it is an ordinary request. Its
 * proposer does not count among its approvers, unless the policy allows self-approval. SPEC 10.5.
 */
import { type ActionCall, newSalt, type Preview, parseAction } from '@countersign/verifier'
import { describe, type Segment } from '../../domain/action/describe.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { actorChain, catalogueEntryOf, type Proposal } from '../../domain/approval/new-request.ts'
import { inverseOf } from '../../domain/catalogue/undo.ts'
import type { Approver, SignedIn } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { RepeatStore } from '../../store/contract/ledger-store.ts'
import type { SearchStore } from '../../store/contract/search-store.ts'
import type { Uses } from '../deps.ts'
import { ALTERED, notFound, parsing, tooMany } from '../refusals.ts'
import { begunProposal } from './ask.ts'
import { type HoldDeps, holdProposal } from './hold.ts'
import { findListed, type ListItem, type ListNeeds, listRequests } from './list-requests.ts'

export interface UndoOffer {
  readonly item: ListItem
  /** The call that would undo it; null where there is none, and then `why` says so. */
  readonly inverse: { readonly call: ActionCall; readonly sentence: readonly Segment[] } | null
  readonly why: string | null
  /** The requests that were opened to undo it, newest first. */
  readonly proposed: readonly ListItem[]
}

type OfferNeeds = ListNeeds & Uses<SearchStore & CallerStore>

/** Null where the catalogue names no undo, or nothing has been done. Refuses `not_found`. */
export async function offerUndo(deps: OfferNeeds, person: Approver, id: string): Promise<Result<UndoOffer | null>> {
  const found = await findListed(deps, person, id)
  if (!found) return notFound()
  const { item } = found
  const { undo } = item.catalogueEntry
  if (!undo || item.outcome !== 'succeeded') return ok(null)
  const proposed = await proposedFor(deps, person, id)
  const offered = { item, proposed, inverse: null }
  if (item.action === null)
    return ok({ ...offered, why: item.altered ? ALTERED.message : 'Its arguments were erased.' })
  if (item.terms.uses > 1)
    return ok({ ...offered, why: 'It was approved for several uses, of which each had its own outcome.' })
  const inverse = inverseOf(undo, item.action, await reportedResult(deps, item))
  if (!inverse.ok) return ok({ ...offered, why: `There is no ${inverse.missing}, which the catalogue names for it.` })
  const executor = await deps.store.executor(item.audience)
  const sentence = describe(executor ? catalogueEntryOf(executor, undo.name) : {}, inverse.call)
  return ok({ ...offered, inverse: { call: inverse.call, sentence }, why: underWay(proposed) })
}

async function proposedFor(deps: OfferNeeds, person: Approver, undoes: string): Promise<readonly ListItem[]> {
  const listed = await listRequests(deps, person, { undoes }, { after: null, limit: MOST_PROPOSED })
  return listed.ok ? listed.value.items : []
}

const MOST_PROPOSED = 20

/** The result in the last report; null where the report gave none, or was erased. */
async function reportedResult({ store }: OfferNeeds, { trace }: ApprovalRequest): Promise<Preview | null> {
  const content = (await store.reports(trace)).at(-1)?.content
  if (!content) return null
  const reported: { readonly content: { readonly result: Preview | null } } = JSON.parse(content)
  return reported.content.result
}

const ENDED_WELL = ['succeeded', 'running', 'indeterminate', null]

function underWay(proposed: readonly ListItem[]): string | null {
  const open = proposed.find(
    ({ state, outcome }) => state === 'pending' || (state === 'approved' && ENDED_WELL.includes(outcome)),
  )
  if (!open) return null
  return open.outcome === 'succeeded' ? 'It was undone already.' : 'It is proposed already to undo it.'
}

/** Refuses: `not_found`, `forbidden`, `rate_limited`, `invalid_request`, and as a request of its agent does. */
export async function proposeUndo(
  deps: HoldDeps & OfferNeeds & Uses<RepeatStore>,
  person: SignedIn,
  id: string,
): Promise<Result<ApprovalRequest>> {
  const waitSeconds = await deps.limits.take('approver', `${person.session} undoes`)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  if (person.roles.every((role) => role === 'auditor'))
    return refuse('forbidden', 'Auditors read. An approver can propose to undo this.')
  const offer = await offerUndo(deps, person, id)
  if (!offer.ok) return offer
  if (offer.value === null)
    return refuse(
      'invalid_request',
      'Nothing can be undone here: no executor reported success, or its catalogue names no undo.',
    )
  const { item, inverse, why } = offer.value
  if (inverse === null || why !== null)
    return refuse('invalid_request', `This cannot be proposed. ${why ?? ''}`, { status: 409 })
  return parsing(async () => {
    const proposal = await proposalFor(deps, person, item, inverse.call)
    if (!proposal)
      return refuse('invalid_request', 'The agent or the executor of this request is gone.', { status: 409 })
    const opened = await holdProposal(deps, proposal, {
      idempotency: null,
      challenge: null,
      parentTrace: undefined,
      key: null,
    })
    if (opened.ok) deps.log.info('undo.proposed', { request: opened.value.request.id, undoes: id, approver: person.id })
    return opened.ok ? ok(opened.value.request) : opened
  })
}

/** Undefined where a party is gone. Throws `ApprovalError` for a call that is no action. */
async function proposalFor(
  deps: HoldDeps & OfferNeeds,
  person: SignedIn,
  { id, agent: agentId, audience, principal }: ListItem,
  call: ActionCall,
): Promise<Proposal | undefined> {
  const [agent, executor] = await Promise.all([deps.store.agent(agentId), deps.store.executor(audience)])
  const act = actorChain(agentId, undefined)
  if (!agent || !executor || !act) return undefined
  const action = parseAction({ ...call, salt: newSalt() })
  return {
    ...(await begunProposal(deps, executor, action, { bounds: null, jkt: null })),
    door: 'person',
    undoes: id,
    proposedBy: person.id,
    agent,
    executor,
    principal,
    act,
    actors: [],
    action,
    preview: null,
    stateDigest: null,
    reason: null,
  }
}
