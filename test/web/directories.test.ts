/**
 * Directories on their page: registered by a consent to the digest of a credential that the browser made; people whom one
 * named are invited; one whom it deactivates while a request is open before them approves nothing more.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { patch, scimOf, user } from '../scim/ground.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openAdminSite, visit } from './site.ts'

const { site, ada, page, other } = await openAdminSite()
afterAll(() => expect(ada.troubles).toEqual([]))

const sheet = () => page.locator('dialog[open]')
const approve = async () => {
  await sheet().getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => page.locator('dialog[open]').count()).toBe(0)
}
let secret = ''
const call = (...args: Parameters<ReturnType<typeof scimOf>>) =>
  scimOf({ authority: site.authority as never }, secret)(...args)

describe('a directory', () => {
  it('is registered once its groups are written as they have to be', async () => {
    await page.goto('/people')
    await page.getByRole('link', { name: 'Directories', exact: true }).click()
    expect(await page.getByText('No directory yet').count()).toBe(1)
    await expectFlawless(ada, 'no directory')
    await page.getByLabel('Name of the directory').fill('entra')
    await page.getByLabel('Groups whose members it keeps').fill('Finance Approvers')
    await page.getByRole('button', { name: 'Register…' }).click()
    await expect
      .poll(() => page.locator('[data-change=directory] [data-status]').textContent())
      .toContain('one group a line')
    await expectFlawless(ada, 'wrong groups')
    await page.getByLabel('Groups whose members it keeps').fill('finance = Finance Approvers')
    await page.getByRole('button', { name: 'Register…' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).waitFor()
    expect(await sheet().textContent()).toContain('Finance Approvers')
    await approve()
  })

  it('has a credential that is shown once, and works', async () => {
    await expect.poll(() => page.locator('[data-secret]').textContent()).toMatch(/^cs_directory_[\w-]{43}$/)
    secret = (await page.locator('[data-secret]').textContent()) ?? ''
    expect((await call('GET', '/Users')).status).toBe(200)
    await expectFlawless(ada, 'one directory')
    await page.reload()
    expect(await page.getByText(secret).count()).toBe(0)
  })

  it('names people, hostile names as well, whom an admin invites', async () => {
    await call('POST', '/Users', user('fay@example.com', { displayName: 'Fay' }))
    await call('POST', '/Users', user('evil@example.com', { displayName: `‮nimdA <b>${'x'.repeat(160)}` }))
    await page.reload()
    await expectFlawless(ada, 'people to invite')
    await page.getByRole('button', { name: 'Invite Fay' }).click()
    await expect.poll(() => page.locator('[data-secret]').textContent()).toContain('/enrol#')
  })
})

describe('somebody whom it deactivates while a request is open before them', () => {
  it('approves nothing with it', async () => {
    const link = (await page.locator('[data-secret]').textContent()) ?? ''
    const fay = await visit(site)
    await enrol(fay, link, 'Fay', other)
    const id = await site.propose()
    await fay.page.goto(`/approve/${id}`)
    await fay.page.getByRole('button', { name: 'Approve' }).waitFor()
    const { body } = await call('GET', `/Users?filter=${encodeURIComponent('userName eq "fay@example.com"')}`)
    await call('PATCH', `/Users/${body.Resources[0].id}`, patch({ op: 'Replace', path: 'active', value: 'False' }))
    // Not by the mouse, which would wait for a page that may already be leaving.
    await fay.page.getByRole('button', { name: 'Approve' }).dispatchEvent('click')
    await expect.poll(() => fay.page.locator('body').textContent()).toMatch(/signed out|Sign in/)
    expect(await site.authority.store.consents(id)).toEqual([])
    await fay.close()
  })

  it('is revoked at once', async () => {
    await page.goto('/directories')
    await page.getByRole('button', { name: 'Revoke the directory entra' }).click()
    await page.locator('[data-confirm-yes]').click()
    await expect.poll(() => page.getByText('No directory yet').count()).toBe(1)
    expect((await call('GET', '/Users')).status).toBe(401)
  })
})
