/** The terms of a decision, from those that the rules of an outside engine gave: the strictest of each. SPEC 11.2. */
import type { Requirement, Terms } from '../policy.ts'
import type { GivenTerms } from './engine-answer.ts'

export interface DefaultTerms {
  /** Life of a token, 1 to 600. */
  readonly ttlSeconds: number
  /** Whether the principal, or the person who runs the agent, may consent. */
  readonly selfApproval: boolean
}

/** Of an action that is allowed: they are nobody's to meet. */
const NOBODY_ASKED: readonly Requirement[] = [{ groups: ['approver'], count: 1 }]

/** Rules that name no approvers allow the action. Undefined where they name different actors: a token has one. */
export function permitOf(rules: readonly GivenTerms[], defaults: DefaultTerms) {
  const actors = new Set(rules.map(({ actor }) => actor))
  if (actors.size > 1) return undefined
  const asked = requirementsOf(rules)
  const isAllowed = asked.length === 0
  const terms = termsFor(isAllowed ? NOBODY_ASKED : asked, [...actors][0] ?? null, rules, defaults)
  return { effect: isAllowed ? ('allow' as const) : ('approval' as const), terms }
}

function termsFor(
  approvers: readonly Requirement[],
  actor: string | null,
  rules: readonly GivenTerms[],
  defaults: DefaultTerms,
): Terms {
  const grantUses = least(rules.flatMap((rule) => rule.grant_uses ?? []))
  return {
    approvers,
    ordered: rules.some(({ ordered }) => ordered),
    quorum: approvers.reduce((sum, { count }) => sum + count, 0),
    ttlSeconds: least(rules.map((rule) => rule.ttl_seconds ?? defaults.ttlSeconds)) ?? defaults.ttlSeconds,
    uses: least(rules.map(({ uses }) => uses)) ?? 1,
    actor,
    selfApproval:
      rules.length === 0 ? defaults.selfApproval : rules.every((rule) => rule.self_approval ?? defaults.selfApproval),
    stateRequired: rules.some((rule) => rule.state_required),
    typedTarget: rules.some((rule) => rule.typed_target),
    ...(grantUses !== undefined && { grantUses }),
  }
}

const least = (numbers: readonly number[]): number | undefined =>
  numbers.length === 0 ? undefined : Math.min(...numbers)

/** All that any rule asks for; equal groups once, with the larger count. */
function requirementsOf(rules: readonly GivenTerms[]): readonly Requirement[] {
  const byGroups = new Map<string, Requirement>()
  for (const { groups, count } of rules.flatMap(({ approvers }) => approvers)) {
    const sorted = [...new Set(groups)].sort()
    const key = sorted.join(' ')
    byGroups.set(key, { groups: sorted, count: Math.max(count, byGroups.get(key)?.count ?? 0) })
  }
  return [...byGroups.values()]
}
