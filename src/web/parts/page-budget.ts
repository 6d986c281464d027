/**
 * The budget of one page: what it compares, and what it shows in elements of their own.
 *
 * In: how many parts share the page. Out: counters. Beyond them a page shows the same text in fewer pieces and says so;
 * it never cuts. Counted in operations, not in time, so that a page is the same on every machine.
 */
import { createContext } from 'hono/jsx'

/** What is left; each part of the page takes from it. */
export type PageBudget = Record<keyof typeof LIMITS, number>

/** `repeated`: characters that stand on the page already, in another form. */
const LIMITS = { comparisons: 240_000, lines: 1000, values: 500, marks: 1000, repeated: 262_144 }

export const createPageBudget = (parts = 1): PageBudget => ({
  comparisons: Math.ceil(LIMITS.comparisons / parts),
  lines: Math.ceil(LIMITS.lines / parts),
  values: Math.ceil(LIMITS.values / parts),
  marks: Math.ceil(LIMITS.marks / parts),
  repeated: Math.ceil(LIMITS.repeated / parts),
})

/** False where less than `amount` is left; then nothing is taken. */
export function take(budget: PageBudget, detail: keyof PageBudget, amount: number): boolean {
  const fits = amount <= budget[detail]
  if (fits) budget[detail] -= amount
  return fits
}

/** The budget of the page that is rendered; null outside a page. */
export const Budget = createContext<PageBudget | null>(null)
