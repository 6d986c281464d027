/** A grant in a real browser: its bounds are read before the passkey is asked, and it can be ended from every page. */
import { newSalt } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { dpopKey } from '../http/dpop.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page } = await openAdminSite()

async function asked(text: object) {
  const key = await dpopKey(site.authority.now)
  const headers = { dpop: await key.proof('POST', `${site.origin}/requests`) }
  const { name, resource } = postAction()
  const action = { name, resource, arguments: { board: 'eng' }, salt: newSalt() }
  const bounds = { uses: 20, arguments: { thread: { max: 50 }, text } }
  const body = { audience: FORUM, action, bounds, reason: 'Twenty replies follow' }
  return mustSucceed(await site.agent.call('openRequest', { body, headers })).id
}

it('shows what may differ from call to call, and how often, before a person signs; then it stands on every page until it is ended', async () => {
  const id = await asked({ oneOf: ['Restarted.', 'Thank you.'] })
  await page.goto(`/approve/${id}`)
  await expect.poll(() => page.locator('main').textContent()).toContain('A series of calls')
  const shown = String(await page.locator('main').textContent())
  for (const words of ['up to 20 calls', 'at most 50', 'one of 2', 'The same in every call', 'Up to 20 times'])
    expect(shown).toContain(words)
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => page.locator('#verdict').textContent()).toBe('Approved')
  for (const path of ['/', '/requests', '/passkeys']) {
    await page.goto(path)
    expect(await page.locator('.grants-strip').textContent()).toContain('0 of 20 used')
  }
  await page.setViewportSize({ width: 390, height: 844 })
  await page.locator('.grants-strip').getByRole('button', { name: 'End' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await expect.poll(() => page.locator('.grants-strip:visible').count()).toBe(0)
  expect(mustSucceed(await site.agent.call('viewRequest', { params: { id } })).state).toBe('stopped')
  expect(ada.troubles).toEqual([])
})

it('warns of bounds whose text is not what it seems', async () => {
  await page.goto(`/approve/${await asked({ oneOf: ['Thank\u200b you.', 'p\u0430ypal'] })}`)
  expect(await page.locator('main').textContent()).toContain('zero width space')
})

it('comes from a waiting call: the form proposes bounds, and one confirmation signs both', async () => {
  const key = await dpopKey(site.authority.now)
  const headers = async () => ({ dpop: await key.proof('POST', `${site.origin}/requests`) })
  const open = async (thread: number) => {
    const action = postAction('Hello', {
      arguments: { board: 'eng/web/', thread, text: 'Restarted.' },
      salt: newSalt(),
    })
    return mustSucceed(
      await site.agent.call('openRequest', { body: { audience: FORUM, action }, headers: await headers() }),
    )
  }
  const { id } = await open(7)
  await page.goto(`/approve/${id}`)
  await page.getByRole('link', { name: 'Approve and allow more like this' }).click()
  await page.getByLabel('Number of calls').fill('101')
  const thread = page.locator('[data-bound="thread"]')
  await thread.locator('select').selectOption('max')
  expect(await thread.locator('textarea').inputValue()).toBe('7')
  await thread.locator('textarea').fill('6')
  await page.getByRole('button', { name: 'Show both' }).click()
  await expect.poll(() => page.locator('[data-status]').textContent()).toContain('lies outside')
  await thread.locator('textarea').fill('50')
  await page.getByRole('button', { name: 'Show both' }).click()
  await expect.poll(() => page.locator('[data-status]').textContent()).toContain('at most 100 calls')
  await page.getByLabel('Number of calls').fill('5')
  await page.locator('[data-bound="board"] select').selectOption('prefix')
  expect(await page.locator('[data-bound="board"] textarea').inputValue()).toBe('eng/web/')
  await page.locator('[data-bound="board"] select').selectOption('fixed')
  await page.getByRole('button', { name: 'Show both' }).click()
  await page.waitForURL('**/approve?**')
  const shown = String(await page.locator('main').textContent())
  for (const words of ['A series of calls', 'up to 5 calls', 'at most 50', 'The exact call'])
    expect(shown).toContain(words)
  await page.getByRole('button', { name: 'Approve 2' }).click()
  await expect.poll(() => page.locator('.verdict').count()).toBe(2)
  expect(await open(50)).toMatchObject({ state: 'approved' })
  expect(await open(51)).toMatchObject({ state: 'pending' })
  expect(ada.troubles).toEqual([])
})
