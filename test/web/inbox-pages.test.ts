/** An inbox of more requests than a page has: none is hidden by those of another agent, and all are counted. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { addAgent, enrolFirstAdmin, invitationFor, mustSucceed, postAction } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openSite, visit } from './site.ts'

const MANY = '100000'
const site = await openSite({
  settings: {
    COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: MANY,
    COUNTERSIGN_AGENT_CALLS_PER_MINUTE: MANY,
    COUNTERSIGN_AGENT_BYTES_PER_MINUTE: '900000000',
    COUNTERSIGN_PENDING_PER_AGENT: '1000',
    COUNTERSIGN_PENDING_PER_GROUP: '1000',
    COUNTERSIGN_REQUEST_TTL_SECONDS: '7200',
  },
})
const others = await Promise.all(
  ['calm-agent', 'odd-agent', 'wordy-agent'].map(async (id) =>
    site.authority.client(await addAgent(site.authority, id)),
  ),
)
const [calm, odd, wordy] = others as [Client, Client, Client]
const ada = await visit(site)
const sam = await enrolFirstAdmin(site.authority, 'Sam Wu')
await enrol(ada, await invitationFor(sam, 'Ada Admin', ['approver', 'admin']), 'Ada Admin', sam)
const { page } = ada
afterAll(() => expect(ada.troubles).toEqual([]))

const LONG = 'W'.repeat(60_000)
const audience = 'https://forum.example'
const ask = async (agent: Client, text: string, more: object = {}) =>
  mustSucceed(await agent.call('openRequest', { body: { audience, action: postAction(text), ...more } })).id
const rows = () =>
  page
    .locator('[data-rows=waiting] > li')
    .evaluateAll((all) => all.flatMap(({ dataset }) => dataset['members']?.split(' ') ?? dataset['row'] ?? []))
const changes: string[] = []
let calmOnes: readonly string[] = []

beforeAll(async () => {
  // An open inbox is fetched again after each of them.
  await page.goto('about:blank')
  for (let at = 0; at < 400; at += 10) {
    const some = Array.from({ length: 10 }, (_, more) => at + more)
    await Promise.all(some.map((one) => ask(site.agent, `Noise ${one}`, { expires_in: 3600 + one })))
  }
  calmOnes = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(calm, `Calm ${at}`)))
  // What conceals something, and what only few of fit on a page, waits before all that can be chosen.
  for (let at = 0; at < 5; at++) await ask(odd, `Odd ${at}`, { reason: 'p\u0430ypal', expires_in: 4000 + at })
  for (let at = 0; at < 16; at++) await ask(odd, `${LONG} ${at}`, { expires_in: 5000 + at })
  for (let at = 0; at < 9; at++) await ask(odd, `Plain ${at}`, { expires_in: 6000 + at })
  for (let at = 0; at < 2; at++) {
    const action = { name: 'countersign.key.rotate', resource: 'keys', arguments: {}, salt: newSalt() }
    changes.push(mustSucceed(await sam.page.call('openAdministration', { body: { action } })).id)
  }
}, 120_000)

it('has changes to the authority first and a share for each agent, and counts what other pages have', async () => {
  await page.goto('/')
  const first = await rows()
  expect(first).toHaveLength(200)
  expect(new Set(first.slice(0, 2))).toEqual(new Set(changes))
  expect(calmOnes.filter((id) => !first.includes(id))).toEqual([])
  expect(await page.title()).toMatch(/^\(452\) Inbox/)
  expect((await page.locator('[data-shown]').textContent())?.replace(/\s+/g, ' ')).toContain(
    '452 requests, 200 on this page',
  )
  expect(await page.locator('[data-fold] .by').first().textContent()).toMatch(/and \d+ more requests|on this page/)
  const seen = [...first]
  for (const length of [200, 52]) {
    await page.getByRole('link', { name: 'Next 200' }).click()
    await expect.poll(async () => (await rows()).length).toBe(length)
    seen.push(...(await rows()))
  }
  expect(new Set(seen).size).toBe(452)
  expect(await page.getByRole('link', { name: 'Next 200' }).count()).toBe(0)
  await page.goto('/?agent=calm-agent')
  expect(new Set(await rows())).toEqual(new Set(calmOnes))
  expect(await page.locator('[data-shown]').count()).toBe(0)
})

it('keeps the page when something arrives, and what was answered lately beside full pages', async () => {
  mustSucceed(await sam.page.call('deny', { params: { id: calmOnes[0] ?? '' }, body: {} }))
  await page.goto('/?page=3')
  expect(await page.locator(`[data-rows=answered] [data-row="${calmOnes[0]}"]`).textContent()).toContain('Denied')
  expect(await rows()).toHaveLength(51)
  await ask(calm, 'Another')
  await expect.poll(() => page.title()).toMatch(/^\(452\) Inbox/)
  expect(new URL(page.url()).searchParams.get('page')).toBe('3')
  await page.goto('/?page=9')
  await page.getByRole('heading', { name: 'Nothing on this page waits for you' }).waitFor()
  await page.getByRole('link', { name: 'Previous 200' }).click()
})

it('announces what was opened since it was read, not what moves up from the next page', async () => {
  // Those that were opened a minute before are old, whichever process opened them.
  site.authority.advance(61)
  await page.goto('/')
  const first = await rows()
  const noise = first.find((id) => !changes.includes(id) && !calmOnes.includes(id)) ?? ''
  mustSucceed(await sam.page.call('deny', { params: { id: noise }, body: {} }))
  await expect.poll(() => page.title()).toMatch(/^\(451\) Inbox/)
  expect((await rows()).filter((id) => !first.includes(id))).toHaveLength(1)
  expect(await page.locator('#news').textContent()).toBe('')
  expect(await page.locator('.new').count()).toBe(0)
  await ask(calm, 'A new one')
  await expect.poll(() => page.locator('#news').textContent()).toMatch(/^New request: .*Publish a reply/)
})

it('chooses as many as one page shows and one gesture approves', async () => {
  await page.goto('/?agent=odd-agent')
  // Thirteen of the long ones fit.
  await page.getByLabel('Choose the first 16 of these 25').check()
  await expect.poll(() => page.locator('[data-chosen]').textContent()).toBe('16 chosen')
  const chosen = await page.locator('input[name=request]:checked').count()
  expect(chosen).toBe(16)
  await page.getByRole('button', { name: 'Review 16 together' }).click()
  await page.waitForURL('**/approve?*')
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('16 requests, one confirmation')
  expect(await page.locator('.cannot').count()).toBe(0)
})

it('names the limit that leaves out some of a group, or that single choices exceed, and the next step', async () => {
  await Promise.all(Array.from({ length: 16 }, (_, at) => ask(wordy, `${LONG} ${at}`)))
  await page.goto('/?agent=wordy-agent')
  const note = () => page.locator('[data-chosen-note]').textContent()
  await page.getByLabel('Choose the first 13 of these 16').check()
  await expect
    .poll(note)
    .toBe('A page has no room for longer ones: 3 of this group are left. Review the chosen ones first.')
  await page.locator('summary.row').click()
  await page.locator('input[name=request]:not(:checked)').first().check()
  expect(await note()).toBe('These are longer than one page shows. Uncheck long ones to go on.')
  expect(await page.getByRole('button', { name: 'Review 14 together' }).getAttribute('aria-disabled')).toBe('true')
  await page.locator('input[name=request]:checked').first().uncheck()
  expect(await note()).toBe('Choosing does not answer anything yet.')
})

it('is without fault on a phone and a desktop', async () => {
  await page.goto('/?page=2')
  await expectFlawless(ada, 'inbox, a page of several')
})
