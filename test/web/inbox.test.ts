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

it('gives the time left no more room than it takes, on a phone and a desktop', async () => {
  const long = await site.propose({ action: postAction('Long'), expires_in: 14_400 })
  const folded = page.locator('[data-fold] > details > summary .clock')
  await expect.poll(() => folded.count()).toBe(1)
  await page.locator(`[data-row="${long}"]`).waitFor({ state: 'attached' })
  const size = page.viewportSize()
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 })
    const blank = await folded.evaluate((clock) => {
      const text = document.createRange()
      text.selectNodeContents(clock)
      return clock.getBoundingClientRect().width - text.getBoundingClientRect().width
    })
    expect(blank, `at ${width}`).toBeLessThan(8)
  }
  if (size) await page.setViewportSize(size)
})

it('shows what cannot be undone, and a deadline in amber from its last two minutes, without a reload', async () => {
  const plain = await site.propose({ action: postAction('Slow'), expires_in: 900 })
  const action = { ...postAction('x'), name: 'forum.delete', arguments: { thread: 'gone' } }
  const pressing = await site.propose({ action, expires_in: 123 })
  await page.locator(`[data-row="${pressing}"]`).waitFor()
  const clock = (id: string) => page.locator(`[data-row="${id}"] .pill:has([data-expires-text])`)
  expect(await page.locator(`[data-row="${pressing}"]`).textContent()).toContain('Cannot be undone')
  expect(await page.locator(`[data-row="${plain}"]`).textContent()).not.toContain('Cannot be undone')
  await expect.poll(() => clock(pressing).getAttribute('class'), { timeout: 20_000 }).toBe('pill warn')
  expect(await clock(plain).getAttribute('class')).toBe('pill')
})

it('is searched and filtered by its address, and follows what matches alone', async () => {
  await page.goto('/?danger=irreversible')
  expect(await rows('waiting').count()).toBe(1)
  await page.getByRole('link', { name: /^Danger: Cannot be undone/ }).waitFor()
  await site.propose({ action: postAction('Does not match') })
  const action = { ...postAction('x'), name: 'forum.delete', arguments: { thread: 'two' } }
  await site.propose({ action })
  await expect.poll(() => rows('waiting').count()).toBe(2)
  expect(await page.locator('[data-rows=waiting]').textContent()).not.toContain('Publish')
  await page.getByText('Search and filter').click()
  await page.getByLabel('Words in the request').fill('publish zebra')
  await page.getByLabel('Danger').selectOption({ label: 'any' })
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('heading', { name: 'Nothing that matches is waiting' }).waitFor()
  expect(new URL(page.url()).searchParams.get('words')).toBe('publish zebra')
  await site.propose({ action: postAction('A zebra crosses') })
  await expect.poll(() => rows('waiting').count(), { timeout: 20_000 }).toBe(1)
  await page.goto('/')
})

it('says when it has lost the server, and recovers', async () => {
  await page.context().setOffline(true)
  await site.propose({ action: postAction('Meanwhile') })
  await expect.poll(() => page.locator('[data-live-text]').textContent()).toContain('No connection')
  await page.context().setOffline(false)
  await expect.poll(() => page.locator('[data-live-text]').textContent()).toBe('Updates automatically')
  await expect
    .poll(() => rows('waiting').filter({ hasText: 'Meanwhile' }).or(rows('waiting').nth(1)).count())
    .toBeGreaterThan(0)
})

it('sends a person whose session ended to sign in', async () => {
  await page.context().clearCookies()
  await site.propose({ action: postAction('Last') })
  await page.waitForURL('**/sign-in?*')
})
