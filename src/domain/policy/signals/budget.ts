/** How much work the texts of one call may cost in sum; what does not fit is not read. */

export interface Budget {
  left: number
}

/** False, and nothing is left, where it does not fit. */
export function take(budget: Budget, amount: number): boolean {
  budget.left = amount > budget.left ? 0 : budget.left - amount
  return budget.left > 0
}
