/** The list of requests and the page of one: found by name, kept in the address, and whole for those who audit. */
import { describe, expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { addExecutor, enrolFirstAdmin, invitationFor, mustSucceed, postAction } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openSite, type Visitor, visit } from './site.ts'

const LONG_NAME = `Maximiliane ${'Wolfeschlegelsteinhausen '.repeat(3)}`.trim()

const site = await openSite({
  settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' },
  agents: { 'other-agent': { principals: ['erin'] } },
})
const VAULT = 'https://vault.example'
await addExecutor(site.authority, VAULT, [
  {
    name: 'vault.tell',
    effect: 'write',
    title: 'Tell {to} {secret}',
    arguments: [{ name: 'secret', sensitive: true }],
  },
  {
    name: 'vault.open',
    effect: 'write',
    arguments: [
      { name: 'box', label: 'Box', key: true },
      { name: 'door', label: 'Which door', key: true },
    ],
  },
])
const sam = await enrolFirstAdmin(site.authority, LONG_NAME)
const kim = await welcome('Kim Auditor', ['auditor'])
const { page } = kim

async function welcome(name: string, roles: ('approver' | 'admin' | 'auditor')[]): Promise<Visitor> {
  const visitor = await visit(site, { viewport: { width: 1280, height: 900 } })
  await enrol(visitor, await invitationFor(sam, name, roles), name, sam)
  return visitor
}

const rows = () => page.locator('tr[data-request]')
const row = (id: string) => page.locator(`tr[data-request="${id}"]`)

describe('the list of requests', () => {
  it('is where an auditor lands, who has no inbox', async () => {
    await page.goto('/')
    await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/requests')
    expect(await page.getByRole('link', { name: 'Inbox' }).count()).toBe(0)
  })

  it('names who asked, for whom, who answered, and what became of it', async () => {
    const done = await site.propose({ reason: 'The customer asked' })
    mustSucceed(await sam.consent(done))
    const { token } = mustSucceed(await site.agent.call('collectToken', { params: { id: done } }))
    const { jti } = mustSucceed(await site.executor.call('redeem', { body: { token } }))
    mustSucceed(await site.executor.call('reportOutcome', { params: { jti }, body: { outcome: 'failed' } }))
    const waiting = await site.propose()
    await page.goto('/requests?agent=helpdesk-agent')
    expect(await row(done).textContent()).toMatch(
      /Publish a reply in eng, thread 42.*Approved.*helpdesk-agent for dana/,
    )
    expect(await row(done).locator('td').nth(4).textContent()).toBe(LONG_NAME)
    expect(await row(done).locator('td').nth(5).textContent()).toBe('Failed')
    expect(await row(waiting).textContent()).toContain('Waiting')
  })

  it('is narrowed by pickers of names, saved in the address, and widened by a chip', async () => {
    await page.goto('/requests')
    await page.getByText('Search and filter').click()
    await page.getByLabel('Answered by').selectOption({ label: LONG_NAME })
    await page.getByLabel('Outcome').selectOption({ label: 'Failed' })
    await page.getByRole('button', { name: 'Show' }).click()
    await page.waitForURL('**/requests?*')
    expect(await rows().count()).toBe(1)
    expect(new URL(page.url()).searchParams.get('approver')).toBe(sam.id)
    await page.reload()
    expect(await rows().count()).toBe(1)
    await page.getByRole('link', { name: /^Outcome: Failed/ }).click()
    await expect.poll(() => rows().count()).toBeGreaterThan(1)
    expect(await page.getByRole('link', { name: new RegExp(`^Answered by: ${LONG_NAME.slice(0, 20)}`) }).count()).toBe(
      1,
    )
  })

  it('says that nothing matches', async () => {
    await page.goto('/requests?agent=nobody')
    await page.getByRole('heading', { name: 'No matching requests' }).waitFor()
    await expectFlawless(kim, 'filtered to nothing')
  })

  it('goes from page to page', async () => {
    for (let more = 0; more < 52; more++)
      mustSucceed(await site.agent.call('withdrawRequest', { params: { id: await site.propose() } }))
    await page.goto('/requests?state=withdrawn')
    expect(await rows().count()).toBe(50)
    await page.getByRole('link', { name: 'Older requests' }).click()
    await expect.poll(() => rows().count()).toBe(2)
    expect(await page.getByText('These are the oldest requests').count()).toBe(1)
  })

  it('shows text of agents as text, however it tries', async () => {
    const action = {
      ...postAction('x'),
      arguments: { board: '<img src=x onerror=alert(1)>\u202e', thread: 'W'.repeat(300) },
    }
    const hostile = await site.propose({ action, reason: `\u202e${'y'.repeat(900)}` })
    await page.goto('/requests?agent=helpdesk-agent&state=pending')
    expect(await row(hostile).locator('img').count()).toBe(0)
    expect(await row(hostile).locator('.hidden-char').count()).toBeGreaterThan(0)
    await expectFlawless(kim, 'the list, hostile')
    await row(hostile).getByRole('link').click()
    await page.getByRole('heading', { name: 'The exact call' }).waitFor()
    await expectFlawless(kim, 'one request, hostile')
  })
})

describe('the page of one request', () => {
  it('shows what was approved, and leads to its entries and back', async () => {
    const preview = { changes: [{ label: 'Last reply', before: 'Any news?', after: 'It is out.' }] }
    const id = await site.propose({ reason: 'The customer asked for news', preview })
    await settle(site.authority.services.ledger, site.authority.store)
    // The link of an approval serves an auditor, too.
    await page.goto(`/approve/${id}`)
    expect(new URL(page.url()).pathname).toBe(`/requests/${id}`)
    for (const text of ['forum:eng/threads/42', 'Any news?', 'The customer asked for news', 'helpdesk-agent'])
      expect(await page.getByText(text).count(), text).toBeGreaterThan(0)
    await page.getByRole('link', { name: 'Entries and proofs' }).click()
    await page.getByRole('link', { name: 'Its answers, outcome and texts' }).click()
    await page.waitForURL(`**/requests/${id}`)
  })

  it('names an argument once where label and name are one word, and lists no others where there are none', async () => {
    const action = { ...postAction(), name: 'vault.open', arguments: { box: '7', door: 'north' } }
    const { id } = mustSucceed(await site.agent.call('openRequest', { body: { audience: VAULT, action } }))
    await page.goto(`/requests/${id}`)
    expect(await page.locator('.facts.key dt').allTextContents()).toEqual(['resource', 'Box ', 'Which door door'])
    expect(await page.getByText('Other arguments').count()).toBe(0)
  })

  it('is not found for another id, nor for a program that asks for JSON', async () => {
    for (const wrong of ['A'.repeat(22), 'A'.repeat(21), 'cut…'])
      expect((await page.goto(`/requests/${wrong}`))?.status(), wrong).toBe(404)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
  })
})

describe('sensitive arguments', () => {
  it('are masked until the reader uncovers them, with a word about the ledger', async () => {
    const action = { ...postAction(), name: 'vault.tell', arguments: { to: 'Erin', secret: 'The-Secret-Plan' } }
    const body = { audience: VAULT, action, reason: 'She said The-Secret-Plan' }
    const { id } = mustSucceed(await site.agent.call('openRequest', { body }))
    await page.goto(`/requests/${id}`)
    expect(await page.content()).not.toContain('The-Secret-Plan')
    await page.getByText('Uncovering is recorded in the ledger').waitFor()
    await expectFlawless(kim, 'masked')
    await page.getByRole('button', { name: 'Uncover' }).click()
    await page.getByText('You uncovered what the executor calls sensitive').waitFor()
    expect(await page.getByText('The-Secret-Plan').count()).toBeGreaterThan(1)
    await expectFlawless(kim, 'uncovered')
    await page.getByRole('link', { name: 'Entries and proofs' }).click()
    await page.getByText('Sensitive arguments were uncovered').waitFor()
    expect(await page.getByText('by Kim Auditor').count()).toBe(1)
  })
})
