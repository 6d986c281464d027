/**
 * What a browser that has nothing of the site loads for a page: few bytes, from nowhere else, and nothing moves. It
 * prepares few fonts, each of which the first paint waits for.
 */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { sharedBrowser } from '../setup/browser.ts'
import { firstView } from '../setup/first-view.ts'
import { openAdminSite } from './site.ts'

const MAX_BYTES = 60_000
/** A family in one weight and one size. */
const MOST_FONTS = 12
const WAITING = 200

const { site, ada } = await openAdminSite({
  settings: {
    COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '1000',
    COUNTERSIGN_PENDING_PER_AGENT: '1000',
    COUNTERSIGN_PENDING_PER_GROUP: '1000',
  },
})

const ids: string[] = []
for (let at = 0; at < WAITING; at++) ids.push(await site.propose())
await settle(site.authority.services.ledger, site.authority.store)

it.each([
  ['approval', () => `/approve/${ids[0]}`, 'main'],
  ['inbox with 200 waiting', () => '/', 'main'],
  ['ledger', () => '/ledger', 'main[data-checked]'],
])('%s, on a slow processor', async (_, path, settled) => {
  const storageState = await ada.page.context().storageState()
  const fresh = await (await sharedBrowser()).newContext({ baseURL: site.origin, storageState })
  const view = { settled, slowDown: 4 }
  const page = await fresh.newPage()
  const { bytes, foreign, shift } = await firstView(page, `${site.origin}${path()}`, view)
  const fonts = await fontsOf(page)
  await fresh.close()
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
  expect(foreign).toEqual([])
  expect(shift).toBe(0)
  expect(fonts.length, fonts.join('; ')).toBeLessThanOrEqual(MOST_FONTS)
})

/** Of all texts that are laid out. */
const fontsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const fonts = new Set<string>()
    while (texts.nextNode()) {
      const { parentElement: holder, textContent } = texts.currentNode
      if (!holder?.checkVisibility() || textContent?.trim() === '') continue
      const { fontFamily, fontWeight, fontSize } = getComputedStyle(holder)
      fonts.add(`${fontFamily} ${fontWeight} ${fontSize}`)
    }
    return [...fonts].sort()
  })
