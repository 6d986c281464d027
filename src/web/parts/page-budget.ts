/**
 * The budget of one page: what it compares, and what it shows in elements of their own.
 *
 * In: how many parts share the page. Out: counters. Beyond them a page shows the same text in fewer pieces and says so;
 * it never cuts. Counted in operations, not in time, so that a page is the same on every machine.
 */
import { type Child, createContext } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'
import { raw } from 'hono/utils/html'

/** What is left; each part of the page takes from it. */
export type PageBudget = Record<keyof typeof LIMITS, number>

const LIMITS = { comparisons: 160_000, lines: 2000, values: 1000, marks: 2000 }

export const createPageBudget = (parts = 1): PageBudget => ({
  comparisons: Math.ceil(LIMITS.comparisons / parts),
  lines: Math.ceil(LIMITS.lines / parts),
  values: Math.ceil(LIMITS.values / parts),
  marks: Math.ceil(LIMITS.marks / parts),
})

/** False where less than `amount` is left; then nothing is taken. */
export function take(budget: PageBudget, detail: keyof PageBudget, amount: number): boolean {
  const fits = amount <= budget[detail]
  if (fits) budget[detail] -= amount
  return fits
}

/** The budget of the page that is rendered; null outside a page. */
export const Budget = createContext<PageBudget | null>(null)

/** Renders parts of a page one after another; other calls are served between them. */
export async function renderInTurns(parts: Iterable<JSX.Element>): Promise<readonly Child[]> {
  const rendered: Child[] = []
  for (const part of parts) {
    rendered.push(raw(await (await part).toString()))
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return rendered
}
