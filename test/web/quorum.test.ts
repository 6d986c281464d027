/**
 * Two people in two browser profiles approve what destroys something, with a quorum of two; the person for whom the
 * agent asks tries to count, and does not.
 */
import { decodeJwt } from 'jose'
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
  withStore: withPolicy('@id("two") @order("finance, approver") permit (principal, action, resource is Resource);'),
})
const [ben, dana] = [await visit(site), await visit(site)]
await enrol(ben, await invitationFor(sam, 'Ben Berg', ['approver']), 'Ben Berg', sam)
await enrol(dana, await invitationFor(sam, 'Dana Diaz', ['approver']), 'Dana Diaz', sam)
afterAll(() => expect([...ada.troubles, ...ben.troubles, ...dana.troubles]).toEqual([]))

const { store } = site.authority
const idOf = async (name: string) => (await store.listApprovers()).find((person) => person.name === name)?.id ?? ''
const danaId = await idOf('Dana Diaz')
await administer(site.authority, sam, {
  name: 'countersign.group.add',
  resource: 'group:finance',
  arguments: { name: 'finance', members: [await idOf('Ada Admin'), danaId] },
})
const { credential } = await administer(site.authority, sam, {
  name: 'countersign.agent.add',
  resource: 'agent:danas-agent',
  arguments: { id: 'danas-agent', principals: [danaId], executors: ['https://forum.example'] },
})
const agent = site.authority.client(String(credential))
const action = { ...postAction(), name: 'forum.delete', arguments: { thread: 'intro' } }
const { id } = mustSucceed(await agent.call('openRequest', { body: { audience: 'https://forum.example', action } }))

const collect = () => agent.call('collectToken', { params: { id } })
const approve = async ({ page }: typeof ben) => {
  await page.getByLabel(/To approve, type/).fill('forum:eng/threads/42')
  await page.getByRole('button', { name: 'Approve' }).click()
}
const textOf = ({ page }: typeof ben) => page.locator('#content').textContent()

describe('a quorum of two, in order', () => {
  it('is refused to the person for whom the agent asks, who can still deny', async () => {
    await dana.page.goto(`/approve/${id}`)
    expect(await dana.page.locator('.cannot').textContent()).toContain('It was asked for you')
    expect(await dana.page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    expect(await dana.page.getByRole('button', { name: 'Deny' }).count()).toBe(1)
    const attempt = await dana.page.evaluate(async (path) => {
      const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
      return [answer.status, (await answer.json()).code]
    }, `/approvals/${id}/options`)
    expect(attempt).toEqual([403, 'forbidden'])
  })

  it('is not the turn of the second group yet', async () => {
    await ben.page.goto('/')
    expect(await ben.page.locator(`[data-row="${id}"]`).count()).toBe(0)
    await ben.page.goto(`/approve/${id}`)
    expect(await ben.page.locator('.cannot').textContent()).toContain('not the turn of your group yet')
    expect(await textOf(ben)).toContain('2 people: 1 of “finance”, then 1 of “approver”.')
  })

  it('is met by the first in her browser, whom the second sees at once', async () => {
    await ada.page.goto(`/approve/${id}`)
    await expectFlawless(ada, 'a quorum')
    await approve(ada)
    await ada.page.getByRole('heading', { name: 'You consented: 1 of 2' }).waitFor()
    expect(await textOf(ada)).toContain('One more person from “approver” must consent.')
    await ben.page.getByRole('button', { name: 'Approve' }).waitFor()
    expect(await textOf(ben)).toContain('Ada Admin consented, of “approver” and “finance”')
    expect(await collect()).toMatchObject({ ok: false, problem: { code: 'request_pending' } })
  })

  it('and by the second in his, so that the token names both and nobody else', async () => {
    await approve(ben)
    await ben.page.getByRole('heading', { name: /^Approved/ }).waitFor()
    const { token } = mustSucceed(await collect())
    const { approval } = decodeJwt<{
      approval: { quorum: number; separation: boolean; consents: { approver: string }[] }
    }>(token)
    expect(approval).toMatchObject({ quorum: 2, separation: true })
    expect(approval.consents.map(({ approver }) => approver)).toEqual([await idOf('Ada Admin'), await idOf('Ben Berg')])
    expect(mustSucceed(await site.executor.call('redeem', { body: { token } })).use).toBe(1)
  })
})
