/**
 * Decides on a proposal, with the terms of consent: the one place that asks the policy.
 *
 * Denies when the engine throws or its terms are out of bounds, when the agent or the executor has ended, when the
 * action is not in the catalogue or the agent may not act for the principal, and when a required state is missing. No
 * policy lets a change to the authority pass without an admin. SPEC 11.
 */
import { destroysForGood } from '../action/typed-target.ts'
import type { CatalogueEntry } from '../identity/parties.ts'
import type { PermittedDecision, Policy, PolicyDecision, PolicyQuery, Requirement } from './policy.ts'
import { mergeRequirements, sumOf } from './requirements.ts'
import { countedEntry } from './signals/counted-entry.ts'

const isUpTo = (most: number, value: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

/** Of a group: it stands in the entry of the decision. */
const isName = (group: string): boolean => /^[a-z][a-z0-9-]{0,31}$/.test(group)

/** As many as the entry of a decision can name. */
const MAX_NAMES = 32
const sumOfNames = (approvers: readonly Requirement[]): number => approvers.flatMap(({ groups }) => groups).length

const isAskable = ({ groups, count }: Requirement): boolean =>
  groups.length > 0 && groups.every(isName) && isUpTo(8, count)

function withinBounds({ effect, terms }: PermittedDecision): boolean {
  const { approvers, quorum, ttlSeconds, uses, grantUses = 0 } = terms
  const asks = effect === 'allow' || isUpTo(8, quorum)
  const often = isUpTo(1000, uses) && (grantUses === 0 || isUpTo(1000, grantUses))
  return (
    asks &&
    approvers.every(isAskable) &&
    sumOfNames(approvers) <= MAX_NAMES &&
    sumOf(approvers) === quorum &&
    isUpTo(600, ttlSeconds) &&
    often
  )
}

/** Calls of a grant where the policy says nothing. */
export const GRANT_USES = 100

/** Where the policy says nothing: no grant for what destroys for good, or is consented to one by one. */
async function grantUsesOf(
  { effect, terms: { stateRequired, typedTarget } }: PermittedDecision,
  entry: CatalogueEntry,
  query: PolicyQuery,
): Promise<number> {
  if (effect === 'allow' || entry.state === 'required' || stateRequired || typedTarget) return 0
  return destroysForGood(await countedEntry(entry, query.arguments)) ? 0 : GRANT_USES
}

const STATE_REQUIRED =
  'Approvals of this action are bound to the state that its executor shows: call it without a token and relay its challenge. That has to name a state.'

/** Never throws. */
export async function decide(policy: Policy, query: PolicyQuery): Promise<PolicyDecision> {
  const deny = (reason: string): PolicyDecision => ({ effect: 'deny', policy: policy.digest, policies: [], reason })
  if (query.agent.revokedAt !== null) return deny('The agent has been revoked.')
  if (query.executor.revokedAt !== null) return deny('The executor has been revoked.')
  if (!query.agent.principals.includes(query.principal)) return deny('The agent may not act for this principal.')
  const entry = query.executor.catalogue.find(({ name }) => name === query.name)
  if (!entry) return deny(`The catalogue of ${query.executor.audience} has no action ${query.name}.`)
  if (entry.state === 'required' && query.state === null) return deny(STATE_REQUIRED)
  try {
    const answer = await policy.decide(query)
    if (answer.effect === 'deny') return answer
    const decision = query.executor.audience === policy.authority ? withAdmin(answer) : answer
    if (!withinBounds(decision)) return deny('The policy gave terms out of bounds.')
    if (decision.terms.stateRequired && query.state === null) return deny(STATE_REQUIRED)
    const { grantUses = await grantUsesOf(decision, entry, query) } = decision.terms
    return { ...decision, terms: { ...decision.terms, grantUses } }
  } catch {
    return deny('The policy could not be evaluated.')
  }
}

const ADMIN = { groups: ['admin'], count: 1 } as const

/** The authority names no state, serves no other actor and does nothing twice. */
function withAdmin({ terms, ...decision }: PermittedDecision): PermittedDecision {
  const approvers = mergeRequirements([...terms.approvers, ADMIN])
  const own = {
    ...terms,
    approvers,
    quorum: sumOf(approvers),
    uses: 1,
    grantUses: 0,
    actor: null,
    stateRequired: false,
  }
  return { ...decision, effect: 'approval', terms: own }
}
