/** Who has to consent: requirements of several rules as one list. SPEC 11. */
export { sumOf } from '@countersign/verifier/authority'

import type { PermittedDecision, Requirement, Terms } from './policy.ts'

/** Equal requirements become the one with the larger count; different ones add up. */
export function mergeRequirements(all: readonly Requirement[]): readonly Requirement[] {
  const merged = new Map<string, Requirement>()
  for (const requirement of all) {
    const key = [...requirement.groups].sort().join('\n')
    const known = merged.get(key)
    if (!known || known.count < requirement.count) merged.set(key, requirement)
  }
  return [...merged.values()]
}

type AsksMore = (asked: Terms, consented: Terms) => boolean

const never: AsksMore = () => false

/** By member of the terms, so that each new one is judged here. */
const ASKS_MORE: { readonly [Member in keyof Required<Terms>]: AsksMore } = {
  approvers: (asked, { approvers }) =>
    mergeRequirements([...approvers, ...mergeRequirements(asked.approvers)]).some(
      (requirement) => !approvers.includes(requirement),
    ),
  quorum: (asked, consented) => asked.quorum > consented.quorum,
  ordered: (asked, consented) => asked.ordered && !consented.ordered,
  actor: (asked, consented) => asked.actor !== null && asked.actor !== consented.actor,
  selfApproval: (asked, consented) => consented.selfApproval && !asked.selfApproval,
  stateRequired: (asked, consented) => asked.stateRequired && !consented.stateRequired,
  typedTarget: (asked, consented) => asked.typedTarget && !consented.typedTarget,
  deviceBound: (asked, consented) => asked.deviceBound === true && consented.deviceBound !== true,
  // They bound tokens and grants: people give nothing for them.
  ttlSeconds: never,
  uses: never,
  grantUses: never,
}

/** What is asked of people where nobody is asked. */
const OF_NOBODY = {
  approvers: [],
  quorum: 0,
  ordered: false,
  selfApproval: true,
  typedTarget: false,
  deviceBound: false,
} as const

/** Whether a decision of now asks anything that the terms consented under did not ask. */
export function asksMore({ effect, terms }: PermittedDecision, consented: Terms): boolean {
  const asked = effect === 'allow' ? { ...terms, ...OF_NOBODY } : terms
  return Object.values(ASKS_MORE).some((more) => more(asked, consented))
}

/** Whether consent on the terms `given` is all that the policy demands now for one call of a grant, and allows it. */
export const covers = (given: Terms, asked: PermittedDecision): boolean =>
  !asksMore(asked, given) && (asked.effect === 'allow' || (asked.terms.grantUses ?? 0) >= given.uses)
