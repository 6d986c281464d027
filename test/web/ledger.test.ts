/** The ledger as auditors see it: found, narrowed, paged, told as a story, and proven in the browser or not. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { administer, enrolFirstAdmin, invitationFor, mustSucceed } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openSite, type Visitor, visit } from './site.ts'

const site = await openSite({ settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' } })
const sam = await enrolFirstAdmin(site.authority, 'Sam Wu')
const kim = await welcome('Kim Auditor', ['auditor'])
/** Of a request that went all the way, of one that was denied, and of one whose texts were erased. */
const spent = await carryOut()
const denied = await deny()
for (let more = 0; more < 5; more++) await carryOut()
const erased = await carryOut()
await grow()
await erase(erased)
await grow()

async function welcome(name: string, roles: ('approver' | 'admin' | 'auditor')[]): Promise<Visitor> {
  const visitor = await visit(site, { viewport: { width: 1280, height: 900 } })
  await enrol(visitor, await invitationFor(sam, name, roles), name, sam)
  return visitor
}

async function carryOut(): Promise<string> {
  const id = await site.propose()
  mustSucceed(await sam.consent(id))
  const { token } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  const { jti, trace } = mustSucceed(await site.executor.call('redeem', { body: { token } }))
  mustSucceed(await site.executor.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded' } }))
  return trace
}

async function deny(): Promise<string> {
  const id = await site.propose()
  mustSucceed(await sam.page.call('deny', { params: { id }, body: {} }))
  return Buffer.from(id, 'base64url').toString('hex')
}

function grow() {
  return settle(site.authority.services.ledger, site.authority.store)
}

/** Only what is in the log already is found to be erased. */
async function erase(trace: string): Promise<void> {
  const request = Buffer.from(trace, 'hex').toString('base64url')
  await administer(site.authority, sam, {
    name: 'countersign.payload.erase',
    resource: `payloads:request:${request}`,
    arguments: { rule: 'request', request },
  })
  await site.authority.services.sweep()
}

const lines = (page: Page) => page.locator('tr[data-entry]')

describe('the ledger', () => {
  it('shows its entries, and the checkpoint that the browser checked', async () => {
    const { page } = kim
    await page.goto('/ledger')
    expect(await lines(page).count()).toBe(25)
    await page.getByText('Signature verified in this browser').waitFor()
    await page.getByRole('link', { name: 'forum.example reported: succeeded' }).first().waitFor()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Ledger' }).waitFor()
    await expectFlawless(kim, 'ledger')
  })

  it('is narrowed by a filter, which can be dropped', async () => {
    const { page } = kim
    await page.goto('/ledger')
    await page.getByText('Filter', { exact: true }).click()
    await page.getByLabel('Type of entry').selectOption('consent.denied')
    await page.getByRole('button', { name: 'Apply filter' }).click()
    await page.waitForURL('**/ledger?*')
    expect(await lines(page).count()).toBe(1)
    await page.getByRole('link', { name: 'Sam Wu denied' }).waitFor()
    await expectFlawless(kim, 'ledger, narrowed')
    await page.getByRole('link', { name: /Type of entry: consent\.denied/ }).click()
    await expect.poll(() => lines(page).count()).toBe(25)
  })

  it('comes in pages that join', async () => {
    const { page } = kim
    await page.goto('/ledger')
    const seen: string[] = []
    for (;;) {
      seen.push(...(await lines(page).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-entry') ?? ''))))
      const older = page.getByRole('link', { name: 'Older entries' })
      if ((await older.count()) === 0) break
      await page.goto((await older.getAttribute('href')) ?? '')
    }
    const size = seen.length
    expect(seen.map(Number)).toEqual(Array.from({ length: size }, (_, at) => size - 1 - at))
    expect(size).toBeGreaterThan(50)
  })

  it('leads from a bar to its span of time, and exports what is looked for', async () => {
    const { page } = kim
    await page.goto('/ledger?agent=helpdesk-agent')
    const csv = (await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? ''
    const exported = await (await page.request.get(csv)).text()
    expect(exported.split('\r\n').filter((line) => line.includes('"helpdesk-agent"')).length).toBeGreaterThan(40)
    const bars = page.locator('svg.activity a')
    const labels = await bars.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
    const counts = labels.map((label) => Number(/: (\d+) entr/.exec(label ?? '')?.[1] ?? 0))
    // The newest bar may have begun a moment ago.
    const bar = bars.nth(counts.indexOf(Math.max(...counts)))
    await page.goto((await bar.getAttribute('href')) ?? '')
    expect(await lines(page).count()).toBe(25)
    await page.getByRole('link', { name: /^From \(UTC\)/ }).waitFor()
  })

  it('says what finds nothing', async () => {
    await kim.page.goto('/ledger?agent=nobody')
    await kim.page.getByText('No matching entries').waitFor()
    await expectFlawless(kim, 'ledger, nothing found')
    await kim.page.goto('/ledger?from=9&to=1')
    await kim.page.getByText('No matching entries').waitFor()
    for (const odd of ['from=9007199254740991', 'to=0001-01-01T00:00', 'agent=%00'])
      expect((await kim.page.goto(`/ledger?${odd}`))?.status(), odd).toBe(400)
  })
})

describe('a trace', () => {
  const STORY = [
    'helpdesk-agent proposed forum.post',
    'Approval required by policy',
    'Sam Wu consented',
    'Approval token issued',
    'forum.example redeemed the token',
    'forum.example reported: succeeded',
  ]

  it('is told from proposal to outcome, and verified where it is read', async () => {
    const { page } = kim
    await page.goto(`/ledger/traces/${spent}`)
    expect(await page.locator('.story b').allInnerTexts()).toEqual(STORY)
    const proof = await page
      .getByRole('link', { name: /^Download proof/ })
      .first()
      .getAttribute('href')
    expect(await (await page.request.get(proof ?? '')).text()).toMatch(/^c2sp\.org\/tlog-proof@v1\n/)
    await page.getByRole('button', { name: 'Verify all' }).click()
    await page.getByText(/^All 6 entries verified in this browser, in a log of \d+\.$/).waitFor()
    expect(await page.locator('[data-verdict]').allInnerTexts()).toEqual(STORY.map(() => 'verified'))
    await page.getByText('The verified entry').first().click()
    expect(JSON.parse(await page.locator('.exact pre').first().innerText())).toMatchObject({ type: 'request.created' })
    await expectFlawless(kim, 'trace, verified')
  })

  it.each([
    ['an entry', '**/ledger/entries?*', (text: string) => text.replace('"outcome":"succeeded"', '"outcome":"failed"')],
    [
      'a proof',
      '**/ledger/proofs/*',
      (text: string) =>
        text.replace(/\nindex \d+\n./, (index) => `${index.slice(0, -1)}${index.endsWith('A') ? 'B' : 'A'}`),
    ],
    [
      'the checkpoint',
      '**/log/checkpoint',
      (text: string) => text.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`),
    ],
  ])('is not verified where %s was altered on the way', async (_what, path, alter) => {
    const { page } = kim
    await page.route(path, async (route) => {
      const response = await route.fetch()
      const text = await response.text()
      expect(alter(text)).not.toBe(text)
      await route.fulfill({ response, body: alter(text) })
    })
    await page.goto(`/ledger/traces/${spent}`)
    await page.getByRole('button', { name: 'Verify all' }).click()
    await page
      .locator('[data-status]')
      .getByText(/NOT verified/)
      .waitFor()
    await page.unroute(path)
    if (path.includes('entries')) {
      const verdicts = await page.locator('[data-verdict]').allInnerTexts()
      expect(verdicts.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'verified'))
      expect(verdicts[5]).toBe('NOT verified: The entry differs from the recorded one')
      await expectFlawless(kim, 'trace, altered')
    }
  })

  it('says that its texts were erased, and is proven all the same', async () => {
    const { page } = kim
    await page.goto(`/ledger/traces/${erased}`)
    expect(await page.locator('[data-erased]').textContent()).toMatch(
      /were erased on .*, by an order that .+ approved\./,
    )
    await page.getByText('every proof below remains valid').waitFor()
    expect((await page.locator('.story b').allInnerTexts()).at(-1)).toBe('Texts of this request were erased')
    await page.getByRole('button', { name: 'Verify all' }).click()
    await page.getByText(/^All 7 entries verified/).waitFor()
  })

  it('that was denied ends there, and one that is not there is not found', async () => {
    await kim.page.goto(`/ledger/traces/${denied}`)
    await kim.page.getByText('Sam Wu denied').waitFor()
    expect((await kim.page.goto(`/ledger/traces/${'0'.repeat(32)}`))?.status()).toBe(404)
  })
})

it('people and keys: who was enrolled by whom, on whose signature', async () => {
  const { page } = kim
  await page.goto('/ledger/people')
  await page.getByText('by the operator’s one-time link').waitFor()
  const row = page.getByRole('region', { name: 'People' }).locator('li', { hasText: 'Kim Auditor' })
  expect(await row.innerText()).toContain('signed by Sam Wu')
  await page.getByRole('region', { name: 'Token signing keys' }).getByText('In use').first().waitFor()
  await expectFlawless(kim, 'people and keys')
  await row.getByRole('link', { name: /^signed by/ }).click()
  await page.getByText('Sam Wu consented').waitFor()
})

it('is open to admins, who may check and export like auditors, and closed to everyone else', async () => {
  const ada = await welcome('Ada Admin', ['admin'])
  await ada.page.goto('/ledger')
  expect(await lines(ada.page).count()).toBe(25)
  await ada.page.getByText('Signature verified in this browser').waitFor()
  const csv = (await ada.page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? ''
  expect(await (await ada.page.request.get(csv)).text()).toMatch(/^index,leaf,/)
  expect(await ada.page.getByRole('navigation', { name: 'Main' }).getByRole('link').count()).toBe(6)
  await expectFlawless(ada, 'ledger, as an admin')
  await ada.close()
  const ben = await welcome('Ben', ['approver'])
  for (const path of ['/ledger', '/ledger/people', `/ledger/traces/${spent}`])
    expect((await ben.page.goto(path))?.status()).toBe(403)
  expect(await ben.page.getByRole('link', { name: 'Ledger' }).count()).toBe(0)
  await ben.close()
})
