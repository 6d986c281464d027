/** A compiled policy as plain data: what a draft is examined by. SPEC 11. */
import type { CompiledPolicy } from '../cedar/compile.ts'
import { memberOf } from '../cedar/mentions.ts'
import type { Requirement } from '../policy.ts'

export interface PolicyOutline {
  readonly id: string
  /** Where it begins in the set. */
  readonly start: number
  readonly effect: 'permit' | 'forbid'
  /** Null: every action. */
  readonly actions: readonly string[] | null
  readonly asks: readonly Requirement[]
  readonly actor: string | null
  /** Whether its head admits every agent and resource, and it has no conditions. */
  readonly unconditional: boolean
  /** Whether it says itself how many people there have to be. */
  readonly readsPeople: boolean
}

export function outlineOf({ id, effect, actions, terms, json, mention, start }: CompiledPolicy): PolicyOutline {
  return {
    id,
    start,
    effect,
    actions,
    asks: terms?.requirements ?? [],
    actor: terms?.actor ?? null,
    unconditional: json.principal.op === 'All' && json.resource.op === 'All' && json.conditions.length === 0,
    readsPeople: memberOf(mention, 'people') !== undefined,
  }
}
