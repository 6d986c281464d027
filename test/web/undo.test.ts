/** Proposing to undo in the browser: from the page of what was done to an approval by somebody else. */
import { newSalt } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { addExecutor, enrolFirstAdmin, invitationFor, mustSucceed } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openSite, visit } from './site.ts'

const FILES = 'https://files.example'

const site = await openSite()
const files = await addExecutor(site.authority, FILES, [
  {
    name: 'file.write',
    effect: 'write',
    phrase: 'Write {path}[ as {owner}]',
    undo: { name: 'file.restore', arguments: { path: { call: 'path' }, text: { outcome: 'changes.0.before' } } },
  },
  { name: 'file.restore', effect: 'write', reversible: true, phrase: 'Put {path} back to {text}' },
])
const executor = site.authority.client(files.credential)
const sam = await enrolFirstAdmin(site.authority, 'Sam Wu')

const HOSTILE = '<img src=x onerror=alert(1)> \u202e[link](javascript:alert(1)) **bold**'

async function written(): Promise<string> {
  const action = { name: 'file.write', resource: 'file:a', arguments: { path: 'notes.txt' }, salt: newSalt() }
  const { id } = mustSucceed(await site.agent.propose({ body: { audience: FILES, action } }))
  mustSucceed(await sam.consent(id))
  const { token, jti } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  mustSucceed(await executor.call('redeem', { body: { token } }))
  const result = { changes: [{ label: 'notes.txt', before: HOSTILE, after: 'new' }] }
  mustSucceed(await executor.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded', result } }))
  return id
}

it('proposes to undo what was carried out, and leads from one request to the other', async () => {
  const kim = await visit(site)
  await enrol(kim, await invitationFor(sam, 'Kim Lee', ['approver']), 'Kim Lee', sam)
  const { page } = kim
  const id = await written()
  await page.goto(`/requests/${id}`)
  const card = page.getByRole('region', { name: 'Undo' })
  expect(await card.textContent()).toContain('Put notes.txt back to')
  // The executor's text is a value: marked, and never markup.
  expect(await card.locator('em.value').last().textContent()).toContain('<img src=x')
  expect(await card.locator('.hidden-char').count()).toBeGreaterThan(0)
  await expectFlawless(kim, 'request-with-undo')
  await card.getByRole('button', { name: 'Propose to undo' }).click()
  await page.waitForURL((url) => url.pathname.startsWith('/requests/') && !url.pathname.endsWith(id))
  expect(await page.locator('[data-undoing]').textContent()).toBe('Kim Lee proposes to undo an earlier request.')
  const undoing = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await page.goto(`/approve/${undoing}`)
  expect(await page.locator('main').textContent()).toContain('You proposed this yourself.')
  await expectFlawless(kim, 'approve-undo')
  await page.locator('[data-undoing] a').click()
  await page.waitForURL(`**/requests/${id}`)
  expect(await card.textContent()).toContain('It is proposed already to undo it.')
  expect(await card.getByRole('button').count()).toBe(0)
  mustSucceed(await sam.consent(undoing))
  mustSucceed(await site.agent.call('collectToken', { params: { id: undoing } }))
  await kim.close()
})
