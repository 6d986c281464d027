/** A close look at a page: accessibility, layout shift, sideways scrolling, in every light and size asked for. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Visitor } from './site.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }

/** One line for each violation. Evaluated over the debugging protocol: the page's own policy forbids foreign scripts. */
async function violationsOf({ passkey }: Visitor): Promise<string[]> {
  const evaluate = async (expression: string) =>
    (await passkey.cdp.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value
  await evaluate(axeSource)
  const found: Pick<AxeResults, 'violations'> = await evaluate(
    `axe.run(document, ${JSON.stringify(RULES)}).then(({ violations }) => ({ violations }))`,
  )
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 120)} (${node.failureSummary ?? ''})`),
  )
}

const SIZES = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
]

const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** Since the page was loaded, in the units of Cumulative Layout Shift. */
export const shiftOf = (page: Page): Promise<number> =>
  page.evaluate(() => Number(document.documentElement.dataset['shift'] ?? 0))

/** Expects the page, as it stands, to be without fault in both lights and in every size. */
export async function expectFlawless(visitor: Visitor, state: string): Promise<void> {
  const { page } = visitor
  expect(await shiftOf(page), `${state}: layout shift`).toBeLessThan(0.01)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of SIZES) {
      await page.setViewportSize(size)
      expect(await overflowOf(page), `${state}: sideways at ${size.width}`).toBeLessThanOrEqual(0)
      if (size.width === 320) continue
      expect(await violationsOf(visitor), `${state}: ${colorScheme}, ${size.width}`).toEqual([])
    }
  }
  expect(visitor.troubles, state).toEqual([])
}
