/** Groups on their page: made, changed and removed, each by a consent to a diff that names people. */
import { afterAll, describe, expect, it } from 'vitest'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page } = await openAdminSite()
afterAll(() => expect(ada.troubles).toEqual([]))

const sheet = () => page.locator('dialog[open]')
const card = () => page.getByRole('heading', { name: 'finance' }).locator('xpath=ancestor::section[1]')
const approve = async () => {
  await sheet().getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => page.locator('dialog[open]').count()).toBe(0)
}

describe('groups', () => {
  it('says that there are none, and corrects a name before it asks anyone', async () => {
    await page.goto('/people')
    await page.getByRole('link', { name: 'groups', exact: true }).click()
    expect(await page.getByText('No group yet').count()).toBe(1)
    await expectFlawless(ada, 'no group')
    await page.getByLabel('Name of the group').fill('Finance!')
    await page.getByRole('button', { name: 'Make…' }).click()
    await expect.poll(() => page.locator('[data-change=group] [data-status]').textContent()).toContain('lower-case')
  })

  it('are made of people, whom the consent names', async () => {
    await page.getByLabel('Name of the group').fill('finance')
    await page.locator('[data-change=group]').getByLabel('Sam Wu').check()
    await page.getByRole('button', { name: 'Make…' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).waitFor()
    expect(await sheet().textContent()).toContain('Sam Wu')
    await approve()
    expect(await card().textContent()).toContain('Sam Wu')
    await expectFlawless(ada, 'one group')
  })

  it('are changed, with who comes and who goes', async () => {
    await card().locator('summary').click()
    await card().getByLabel('Ada Admin').check()
    await card().getByLabel('Sam Wu').uncheck()
    await card().getByRole('button', { name: 'Change…' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).waitFor()
    expect(await sheet().locator('.diff').textContent()).toMatch(/Sam Wu[\s\S]*Ada Admin/)
    await approve()
    await expect.poll(async () => (await site.authority.store.group('finance'))?.version).toBe(2)
  })

  it('are removed', async () => {
    await card().getByRole('button', { name: 'Remove the group…' }).click()
    await approve()
    await page.getByText('No group yet').waitFor()
  })
})
