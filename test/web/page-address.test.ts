/** One rule for what pages read from their addresses: a parameter that cannot be read is an error with a way on. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { enrolBy } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page, other } = await openAdminSite()
afterAll(() => expect(ada.troubles).toEqual([]))

let trace = ''
beforeAll(async () => {
  for (const name of ['Kim Lee', 'kim lee']) await enrolBy(site.authority, other, name)
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

it.each<[address: string, typed: Record<string, string>, fault: Record<string, string>]>([
  ['/?words=%E2%80%94&agent=helpdesk-agent', { agent: 'helpdesk-agent' }, { words: 'at least one letter or digit' }],
  ['/?page=x&words=mail', { words: 'mail' }, {}],
  ['/?words=mail&words=reply', {}, { words: 'it is there twice' }],
  [
    '/requests?words=%21&from=1764547200&to=12000-01-01T00:00&name=forum.post',
    { from: '2025-12-01T00:00', name: 'forum.post' },
    { words: 'at least one letter or digit', to: 'it is a time such as 2026-01-31T12:00, before the year 10000' },
  ],
  ['/requests?state=maybe', { state: 'maybe' }, { state: 'it is one of pending' }],
  ['/requests?approver=Kim Lee', { approver: 'Kim Lee' }, {}],
  [
    '/ledger?trace=short&action=sha-256:x&agent=a&from=2026-01-31T12:00:00',
    { trace: 'short', agent: 'a', from: '2026-01-31T12:00' },
    { action: 'it is sha-256: and 43 characters of base64url', trace: 'a trace id is 32 hex characters' },
  ],
])('keeps the search form with what was typed where %s cannot be read', async (address, typed, faults) => {
  expect((await page.goto(address))?.status()).toBe(400)
  const form = page.locator('details.filter[open] form')
  const field = (name: string) => form.locator(`[name="${name}"]`)
  const isMarked = '[aria-invalid="true"]'
  for (const [name, text] of Object.entries(typed)) expect(await field(name).inputValue(), name).toBe(text)
  expect(await form.locator(isMarked).evaluateAll((all) => all.map((one) => one.getAttribute('name')))).toEqual(
    Object.keys(faults),
  )
  for (const [name, words] of Object.entries(faults)) {
    const fault = form.locator(`#${await field(name).getAttribute('aria-describedby')}`)
    expect(await fault.textContent()).toContain(words)
  }
  for (const name of Object.keys(faults)) {
    if ((await field(name).evaluate(({ tagName }) => tagName)) === 'SELECT') await field(name).selectOption('')
    else await field(name).fill('')
  }
  if ('approver' in typed) await field('approver').selectOption('')
  const [shown] = await Promise.all([page.waitForNavigation(), form.getByRole('button').click()])
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
    ['/?words=%21', 'at least one letter or digit'],
    ['/ledger?trace=short&action=x', 'a trace id is 32 hex characters'],
    ['/policy?version=x', 'a whole number'],
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
