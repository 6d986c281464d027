/** What a browser that has nothing of the site loads for a page: few bytes, from nowhere else, and nothing moves. */
import { expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { sharedBrowser } from '../setup/browser.ts'
import { firstView } from '../setup/first-view.ts'
import { openAdminSite } from './site.ts'

const MAX_BYTES = 60_000
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
  const { bytes, foreign, shift } = await firstView(await fresh.newPage(), `${site.origin}${path()}`, view)
  await fresh.close()
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
  expect(foreign).toEqual([])
  expect(shift).toBe(0)
})
