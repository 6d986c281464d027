/** A request that asks for a passkey which stays on one device, before a person whose passkeys are all synced. */
import { afterAll, expect, it } from 'vitest'
import { invitationFor } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openAdminSite, visit } from './site.ts'

const RULE =
  '@id("bound") @approvers("approver") @device_bound("required") permit (principal, action, resource is Resource);'
const { site, ada, other } = await openAdminSite({ withStore: withPolicy(RULE) })
const sam = await visit(site)
await sam.passkey.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: sam.passkey.authenticatorId })
await sam.passkey.cdp.send('WebAuthn.addVirtualAuthenticator', {
  options: {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
    defaultBackupEligibility: true,
    defaultBackupState: true,
  },
})
await enrol(sam, await invitationFor(other, 'Sam Synced', ['approver']), 'Sam Synced', other)
afterAll(() => expect([...ada.troubles, ...sam.troubles]).toEqual([]))

it('says before they try what it needs and what to do; they can still deny', async () => {
  const id = await site.propose()
  await sam.page.goto(`/approve/${id}`)
  expect(await sam.page.locator('.cannot').textContent()).toContain('All of yours are synced between devices')
  expect(await sam.page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
  expect(await sam.page.getByRole('button', { name: 'Deny' }).count()).toBe(1)
  await expectFlawless(sam, 'only synced passkeys')
})

it('is approved with a passkey that stays on its device', async () => {
  const id = await site.propose()
  await ada.page.goto(`/approve/${id}`)
  await ada.page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(async () => (await site.authority.store.request(id))?.state).toBe('approved')
})
