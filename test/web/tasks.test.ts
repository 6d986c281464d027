/** Tasks of agents on their page: opened with a passkey for a purpose and a time, shown to all, ended at once. */
import { afterAll, describe, expect, it } from 'vitest'
import { administer } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page, other } = await openAdminSite()
afterAll(() => expect(ada.troubles).toEqual([]))

const adaId = (await site.authority.store.listApprovers()).find(({ name }) => name === 'Ada Admin')?.id ?? ''
await administer(site.authority, other, {
  name: 'countersign.agent.add',
  resource: 'agent:adas-agent',
  arguments: { id: 'adas-agent', run_by: adaId, executors: ['https://forum.example'] },
})

const open = async (purpose: string) => {
  await page.getByLabel('What it is to do').fill(purpose)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
}
const status = () => page.locator('[data-task] [data-status]').textContent()

describe('a task', () => {
  it('is asked for its purpose first', async () => {
    await page.goto('/tasks')
    await expectFlawless(ada, 'no task')
    await open('')
    await expect.poll(status).toContain('what the agent is to do')
  })

  it('is not opened by a person who is not verified', async () => {
    const { cdp, authenticatorId } = ada.passkey
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await open('Tidy up')
    await page.locator('[data-task] .bad', { hasNotText: 'what the agent is to do' }).waitFor()
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    expect((await site.authority.services.agentSessions.list()).length).toBe(0)
  })

  it('is opened with the passkey, and its purpose stands there as text', async () => {
    const purpose = `Archive <b>old</b> threads ‮ and ${'more of them '.repeat(20)}`
    await open(purpose)
    await expect.poll(() => page.locator('.rows').first().textContent()).toContain('adas-agent')
    const [session] = await site.authority.services.agentSessions.list()
    expect(session).toMatchObject({ agent: 'adas-agent', purpose: purpose.trim() })
    expect(await page.locator('.rows b').count()).toBe(0)
    await expectFlawless(ada, 'one task')
  })

  it('is ended at once', async () => {
    await page.getByRole('button', { name: 'End the task of adas-agent' }).click()
    await page.locator('[data-confirm-yes]').click()
    await expect.poll(() => page.getByText('No agent has a task now').count()).toBe(1)
  })
})
