/** Break-glass from the host's command to the acknowledgement of another admin, in the browser. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { runCommand } from '../cli/run-command.ts'
import { settle } from '../ledger/ground.ts'
import { openAdminSite, visit } from './site.ts'

vi.setConfig({ testTimeout: 120_000 })

const logKey = JSON.stringify(await generateLogKey())
const { site, ada } = await openAdminSite({ settings: { COUNTERSIGN_LOG_KEY: logKey } })
const grace = await visit(site, { viewport: { width: 390, height: 844 } })
afterAll(() => expect([...ada.troubles, ...grace.troubles]).toEqual([]))

const REASON = 'Both phones are lost.\u202e <b>Trust me</b>'

const command = (...args: readonly string[]) =>
  runCommand(['break-glass', ...args], {
    COUNTERSIGN_ORIGIN: site.origin,
    DATABASE_URL: String(site.authority.databaseUrl),
    COUNTERSIGN_LOG_KEY: logKey,
  })

describe('break-glass', () => {
  it('is refused without a reason, and where the key is not that of the log', async () => {
    expect((await command()).code).toBe(2)
    const unsaid = await command('--reason', '  ')
    expect([unsaid.code, unsaid.stderr]).toEqual([2, expect.stringContaining('say why')])
    await settle(site.authority.services.ledger, site.authority.store)
    const stranger = await runCommand(['break-glass', '--reason', 'Let me in'], {
      COUNTERSIGN_ORIGIN: site.origin,
      DATABASE_URL: String(site.authority.databaseUrl),
      COUNTERSIGN_LOG_KEY: JSON.stringify(await generateLogKey()),
    })
    expect([stranger.code, stranger.stderr]).toEqual([2, expect.stringContaining('was not signed by this log')])
  })

  it('lets one admin in, on a phone, and warns on every page until another admin knows of it', async () => {
    const { code, stdout } = await command('--json', '--reason', REASON)
    expect(code).toBe(0)
    const { link } = JSON.parse(stdout)
    await site.authority.services.sweep()
    for (const path of ['/', '/requests', '/ledger', '/people', '/passkeys', '/kill', '/docs']) {
      await ada.page.goto(path)
      const banner = ada.page.getByRole('complementary', { name: 'Break-glass' })
      expect(await banner.textContent()).toContain('makes one person an admin without anybody’s consent')
    }
    await site.authority.services.courier.run()
    expect((await site.authority.store.backlog(site.authority.now())).notices).toBe(0)

    await grace.page.goto(link)
    await grace.page.getByRole('heading', { name: 'Break-glass' }).waitFor()
    expect(await grace.page.locator('[data-break-glass]').textContent()).toContain('Every admin is told')
    const reason = grace.page.locator('[data-break-glass-reason]')
    expect(await reason.textContent()).toContain('Both phones are lost.')
    expect([await reason.locator('mark.hidden-char').count(), await reason.locator('b').count()]).toEqual([1, 0])
    await grace.page.getByLabel('Your name').fill('Grace Hopper')
    await grace.page.getByRole('button', { name: 'Create a passkey' }).click()
    await grace.page.waitForURL('**/notifications?enrolled')
    const own = grace.page.getByRole('complementary', { name: 'Break-glass' })
    expect(await own.textContent()).toContain('it made Grace Hopper an admin, and nobody here consented.')
    expect(await own.getByRole('button').count()).toBe(0)
    const [wide, room] = await grace.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(wide).toBeLessThanOrEqual(room)

    await ada.page.goto('/people')
    const banner = ada.page.getByRole('complementary', { name: 'Break-glass' })
    expect(await banner.locator('mark.hidden-char').count()).toBe(1)
    expect(await banner.locator('b').count()).toBe(1)
    await banner.getByRole('button', { name: 'Acknowledge' }).click()
    await expect.poll(() => ada.page.getByRole('complementary', { name: 'Break-glass' }).count()).toBe(0)
    await grace.page.reload()
    expect(await own.count()).toBe(0)
    expect(await grace.page.getByRole('link', { name: 'People' }).count()).toBe(1)
  })
})
