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

/** Whether a decision of now asks people, or a kind of passkey, that the terms consented under did not ask. */
export function asksMore({ effect, terms }: PermittedDecision, consented: Terms): boolean {
  if (effect === 'approval' && terms.deviceBound && !consented.deviceBound) return true
  const asked = mergeRequirements(effect === 'allow' ? [] : terms.approvers)
  return mergeRequirements([...consented.approvers, ...asked]).some(
    (requirement) => !consented.approvers.includes(requirement),
  )
}
