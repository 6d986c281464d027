/** Approve with changes in a real browser: the form, the changed call as a whole, and one signature over it. */
import { newSalt } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { PAY } from '../revision/ground.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { openAdminSite } from './site.ts'

const BANK = 'https://bank.example'
const { site, ada, page, other } = await openAdminSite()
await administer(site.authority, other, {
  name: 'countersign.executor.add',
  resource: `executor:${BANK}`,
  arguments: JSON.parse(JSON.stringify({ audience: BANK, title: 'The bank', catalogue: [PAY] })),
})

async function asked(more: object = {}): Promise<string> {
  const args = { team: 'one', to: { name: 'Runner' }, amount: 900, note: 'For March', lines: ['a', 'b'], ...more }
  const action = { name: 'bank.pay', resource: 'account:ci', arguments: args, salt: newSalt() }
  return mustSucceed(await site.agent.call('openRequest', { body: { audience: BANK, action } })).id
}

it('changes an argument, shows old and new with the whole call, and signs exactly that', async () => {
  const id = await asked()
  await page.goto(`/approve/${id}`)
  await page.getByRole('link', { name: 'Change the call' }).click()
  await page.getByLabel('Amount').fill('ninety')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await expect.poll(() => page.locator('[data-status]').textContent()).toContain('not JSON')
  await page.getByLabel('Amount').fill('90')
  await page.getByLabel('Note').fill('For March, in part')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await page.waitForURL(`**/approve/${id}/changed`)
  const shown = String(await page.locator('main').textContent())
  for (const words of ['Changed by an approver', 'removed: 900', 'added: 90', 'in part', 'Runner', 'lines'])
    expect(shown).toContain(words)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => page.locator('#verdict').textContent()).toBe('You consented: 1 of 2')
  mustSucceed(await other.consent(new URL(page.url()).pathname.split('/')[2] ?? ''))
  await page.goto(`/approve/${id}`)
  expect(await page.locator('main').textContent()).toContain('takes its place')
  const { action } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  expect(action?.arguments).toMatchObject({ amount: 90, note: 'For March, in part', lines: ['a', 'b'] })
  expect(ada.troubles).toEqual([])
})

it('says what the catalogue does not take, and leaves the request as it was', async () => {
  const id = await asked({ note: 'a\r\nb' })
  await page.goto(`/approve/${id}/change`)
  await page.getByLabel('Amount').fill('-1')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await expect.poll(() => page.locator('[data-status]').textContent()).toContain('/amount')
  await page.getByLabel('Amount').fill('1')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await page.waitForURL(`**/approve/${id}/changed`)
  expect(await page.locator('.change figcaption').allTextContents()).toEqual([expect.stringContaining('amount')])
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect.poll(() => page.locator('#verdict').textContent()).toBe('Denied')
})
