/** The review and the page of one executor: what was allowed and used, and one step to narrow or end it. */
import { afterAll, describe, expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { FORUM, mustSucceed, postAction, signedIn } from '../setup/authority.ts'
import { openAdminSite } from './site.ts'

const DAY = 86_400
const { site, ada, page, other } = await openAdminSite({
  settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' },
  agents: { 'idle-agent': { expires_in_days: 7 } },
})
afterAll(() => expect(ada.troubles).toEqual([]))

const row = (text: string) => page.locator('.row', { hasText: text })
const executorPage = `/executors/${encodeURIComponent(FORUM)}`

async function confirm(): Promise<void> {
  await page
    .locator('dialog[open]')
    .getByRole('button', { name: /^(Revoke|Remove)$/ })
    .click()
  await page.locator('dialog[open]').waitFor({ state: 'detached' })
}

async function spend(): Promise<void> {
  const id = await site.propose()
  mustSucceed(await other.consent(id))
  const { token } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  mustSucceed(await site.executor.call('redeem', { body: { token } }))
}

describe('the review', () => {
  const open = async (name: string) => {
    await page.goto('/review')
    await page.locator('summary', { hasText: name }).first().click()
  }

  it('counts what was asked, granted and spent, and names what was not', async () => {
    await spend()
    await site.propose()
    await open('helpdesk-agent')
    const used = row('forum.post').filter({ visible: true })
    expect(await used.textContent()).toMatch(/requested 2 \/ 2.*approved 1 \/ 1.*redeemed 1 \/ 1/)
    await page.getByText('2 actions permitted but unused').first().click()
    expect(await page.locator('.plain-list').first().textContent()).toContain('forum.delete')
  })

  it('warns of credentials that end soon, and of who is idle', async () => {
    await page.goto('/review')
    await page.getByText('1 credential expires within 14 days.').waitFor()
    expect(await page.locator('summary', { hasText: 'idle-agent' }).textContent()).toContain('Idle for 90 days')
    await open('idle-agent')
    expect(await row('cs_agent_').filter({ visible: true }).textContent()).toMatch(/Expires soon: /)
  })

  it('ends a credential', async () => {
    await open('idle-agent')
    await row('cs_agent_').filter({ visible: true }).getByRole('button', { name: 'Revoke' }).click()
    expect(await page.locator('dialog[open]').textContent()).toContain(
      'Calls with this credential are refused immediately',
    )
    await confirm()
    await expect.poll(() => page.getByText('No valid credential').count()).toBe(1)
  })

  it('ends an agent', async () => {
    await open('idle-agent')
    await page.getByRole('button', { name: 'Revoke idle-agent' }).click()
    await confirm()
    await expect.poll(() => page.locator('summary', { hasText: 'idle-agent' }).count()).toBe(0)
    expect((await site.authority.store.agent('idle-agent'))?.revokedAt).not.toBeNull()
  })

  it('takes an action away that nobody uses, and offers that for no other', async () => {
    await open('The forum')
    expect(await page.getByRole('button', { name: 'Remove forum.post' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Remove forum.delete' }).click()
    expect(await page.locator('dialog[open]').textContent()).toContain('Agents can no longer request it')
    await confirm()
    await expect.poll(() => page.getByRole('button', { name: 'Remove forum.delete' }).count()).toBe(0)
    const action = postAction('', { name: 'forum.delete' })
    const asked = await site.agent.call('openRequest', { body: { audience: FORUM, action } })
    expect(asked).toMatchObject({ problem: { code: 'policy_denied' } })
  })

  it('forgets what is older than 90 days', async () => {
    site.authority.advance(89 * DAY)
    const { agents } = await site.authority.services.reviewing.review()
    const [old] = agents.flatMap(({ used }) => used)
    expect(old?.requests).toEqual({ recent: 0, whole: 2 })
    site.authority.advance(2 * DAY)
    const [later] = (await site.authority.services.reviewing.review()).agents
    expect(later?.used).toEqual([])
    site.authority.advance(-91 * DAY)
  })

  it('is for admins, as is an executor’s page', async () => {
    const response = (path: string, person: object) =>
      import('../../src/web/pages.tsx').then(({ createPages }) =>
        createPages(site.authority.services, async () => ({ ...ben, ...person })).request(path, {
          headers: { accept: 'text/html' },
        }),
      )
    const ben = signedIn('ben', 'Ben')
    for (const path of ['/review', executorPage]) expect((await response(path, {})).status).toBe(403)
  })
})

describe('one executor', () => {
  it('says that it does not listen, and what that means', async () => {
    await page.goto(executorPage)
    await page.getByText('Not connected', { exact: true }).waitFor()
    await page.getByText('It is not connected, so it receives no kill switches.').waitFor()
  })

  it('says how often it is connected, since when, how late, and what it served and refused', async () => {
    const { store, services, nowMs } = { ...site.authority, nowMs: Date.now() }
    const refusal = { code: 'token_missing' as const, name: 'forum.post' }
    mustSucceed(await site.executor.call('reportRefusal', { body: refusal }))
    await settle(services.ledger, store)
    const streams = [4, 19].map((lagMs) => ({
      connection: `c${lagMs}`,
      executor: FORUM,
      sinceMs: nowMs - 90_000,
      lagMs,
    }))
    await store.keepStreams({ process: 'here', streams, nowMs })
    await page.goto(executorPage)
    await page.getByText('2 connections').waitFor()
    const figures = page.locator('.figures > div')
    expect(await figures.filter({ hasText: 'calls served' }).locator('dd').textContent()).toBe('1')
    expect(await figures.filter({ hasText: 'calls refused' }).locator('dd').textContent()).toBe('1')
    expect(await figures.filter({ hasText: 'delivery delay' }).locator('dd').textContent()).toBe('19 ms')
    expect(await row('c4').textContent()).toMatch(/since .*1 min ago.*4 ms delay/)
  })

  it('is nowhere for a name that no executor has', async () => {
    expect((await page.goto('/executors/https%3A%2F%2Fnobody.example'))?.status()).toBe(404)
  })
})
