/** How much work the texts and values of one call may cost in sum, what does not fit is not read; and what each costs. */
import type { JsonValue } from '@countersign/verifier'

export interface Budget {
  left: number
}

/** False, and nothing is left, where it does not fit. */
export function take(budget: Budget, amount: number): boolean {
  budget.left = amount > budget.left ? 0 : budget.left - amount
  return budget.left > 0
}

/** A value, and its members once more. */
export const sizeOf = (value: JsonValue): number =>
  value === null || typeof value !== 'object' ? 1 : 1 + Object.keys(value).length

/** What a value costs in characters of a text that is parsed. Text that is only searched costs little. */
export const weightOf = (value: JsonValue): number =>
  2 * (typeof value === 'string' ? 1 + (value.length >> 7) : sizeOf(value))
