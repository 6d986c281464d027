/** Erasing in the browser: an admin orders it on the page of a request, sees what is lost, and readers then see who it was. */
import { expect, it } from 'vitest'
import { settle } from '../ledger/ground.ts'
import { enrolFirstAdmin, invitationFor, mustSucceed } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openSite, visit } from './site.ts'

const site = await openSite()
const sam = await enrolFirstAdmin(site.authority, 'Sam Wu')

it('orders it with a passkey, and links to the order afterwards', async () => {
  const kim = await visit(site)
  await enrol(kim, await invitationFor(sam, 'Kim Lee', ['approver', 'admin']), 'Kim Lee', sam)
  const { page } = kim
  const id = await site.propose()
  mustSucceed(await site.agent.call('withdrawRequest', { params: { id } }))
  await page.goto(`/requests/${id}`)
  const card = page.getByRole('region', { name: 'Erase texts' })
  await expectFlawless(kim, 'request-to-erase')
  await card.getByRole('button', { name: 'Erase…' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByText('arguments of the call: 1').waitFor()
  await expectFlawless(kim, 'erase-consent')
  const target = sheet.locator('[data-target]')
  await target.fill((await target.getAttribute('data-target')) ?? '')
  await sheet.getByRole('button', { name: /^Approve/ }).click()
  await sheet.waitFor({ state: 'hidden' })
  await settle(site.authority.services.ledger, site.authority.store)
  for (let sweeps = 0; sweeps < 3; sweeps++) await site.authority.services.sweep()
  await page.goto(`/requests/${id}`)
  const note = page.locator('[data-erased]')
  expect(await note.textContent()).toContain('Kim Lee')
  await expectFlawless(kim, 'request-erased')
  await note.getByRole('link').click()
  await page.getByRole('heading', { name: /Erase the payloads/ }).waitFor()
  await kim.close()
})
