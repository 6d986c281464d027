/** One rule for what pages read from their addresses: a parameter that cannot be read is an error with a way on. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page } = await openAdminSite()
afterAll(() => expect(ada.troubles).toEqual([]))

let trace = ''
beforeAll(async () => {
  await settle(site.authority.services.ledger, site.authority.store)
  await page.goto('/ledger')
  trace = (await page.locator('a[href^="/ledger/traces/"]').first().getAttribute('href'))?.split(/[?#]/)[0] ?? ''
})

it.each<[address: string, name: string, without: string]>([
  ['/?page=x', 'page', '/'],
  ['/?page=0', 'page', '/'],
  ['/?page=1&page=2', 'page', '/'],
  ['/?danger=maybe&agent=helpdesk-agent', 'danger', '/?agent=helpdesk-agent'],
  ['/inbox/list?page=x', 'page', '/inbox/list'],
  ['/requests?after=x&state=pending', 'after', '/requests?state=pending'],
  ['/requests?state=maybe', 'state', '/requests'],
  ['/requests?from=yesterday', 'from', '/requests'],
  ['/requests?to=99999999999999', 'to', '/requests'],
  ['/requests?words=%E2%80%94', 'words', '/requests'],
  ['/ledger?after=x', 'after', '/ledger'],
  ['/ledger?trace=short', 'trace', '/ledger'],
  ['/ledger/list?after=-1', 'after', '/ledger/list'],
  ['TRACE?after=x', 'after', 'TRACE'],
  ['TRACE?at=-1', 'at', 'TRACE'],
  ['/policy?version=x', 'version', '/policy'],
  ['/policy/workbench?draft=x', 'draft', '/policy/workbench'],
])('says what is wrong with %s, and leads to the page without it', async (address, name, without) => {
  const answer = await page.goto(address.replace('TRACE', trace))
  expect(answer?.status()).toBe(400)
  expect(await page.locator('.code').textContent()).toBe('400 invalid_request')
  expect(await page.locator('main').textContent()).toContain(`“${name}”`)
  const link = page.getByRole('link', { name: `Show the page without “${name}”` })
  expect(await link.getAttribute('href')).toBe(without.replace('TRACE', trace))
  const [shown] = await Promise.all([page.waitForNavigation(), link.click()])
  expect(shown?.status()).toBe(200)
})

it('ignores what is empty or unknown, as forms and links leave it', async () => {
  for (const address of ['/?page=&agent=+&from=mail', '/requests?state=&utm=1', `${trace}?at=`, '/policy?version='])
    expect((await page.goto(address))?.status(), address).toBe(200)
})

it('is without fault, and nothing of it is cut off, however long the parameter and its fault', async () => {
  const overflow = () => page.locator('.door').evaluate((card) => card.scrollWidth - card.clientWidth)
  for (const [address, fault] of [
    [`/requests?agent=${'W'.repeat(300)}`, 'it has at most 256 characters'],
    ['/requests?state=maybe', 'it is one of pending, approved, denied, expired'],
  ] as const) {
    await page.goto(address)
    expect(await page.locator('main').textContent()).toContain(fault)
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 844 })
      expect(await overflow(), `${address} at ${width}`).toBeLessThanOrEqual(0)
    }
    await expectFlawless(ada, 'an address that is not valid')
  }
})
