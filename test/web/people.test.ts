/** The page of a person, in the browser: suspended at once, let back in and removed by a change that is approved. */
import { afterAll, expect, it } from 'vitest'
import { enrolBy, mustSucceed } from '../setup/authority.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page, other } = await openAdminSite()
const zoe = await enrolBy(site.authority, other, 'Zoe Leaver')
afterAll(() => expect(ada.troubles).toEqual([]))

const stateOf = async () => mustSucceed(await other.page.call('viewPerson', { params: { id: zoe.id } }))
const sheet = () => page.locator('dialog[open]')

async function approve(button: string) {
  await page.getByRole('button', { name: button }).click()
  await sheet().getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => sheet().count()).toBe(0)
}

it('suspends with one question, and without a passkey', async () => {
  await page.goto('/people')
  await page.getByRole('link', { name: 'Zoe Leaver' }).click()
  await page.getByRole('button', { name: 'Suspend' }).click()
  await sheet().getByRole('button', { name: 'Suspend' }).click()
  await expect.poll(async () => (await stateOf()).suspended_at).not.toBeNull()
  await expect.poll(() => page.getByText('Suspended since').count()).toBe(1)
})

it('lets back in, once that is approved', async () => {
  await approve('Let back in…')
  await expect.poll(async () => (await stateOf()).suspended_at).toBeNull()
})

it('removes, once that is approved', async () => {
  await approve('Remove…')
  await expect.poll(async () => (await stateOf()).removed_at).not.toBeNull()
  await expect.poll(() => page.getByText('This person has no access any more').count()).toBe(1)
})
