/** A person says in their browser that they are away; their deputy answers in theirs, and both can end it. */
import { afterAll, describe, expect, it } from 'vitest'
import { administer, invitationFor, mustSucceed, postAction } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openAdminSite, visit } from './site.ts'

const {
  site,
  ada,
  other: sam,
} = await openAdminSite({
  withStore: withPolicy('@id("finance") @approvers("finance") permit (principal, action, resource is Resource);'),
})
const bo = await visit(site)
const hostile = `Bo \u202e<b>${'x'.repeat(70)}`
await enrol(bo, await invitationFor(sam, hostile, ['approver']), hostile, sam)
afterAll(() => expect([...ada.troubles, ...bo.troubles]).toEqual([]))

const people = await site.authority.store.listApprovers()
const adaId = people.find(({ name }) => name === 'Ada Admin')?.id ?? ''
await administer(site.authority, sam, {
  name: 'countersign.group.add',
  resource: 'group:finance',
  arguments: { name: 'finance', members: [adaId] },
})
const propose = () => site.propose({ action: { ...postAction(), arguments: { text: 'Hello' } } })
const strip = ({ page }: typeof bo) => page.locator('#absence-strip')
/** As a field of a form takes it. */
const tomorrow = () => new Date((site.authority.now() + 86_400) * 1000).toISOString().slice(0, 16)

describe('the page of an absence', () => {
  it('says that there is none, and what is missing, before it asks for a passkey', async () => {
    const { page } = ada
    await page.goto('/passkeys')
    await page.getByRole('link', { name: 'Absence' }).first().click()
    expect(await page.getByText('You have stated no absence').count()).toBe(1)
    await expectFlawless(ada, 'no absence')
    await page.getByRole('button', { name: 'State it' }).click()
    await expect.poll(() => page.locator('[data-absence] [data-status]').textContent()).toContain('until when')
    await page.getByLabel('Until, UTC').fill('2020-01-01T00:00')
    await page.getByRole('button', { name: 'State it' }).click()
    await expect
      .poll(() => page.locator('[data-absence] [data-status]').textContent())
      .toContain('ends after it begins')
  })

  it('states one with a passkey, names the deputy, and stands on every page of both', async () => {
    const { page } = ada
    await page.getByLabel('Until, UTC').fill(tomorrow())
    await page.getByLabel('Who answers in your place').selectOption({ index: 1 })
    const chosen = await page.getByLabel('Who answers in your place').locator('option:checked').textContent()
    if (!chosen?.startsWith('Bo')) await page.getByLabel('Who answers in your place').selectOption({ index: 2 })
    await page.getByRole('button', { name: 'State it' }).click()
    await expect.poll(() => page.locator('#content').textContent()).toContain('answers in your place')
    await expect.poll(() => strip(ada).textContent()).toContain('You are away until')
    await expectFlawless(ada, 'away')
    await bo.page.goto('/')
    expect(await strip(bo).textContent()).toContain('You stand in for Ada Admin until')
    await bo.page.goto('/absence')
    expect(await bo.page.locator('#content').textContent()).toMatch(/Ada Admin.*“approver”, “finance”/)
    await expectFlawless(bo, 'deputy')
  })

  it('lets the deputy approve, and the request says for whom', async () => {
    const id = await propose()
    const { page } = bo
    await page.goto(`/approve/${id}`)
    expect(await page.locator('.in-place-of').textContent()).toContain('in the place of Ada Admin')
    await expectFlawless(bo, 'in the place of somebody')
    await page.getByRole('button', { name: 'Approve' }).click()
    await expect.poll(async () => (await site.authority.store.request(id))?.state).toBe('approved')
    await page.goto(`/approve/${id}`)
    expect(await page.locator('[data-quorum]').textContent()).toMatch(/for Ada Admin, who was away/)
    await expectFlawless(bo, 'approved in the place of somebody')
    mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  })

  it('is ended by the deputy, who is asked no more', async () => {
    const { page } = bo
    await page.goto('/absence')
    await page.getByRole('button', { name: 'End' }).click()
    await page.locator('[data-confirm-yes]').click()
    await expect.poll(() => page.locator('#content').textContent()).toContain('Nobody. While somebody is away')
    await page.goto('/')
    expect((await strip(bo).textContent()) ?? '').toBe('')
  })

  it('says on a request that nobody can answer it now', async () => {
    const { page } = ada
    await page.goto('/absence')
    await page.getByLabel('Until, UTC').fill(tomorrow())
    await page.getByRole('button', { name: 'State it' }).click()
    await expect.poll(() => page.locator('#content').textContent()).toContain('Nobody answers in your place')
    const id = await propose()
    await page.goto(`/approve/${id}`)
    expect(await page.locator('[data-quorum]').textContent()).toContain('“finance” are away without a deputy')
    await expectFlawless(ada, 'nobody can answer')
  })
})
