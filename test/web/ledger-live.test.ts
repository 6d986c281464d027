/** The ledger while it grows: new entries by themselves, quietly; what is not proved yet; exports; a trace in pages. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { settle, writeEntries } from '../ledger/ground.ts'
import { enrolFirstAdmin, invitationFor } from '../setup/authority.ts'
import { trace as newTrace } from '../store/fixtures.ts'
import { expectFlawless, shiftOf } from './inspect.ts'
import { enrol, openSite, visit } from './site.ts'

const grow = () => settle(site.authority.services.ledger, site.authority.store)
const site = await openSite({
  settings: { COUNTERSIGN_PENDING_PER_AGENT: '1000', COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' },
})
const sam = await enrolFirstAdmin(site.authority, 'Sam Wu')
const kim = await visit(site, { viewport: { width: 1280, height: 900 }, acceptDownloads: true })
await kim.page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))
await enrol(kim, await invitationFor(sam, 'Kim Auditor', ['auditor']), 'Kim Auditor', sam)
for (let one = 0; one < 15; one++) await site.propose()
await grow()

afterEach(async () => {
  await kim.page.setViewportSize({ width: 1280, height: 900 })
  await kim.page.mouse.move(0, 0)
})
afterAll(() => expect(kim.troubles).toEqual([]))

const rows = (page: Page) => page.locator('tr[data-leaf]')
const traceOf = (id: string) => Buffer.from(id, 'base64url').toString('hex')
const rowsOf = (page: Page, id: string) => page.locator(`tr[data-leaf]:has(a[href*="${traceOf(id)}"])`)

/** Opens the ledger and waits until its tail is heard. */
async function openLedger(query = ''): Promise<Page> {
  const listening = kim.page.waitForResponse((response) => response.url().includes('/ledger/tail'))
  await kim.page.goto(`/ledger${query}`)
  expect((await listening).status()).toBe(200)
  return kim.page
}

describe('the list', () => {
  it('shows what is not proved yet, and that it is, as soon as it is, without reloading', async () => {
    const page = await openLedger()
    await page.evaluate(() => Object.assign(window, { stayed: true }))
    const id = await site.propose()
    await expect.poll(() => rowsOf(page, id).getByText('Proof pending').count()).toBe(2)
    await grow()
    await expect.poll(() => rowsOf(page, id).getByText('Proof pending').count()).toBe(0)
    expect(await rowsOf(page, id).count()).toBe(2)
    const proof = rowsOf(page, id)
      .first()
      .getByRole('link', { name: /^proof of entry/ })
      .last()
    expect(await (await page.request.get((await proof.getAttribute('href')) ?? '')).text()).toMatch(/^c2sp\.org/)
    expect(await page.evaluate(() => Reflect.get(window, 'stayed'))).toBe(true)
    expect(await page.locator('#news').textContent()).toMatch(/new entr(y|ies)\.$/)
  })

  it('stands still for who reads further down, and says how much is new', async () => {
    await kim.page.setViewportSize({ width: 390, height: 800 })
    const page = await openLedger()
    await page.evaluate(() => window.scrollTo(0, 1500))
    const first = await rows(page).first().getAttribute('data-leaf')
    const shiftedBefore = await shiftOf(page)
    await site.propose()
    await grow()
    const pill = page.getByRole('button', { name: '2 new entries' })
    await pill.waitFor()
    expect(await rows(page).first().getAttribute('data-leaf')).toBe(first)
    expect(await page.evaluate(() => window.scrollY)).toBe(1500)
    expect(await shiftOf(page)).toBe(shiftedBefore)
    await expectFlawless(kim, 'ledger, with news')
    await pill.click()
    await expect.poll(() => rows(page).first().getAttribute('data-leaf')).not.toBe(first)
    expect(await pill.isHidden()).toBe(true)
  })

  it('holds while it is paused or pointed at', async () => {
    const page = await openLedger()
    await page.getByRole('button', { name: 'Pause' }).click()
    const first = await rows(page).first().getAttribute('data-leaf')
    await site.propose()
    await grow()
    await page.getByRole('button', { name: '2 new entries' }).waitFor()
    expect(await rows(page).first().getAttribute('data-leaf')).toBe(first)
    await page.getByText('Paused', { exact: true }).waitFor()
    await rows(page).nth(1).hover()
    await page.getByRole('button', { name: 'Pause' }).press('Enter')
    await page.getByText('Updates automatically').waitFor()
    expect(await rows(page).first().getAttribute('data-leaf')).toBe(first)
    await page.mouse.move(0, 0)
    await expect.poll(() => rows(page).first().getAttribute('data-leaf')).not.toBe(first)
  })

  it('takes in only what it looks for', async () => {
    const page = await openLedger('?type=request.created')
    const before = await rows(page).first().getAttribute('data-leaf')
    await writeEntries(site.authority.store, 3)
    const id = await site.propose()
    await grow()
    await expect.poll(() => rows(page).first().getAttribute('data-leaf')).not.toBe(before)
    expect(await rowsOf(page, id).count()).toBe(1)
    expect(await page.locator('a.happened', { hasText: 'Call refused' }).count()).toBe(0)
  })

  it('looks now and then where the tail is refused', async () => {
    await kim.page.clock.install()
    await kim.page.route('**/ledger/tail*', (route) => route.fulfill({ status: 429 }))
    await kim.page.goto('/ledger')
    const id = await site.propose()
    await grow()
    await expect
      .poll(async () => {
        await kim.page.clock.runFor(11_000)
        return rowsOf(kim.page, id).count()
      })
      .toBe(2)
    await kim.page.unroute('**/ledger/tail*')
  })

  it('finds by words of the action', async () => {
    const { page } = kim
    await page.goto('/ledger')
    await page.getByText('Filter', { exact: true }).click()
    await page.getByLabel('Words in the action').fill('hello NOWHERE')
    await page.getByRole('button', { name: 'Apply filter' }).click()
    await page.getByText('No matching entries').waitFor()
    await page.goto('/ledger?words=hell+threads')
    expect(await rows(page).count()).toBe(25)
    await page.goto('/ledger?words=%21')
    await page.getByText('Its parameter “words” cannot be read: at least one letter or digit').waitFor()
  })
})

describe('an export', () => {
  const panel = (page: Page) => page.locator('[data-exporting]')

  it('is saved as a file, and says how much it was', async () => {
    const { page } = kim
    await page.goto('/ledger?type=request.created')
    for (const [label, name] of [
      ['JSON Lines', 'ledger.jsonl'],
      ['CSV', 'ledger.csv'],
    ] as const) {
      const downloading = page.waitForEvent('download')
      await page.getByRole('link', { name: label }).click()
      const download = await downloading
      expect(download.suggestedFilename()).toBe(name)
      const chunks: Buffer[] = []
      for await (const chunk of await download.createReadStream()) chunks.push(chunk)
      const lines = Buffer.concat(chunks).toString().trimEnd().split('\n')
      const count = lines.length - (name === 'ledger.csv' ? 1 : 0)
      expect(count).toBeGreaterThan(15)
      await page.getByText(`${count} entries saved as ${name}.`).waitFor()
    }
    await expectFlawless(kim, 'ledger, exported')
  })

  it('shows how far it has come, and is cancelled', async () => {
    const { page } = kim
    await page.goto('/ledger')
    // A server that sends one row and then no more.
    await page.evaluate(() => {
      const row = new TextEncoder().encode('{}\n')
      const headers = { 'Countersign-Entries': '4000' }
      window.fetch = async (_, init) =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(row)
              init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
            },
          }),
          { headers },
        )
    })
    await page.getByRole('link', { name: 'JSON Lines' }).click()
    await panel(page).getByText('1 of about 4,000').waitFor()
    expect(await panel(page).getByRole('progressbar').getAttribute('max')).toBe('4000')
    await expectFlawless(kim, 'ledger, exporting')
    await panel(page).getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled. Nothing was saved.').waitFor()
    expect(await panel(page).isHidden()).toBe(true)
  })

  it('is written while it is read, where the browser lets a page choose a file', async () => {
    const { page } = kim
    await page.goto('/ledger?type=request.created')
    await page.evaluate(() => {
      const file = { text: '', closed: false, name: '' }
      const sink = {
        async write(bytes: Uint8Array) {
          file.text += new TextDecoder().decode(bytes)
        },
        async close() {
          file.closed = true
        },
        abort: async () => {},
      }
      const showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) => {
        file.name = suggestedName
        return { createWritable: async () => sink }
      }
      Object.assign(window, { file, showSaveFilePicker })
    })
    await page.getByRole('link', { name: 'JSON Lines' }).click()
    await page.getByText(/^\d+ entries saved as ledger\.jsonl\.$/).waitFor()
    const { text, ...file } = await page.evaluate(() => Reflect.get(window, 'file'))
    expect(file).toEqual({ closed: true, name: 'ledger.jsonl' })
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line: string) => JSON.parse(line).entry.type)
    expect(new Set(lines)).toEqual(new Set(['request.created']))
    const abort = () => Promise.reject(new DOMException('changed their mind', 'AbortError'))
    await page.evaluate(`window.showSaveFilePicker = ${abort}`)
    await page.getByRole('link', { name: 'CSV' }).click()
    await expect.poll(() => page.locator('.exports [data-status]').textContent()).toBe('')
    expect(await panel(page).isHidden()).toBe(true)
  })

  it('that breaks off says so', async () => {
    const { page } = kim
    await page.goto('/ledger')
    await page.route('**/ledger/export*', (route) => route.fulfill({ status: 503 }))
    await page.getByRole('link', { name: 'CSV' }).click()
    await page.getByText('The export failed and nothing was saved.').waitFor()
    await expectFlawless(kim, 'ledger, export broken off')
    await page.unroute('**/ledger/export*')
  })
})

describe('a trace', () => {
  it('that waits for its proof gets it without reloading, and one entry of it is verified alone', async () => {
    const { page } = kim
    const id = await site.propose()
    await page.goto(`/ledger/traces/${traceOf(id)}`)
    expect(await page.getByText('Proof pending').count()).toBe(2)
    await expectFlawless(kim, 'trace, not yet proved')
    await grow()
    await expect.poll(() => page.getByText('Proof pending').count()).toBe(0)
    await page
      .getByRole('button', { name: /^Verify entry/ })
      .last()
      .click()
    await page.getByText(/^Entry \d+ verified in this browser/).waitFor()
    expect(await page.locator('[data-verdict]').allInnerTexts()).toEqual(['', 'verified'])
  })

  it('of many entries comes in pages, each of which is verified', async () => {
    const { page } = kim
    const long = newTrace()
    const many = Array.from({ length: 230 }, (_, use) =>
      prepareEntry('token.refused', site.authority.now(), long, { use }),
    )
    await site.authority.store.appendEntries(await Promise.all(many))
    await grow()
    const steps = page.locator('#steps > li')
    const seen: string[] = []
    await page.goto(`/ledger/traces/${long}`)
    for (;;) {
      seen.push(...(await steps.evaluateAll((all) => all.map((step) => step.getAttribute('data-index') ?? ''))))
      const next = page.getByRole('link', { name: 'Later entries' })
      if ((await next.count()) === 0) break
      await next.click()
      await page.waitForURL('**after=*')
      await page.waitForFunction((last) => !document.querySelector(`[data-index="${last}"]`), seen.at(-1))
    }
    expect(seen).toHaveLength(230)
    expect(new Set(seen).size).toBe(230)
    await page.getByRole('button', { name: 'Verify all' }).click()
    await page.getByText(/^All 30 entries verified in this browser/).waitFor()
    await page.goto(`/ledger/traces/${long}?at=${seen[150]}#entry-${seen[150]}`)
    expect(await steps.first().getAttribute('data-index')).toBe(seen[150])
    await expectFlawless(kim, 'trace, a page of it')
    for (const odd of ['at=99999999', 'after=99999999'])
      expect((await page.goto(`/ledger/traces/${long}?${odd}`))?.status(), odd).toBe(200)
  })
})
