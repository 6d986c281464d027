/** Executors registered and edited in the browser: a fault by line and column, one passkey gesture, a credential once. */
import { beforeAll, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openSite, type Visitor, visit } from './site.ts'

const site = await openSite()
let ada: Visitor
beforeAll(async () => {
  ada = await visit(site)
  await enrol(ada, await site.bootstrapLink(), 'Ada Admin')
})

const wiki = async () => {
  const { executors } = mustSucceed(await site.authority.operator.call('listExecutors'))
  return executors.find(({ audience }) => audience === 'https://wiki.example')
}
const approve = () => ada.page.locator('dialog[open]').getByRole('button', { name: 'Approve' }).click()

it('names what is wrong, then registers, and shows the credential once', async () => {
  const { page } = ada
  await page.goto('/agents')
  const form = page.locator('[data-change="executor"]')
  const status = () => form.locator('[data-status]').textContent()
  await form.getByLabel('URI').fill('https://wiki.example')
  await form.getByLabel('Title').fill('The wiki <b>')
  await form.getByLabel(/^Catalogue/).fill('[\n  { "name": "wiki.lock", }\n]')
  await form.getByRole('button', { name: 'Register…' }).click()
  await expect.poll(status).toBe('The catalogue is not valid JSON at line 2, column 26.')
  await form.getByLabel(/^Catalogue/).fill('[{ "name": "wiki.lock", "effect": "wipe", "reversible": true }]')
  await form.getByRole('button', { name: 'Register…' }).click()
  await expect.poll(status).toMatch(/\/catalogue\/0\/effect/)
  expect(await wiki()).toBeUndefined()
  await form.getByLabel(/^Catalogue/).fill('[{ "name": "wiki.lock", "effect": "write", "reversible": true }]')
  await form.getByRole('button', { name: 'Register…' }).click()
  await approve()
  await expect.poll(() => page.locator('[data-secret]').textContent()).toMatch(/^cs_executor_/)
  expect(await page.locator('[data-result-text]').textContent()).toContain('The executor’s credential.')
  expect(await wiki()).toMatchObject({ title: 'The wiki <b>', version: 1 })
  await page.reload()
  expect(await page.content()).not.toMatch(/cs_executor_[\w-]{43}/)
  await expectFlawless(ada, 'agents-with-forms')
})

it('edits an executor, and shows what changes', async () => {
  const { page } = ada
  await page.goto(`/executors/${encodeURIComponent('https://wiki.example')}`)
  await page.locator('[data-change="executor-edit"]').getByLabel('Title').fill('The big wiki')
  await page.getByRole('button', { name: 'Change…' }).click()
  await approve()
  await expect.poll(async () => (await wiki())?.title).toBe('The big wiki')
  await page.getByRole('heading', { name: 'The big wiki' }).waitFor()
  await expectFlawless(ada, 'executor-edit')
})
