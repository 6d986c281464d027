/** The policy in a browser: its text, history and undoing, for everybody who reads it. */
import { newSalt } from '@countersign/verifier'
import { afterAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { invitationFor, mustSucceed } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { enrol, openAdminSite, visit } from './site.ts'

const engine = {
  COUNTERSIGN_POLICY_ENGINE: 'opa',
  COUNTERSIGN_POLICY_URL: 'http://localhost:9/v1/data/secret-path',
}
const { site, ada, page, other } = await openAdminSite({ settings: engine })
afterAll(() => expect(ada.troubles).toEqual([]))

const { operator, config, store } = site.authority

async function publish(text: string, reason: string): Promise<void> {
  const action = {
    name: 'countersign.policy.publish',
    resource: 'policy',
    arguments: { version: await store.policyInForce(), text },
    salt: newSalt(),
  }
  const { id } = mustSucceed(await operator.call('openRequest', { body: { audience: config.origin, action, reason } }))
  mustSucceed(await other.consent(id))
  const { token } = mustSucceed(await operator.call('collectToken', { params: { id } }))
  mustSucceed(await operator.call('administer', { body: { action }, headers: { 'approval-token': token } }))
}

const row = (version: number) => page.locator('.row', { hasText: `Version ${version}` })
const HOSTILE = '<img src=x onerror=alert(1)>\u202e\u200b'
const long = (text: string, line: string) => `${text}${`// ${line}\n`.repeat(9000)}`.slice(0, 50_000)

describe('the policy', () => {
  it('is shown with its text, digest and history, beside the engine that decides in its place', async () => {
    await page.goto('/policy')
    expect(await page.locator('.heading').textContent()).toContain('version 1, in force')
    expect(await page.locator('section.text').textContent()).toContain('@id("writes")')
    expect(await page.locator('main').textContent()).toContain((await store.policyVersion(1))?.digest)
    const notice = await page.locator('.note', { hasText: 'decides about calls' }).textContent()
    expect(notice).toContain('OPA at http://localhost:9 decides')
    expect(notice).not.toContain('secret-path')
    expect(await page.getByRole('button', { name: 'Propose' }).count()).toBe(0)
    await expectFlawless(ada, 'policy, first version')
  })

  it('names who approved each version and why, with what it changed', async () => {
    await publish(DEFAULT_POLICY.replace('@id("reads")', '\n@id("looks")'), `Reads are looks ${HOSTILE}`)
    await page.goto('/policy')
    expect(await row(2).textContent()).toMatch(
      /proposed by the operator, approved by Sam Wu.*Reads are looks <img src=x/,
    )
    expect(await row(1).textContent()).toContain('the default policy')
    expect(await page.locator('.diff').textContent()).toMatch(/removed: .*reads.*added: .*looks/s)
    const heights = await page.locator('.line.added').evaluateAll((lines) => lines.map((line) => line.clientHeight))
    expect(heights).toHaveLength(2)
    expect(Math.min(...heights), 'a line that is blank has a line of its own').toBeGreaterThan(10)
    await expectFlawless(ada, 'policy, second version')
  })

  it('is undone by a consent to the difference', async () => {
    await page.getByRole('button', { name: 'Propose the text of version 1…' }).click()
    const sheet = page.locator('dialog[open]')
    await sheet.getByRole('button', { name: 'Approve' }).click()
    await expect.poll(() => store.policyInForce()).toBe(3)
    await row(3).waitFor()
    expect(await row(3).textContent()).toContain('proposed by Ada Admin, approved by Ada Admin')
    expect((await store.policyVersion(3))?.digest).toBe((await store.policyVersion(1))?.digest)
  })

  it('is readable where it is hostile and as long as a policy may be', async () => {
    await publish(long(DEFAULT_POLICY, HOSTILE), 'x'.repeat(500))
    await publish(long(`// ${'y'.repeat(900)}\n${DEFAULT_POLICY}`, 'another'), '\u202e'.repeat(200))
    await page.goto('/policy')
    expect(await page.locator('.diff').textContent()).toContain('onerror=alert(1)')
    expect(await page.locator('main img').count()).toBe(0)
    await expectFlawless(ada, 'policy, long')
    await page.goto('/policy?version=2')
    await page.getByRole('button', { name: 'Propose the text of version 2…' }).waitFor()
    expect(await page.locator('.heading').textContent()).toContain('not in force: version 5 is')
    for (const version of ['99', '0']) {
      await page.goto(`/policy?version=${version}`)
      await page.getByRole('heading', { name: 'Not found' }).waitFor()
    }
  })

  it('is read by an auditor, who proposes nothing, and says on the workbench that an engine decides', async () => {
    await page.goto('/policy/workbench')
    await page.getByText('OPA at http://localhost:9 decides').waitFor()
    await expectFlawless(ada, 'workbench beside an engine')
    const auditor = await visit(site)
    await enrol(auditor, await invitationFor(other, 'Olga Audit', ['auditor']), 'Olga Audit', other)
    await auditor.page.getByRole('link', { name: 'Policy', exact: true }).click()
    await auditor.page.getByRole('heading', { name: 'History' }).waitFor()
    expect(await auditor.page.getByRole('button', { name: 'Propose' }).count()).toBe(0)
    await expectFlawless(auditor, 'policy of an auditor')
    await auditor.close()
  })
})
