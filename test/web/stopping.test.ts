/** Stopping from the pages: two taps from anywhere, what it hits before, who felt it after, and its release. */
import { afterAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page, other } = await openAdminSite(
  { settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' } },
  { viewport: { width: 390, height: 844 } },
)
afterAll(() => expect(ada.troubles).toEqual([]))

const figure = (noun: string) => page.locator('.figures > div', { hasText: noun }).locator('dd')
const banner = () => page.getByRole('complementary', { name: 'Stopped now' })
const stopNow = () => page.getByRole('button', { name: 'Stop now' })

/** The text of a token that can be redeemed. */
async function liveToken(): Promise<string> {
  const id = await site.propose()
  mustSucceed(await other.consent(id))
  return mustSucceed(await site.agent.call('collectToken', { params: { id } })).token
}

const isActive = async (token: string): Promise<boolean> =>
  mustSucceed(await site.authority.operator.call('introspect', { form: { token } })).active

/** Stops `agent`, and resolves to the switch's id. */
async function stop(agent = 'helpdesk-agent'): Promise<string> {
  await page.goto(`/kill?agent=${agent}`)
  await stopNow().click()
  await page.waitForURL(/\/kill\/[\w-]{22}$/)
  return page.url().slice(-22)
}

async function release(id: string): Promise<void> {
  await page.goto(`/kill/${id}`)
  await page.getByLabel('Why it is safe again').fill('It was repaired')
  await page.getByRole('button', { name: 'Release…' }).click()
  await page.locator('dialog[open]').getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'Was stopped' }).waitFor()
}

describe('the control', () => {
  it.each(['/', '/passkeys', '/people', '/agents', '/ledger', '/review', '/docs', '/nowhere'])(
    'is one tap from the page that stops, on a phone: %s',
    async (path) => {
      await page.goto(path)
      const control = page.getByRole('banner').getByRole('link', { name: 'Stop', exact: true })
      expect((await control.boundingBox())?.y).toBeLessThan(60)
      await control.click()
      await stopNow().waitFor()
      expect(await stopNow().isVisible()).toBe(true)
    },
  )

  it('is on the page of an approval too, which has one task', async () => {
    await page.goto(`/approve/${await site.propose()}`)
    await page.getByRole('link', { name: 'Stop', exact: true }).click()
    expect(new URL(page.url()).pathname).toBe('/kill')
  })
})

describe('choosing', () => {
  it('says what it would hit, as one chooses, and stops nothing by that', async () => {
    const token = await liveToken()
    await page.goto('/kill')
    expect(await figure('live tokens').textContent()).toBe('–')
    await page.getByLabel('An agent').check()
    await page.getByLabel('Agent', { exact: true }).fill('helpdesk-agent')
    await expect.poll(() => figure('live tokens').textContent()).toBe('1')
    await page.getByLabel('Agent', { exact: true }).fill('somebody-else')
    await expect.poll(() => figure('live tokens').textContent()).toBe('0')
    await page.getByLabel('An action').check()
    await page.getByLabel(/Action name/).fill('forum.*')
    await expect.poll(() => figure('live tokens').textContent()).toBe('1')
    expect(await isActive(token)).toBe(true)
    expect(mustSucceed(await site.authority.operator.call('listKillSwitches')).killswitches).toEqual([])
  })

  it('offers what is known', async () => {
    await page.goto('/kill')
    const known = (kind: string) =>
      page
        .locator(`#known-${kind} option`)
        .evaluateAll((options) => options.map((option) => option.getAttribute('value')))
    expect(await known('agent')).toEqual(['helpdesk-agent'])
    expect(await known('executor')).toEqual([FORUM])
    expect(await known('action')).toEqual(['forum.*', 'forum.post', 'forum.read', 'forum.delete'])
    expect(await known('principal')).toContain('dana')
  })

  it('is needed, and has to be possible', async () => {
    await page.goto('/kill')
    await stopNow().click()
    await page.getByText('Choose what to stop.').waitFor()
    await page.getByLabel('An executor').check()
    await stopNow().click()
    await page.getByText('Enter a name.').waitFor()
    await page.goto('/kill?action=for%20um')
    await page.locator('.reached .danger-text').waitFor()
    await stopNow().click()
    await page.locator('.stop-now .status.bad').waitFor()
    expect(mustSucceed(await site.authority.operator.call('listKillSwitches')).killswitches).toEqual([])
  })

  it.each([
    ['an agent’s row', '/agents', () => page.getByRole('link', { name: 'Stop… helpdesk-agent' }), 'Agent'],
    ['an executor’s row', '/agents', () => page.getByRole('link', { name: `Stop… ${FORUM}` }), 'Executor'],
    ['a request', 'approval', () => page.getByRole('link', { name: 'every forum.post' }), /Action name/],
  ])('is done by one tap from %s', async (_, path, link, field) => {
    await page.goto(path === 'approval' ? `/approve/${await site.propose()}` : path)
    await link().click()
    expect(await page.getByRole('combobox', { name: field, exact: true }).inputValue()).not.toBe('')
    expect(await figure('live tokens').textContent()).not.toBe('–')
  })
})

describe('one that stands', () => {
  it('is told on every page, stops what it names, and shows what it hit', async () => {
    const waiting = await site.propose()
    const token = await liveToken()
    await page.goto('/kill?agent=helpdesk-agent')
    await page.getByRole('textbox', { name: 'Reason' }).fill('It posts nonsense')
    await stopNow().click()
    await page.getByRole('heading', { name: 'Stopped: agent helpdesk-agent' }).waitFor()
    expect(Number(await figure('tokens revoked').textContent())).toBeGreaterThanOrEqual(1)
    expect(Number(await figure('pending requests').textContent())).toBeGreaterThanOrEqual(1)
    await page.getByText('It posts nonsense').waitFor()
    await page.locator('dd', { hasText: 'Ada Admin' }).waitFor()
    expect(await isActive(token)).toBe(false)
    const refused = await site.agent.call('openRequest', { body: { audience: FORUM, action: postAction() } })
    expect(refused).toMatchObject({ problem: { code: 'killed' } })

    for (const path of ['/', '/passkeys', '/ledger', '/nowhere']) {
      await page.goto(path)
      expect(await banner().textContent()).toContain('Stopped: agent helpdesk-agent')
    }
    await page.goto(`/approve/${waiting}`)
    await page.getByText('A kill switch stops this request.').waitFor()
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Deny' }).count()).toBe(1)
    await banner().getByRole('link').click()
    await release(page.url().slice(-22))
  })

  it('shows each executor’s word, and the time it took, as it comes', async () => {
    const { store } = site.authority
    const stream = { connection: 'one', executor: FORUM, sinceMs: Date.now(), lagMs: 2 }
    await store.keepStreams({ process: 'here', streams: [stream], nowMs: Date.now() })
    const id = await stop()
    await page.getByText('has not confirmed').waitFor()
    const [felt] = (await store.stopState({ now: site.authority.now(), sinceMs: 0 })).stops.slice(-1)
    if (!felt) throw new Error('A switch is a stop')
    await store.confirmStop({ ...stream, stop: felt.id, atMs: felt.atMs + 37, aborted: 2 })
    await page.getByText('in 37 ms', { exact: true }).waitFor()
    expect(await page.getByText('2 calls aborted', { exact: true }).count()).toBe(1)
    await store.keepStreams({ process: 'here', streams: [], nowMs: Date.now() })
    await release(id)
  })

  it('is released by a passkey’s consent, after which all goes on and nothing is told', async () => {
    const id = await stop()
    await release(id)
    expect(await banner().count()).toBe(0)
    expect((await site.authority.store.killSwitch(id))?.releasedAtMs).not.toBeNull()
    await site.propose()
    await page.goto('/kill')
    const row = page.locator('.row', { hasText: 'agent helpdesk-agent' }).first()
    expect(await row.textContent()).toContain('Released')
    expect(await row.textContent()).toContain('No reason given')
  })

  it('is released with others by one passkey’s consent', async () => {
    const ids = [await stop('one-agent'), await stop('two-agent')]
    await page.goto('/kill')
    const several = page.locator('form[data-change="release"]')
    await several.getByText('one-agent').click()
    await several.getByText('two-agent').click()
    await several.getByLabel('Why it is safe again').fill('Both are mended')
    await several.getByRole('button', { name: 'Release…' }).click()
    const sheet = page.locator('[data-sheet]')
    for (const id of ids) await sheet.getByText(id).first().waitFor()
    await sheet.getByRole('button', { name: 'Approve' }).click()
    const releasedAt = async () =>
      Promise.all(ids.map(async (id) => (await site.authority.store.killSwitch(id))?.releasedAtMs ?? null))
    await expect.poll(releasedAt).toEqual([expect.any(Number), expect.any(Number)])
    await expect.poll(() => several.count()).toBe(0)
  })

  it('is listed above those that are released', async () => {
    const id = await stop('another-agent')
    await page.goto('/kill')
    expect(await page.locator('.rows .row').first().textContent()).toMatch(/agent another-agent.*Active/s)
    await release(id)
  })
})

describe('one request', () => {
  it('is ended from its page, with its token', async () => {
    const id = await site.propose()
    await page.goto(`/approve/${id}`)
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { name: 'Approved' }).waitFor()
    const { token } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
    await page.getByRole('button', { name: 'Revoke this request' }).click()
    const question = page.locator('dialog[open]')
    expect(await question.textContent()).toContain('Its token can no longer be redeemed')
    await question.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('heading', { name: 'Approved, then revoked' }).waitFor()
    expect(await isActive(token)).toBe(false)
  })

  it('is ended from its story in the ledger while there is something to end', async () => {
    const { store } = site.authority
    const id = await site.propose()
    const { trace } = (await store.request(id)) ?? {}
    await page.goto(`/ledger/traces/${trace}`)
    await page.getByRole('button', { name: 'Revoke this request' }).click()
    await page.locator('dialog[open]').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Request stopped').waitFor()
    expect((await store.request(id))?.state).toBe('stopped')
    expect(await page.getByRole('button', { name: 'Revoke this request' }).count()).toBe(0)
    await page.goto(`/approve/${id}`)
    await page.getByRole('heading', { name: 'Stopped', exact: true }).waitFor()
    expect(await page.locator('.verdict li', { hasText: 'Request stopped' }).textContent()).toContain('by you')
  })
})
