/** The inbox keeps itself up to date, without losing its reader's place. */
import { afterAll, expect, it } from 'vitest'
import { mustSucceed, postAction } from '../setup/authority.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page, other } = await openAdminSite()
afterAll(() => expect(ada.troubles).toEqual([]))

const rows = (kind: 'waiting' | 'answered') => page.locator(`[data-rows=${kind}] [data-row]`)

it('shows a request within moments of its arrival, and says so', async () => {
  await page.goto('/')
  await page.getByRole('heading', { name: 'Nothing is waiting for you' }).waitFor()
  await site.propose()
  await expect.poll(() => rows('waiting').count()).toBe(1)
  expect(await rows('waiting').first().textContent()).toContain('Publish a reply in eng, thread 42')
  expect(await page.title()).toMatch(/^\(1\) Inbox/)
  await expect.poll(() => page.locator('#news').textContent()).toContain('New request: Publish a reply')
})

it('keeps the focus on the row that had it while others arrive', async () => {
  const focused = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'])
  await rows('waiting').first().getByRole('link').focus()
  const before = await focused()
  await site.propose({ action: postAction('Another') })
  await expect.poll(() => rows('waiting').count()).toBe(2)
  expect(await focused()).toBe(before)
})

it('moves an answered request down', async () => {
  const id = await rows('waiting').first().getAttribute('data-row')
  mustSucceed(await other.page.call('deny', { params: { id: id ?? '' }, body: {} }))
  await expect.poll(() => rows('waiting').count()).toBe(1)
  expect(await page.locator(`[data-rows=answered] [data-row="${id}"]`).textContent()).toContain('Denied')
})

it('counts down by the clock of the server', async () => {
  const clock = rows('waiting').first().locator('[data-expires-text]')
  const first = await clock.textContent()
  expect(first).toMatch(/^\d+:\d\d$/)
  await expect.poll(() => clock.textContent()).not.toBe(first)
})

it('says when it has lost the server, and recovers', async () => {
  await page.context().setOffline(true)
  await site.propose({ action: postAction('Meanwhile') })
  await expect.poll(() => page.locator('[data-live-text]').textContent()).toContain('No connection')
  await page.context().setOffline(false)
  await expect.poll(() => page.locator('[data-live-text]').textContent()).toBe('Updates automatically')
  await expect.poll(() => rows('waiting').count()).toBe(2)
})

it('sends a person whose session ended to sign in', async () => {
  await page.context().clearCookies()
  await site.propose({ action: postAction('Last') })
  await page.waitForURL('**/sign-in?*')
})
