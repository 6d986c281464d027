/** The workbench in a browser: problems as one types, a call tried, past requests replayed. */
import { afterAll, describe, expect, it } from 'vitest'
import { FORUM, postAction } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page } = await openAdminSite({ settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' } })
afterAll(() => expect(ada.troubles).toEqual([]))

const draft = () => page.locator('#draft')
const verdict = () => page.locator('#verdict')

describe('the reach of an agent', () => {
  it('names each action with whose consent it would need at least', async () => {
    await page.goto('/agents/helpdesk-agent')
    await page.getByRole('link', { name: 'The worst that it could do today' }).click()
    await page.getByRole('heading', { name: 'Reach' }).waitFor()
    expect(await page.locator('.row', { hasText: 'forum.read' }).textContent()).toContain('alone')
    expect(await page.locator('.row', { hasText: 'forum.post' }).textContent()).toMatch(/1 of approver/)
    await expectFlawless(ada, 'reach')
  })
})

describe('the workbench', () => {
  it('begins with a policy that compiles', async () => {
    await page.goto('/policy/workbench')
    await page.getByText(/^Compiles: \d+ policies$/).waitFor()
    await expectFlawless(ada, 'workbench')
  })

  it('says what is wrong as one types, and leads there', async () => {
    await draft().fill('// ü\n@aprovers("finance")\npermit (principal, action, resource);')
    await page.getByText('1 problem').waitFor()
    const problem = page.locator('#problems li')
    expect(await problem.textContent()).toMatch(/Line 2, column 1.*@aprovers.*Hint: @approvers/)
    await problem.getByRole('button').click()
    expect(
      await draft().evaluate((area: HTMLTextAreaElement) => [document.activeElement === area, area.selectionStart]),
    ).toEqual([true, 5])
    await expectFlawless(ada, 'workbench, wrong')
    await draft().fill('permit (principal, action, resource)\nwhen { context.efect == "read" };')
    await page.getByText('Attribute `efect` in context not found.').waitFor()
    expect(await problem.textContent()).toContain('Hint: context.effect')
    await draft().fill('permit (principal, action == Action::"forum.pots", resource);')
    await page.getByText('Compiles: 1 policy, 1 warning').waitFor()
    expect(await problem.textContent()).toMatch(/Warning: .*“forum\.pots”.*Hint: forum\.post/)
    await draft().fill('@id("all")\npermit (principal, action, resource);')
    await page.getByText('Compiles: 1 policy', { exact: true }).waitFor()
    expect(await page.locator('#problems li').count()).toBe(0)
  })

  it('tries a call beside the policy in force', async () => {
    await page.getByLabel('Agent', { exact: true }).selectOption('helpdesk-agent')
    await page.getByLabel('Executor').selectOption(FORUM)
    await page.getByRole('button', { name: 'forum.post' }).click()
    await page.getByLabel('Resource').fill('forum:eng/threads/42')
    await page.getByLabel('Arguments').fill('[1]')
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('The arguments are no JSON object.').waitFor()
    await page.getByLabel('Arguments').fill('{"thread": 42}')
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('Policy “all” permits this without asking anyone.').waitFor()
    expect(await page.locator('#tried').textContent()).toMatch(/In force.*Draftallowed\./)
  })

  it('replays past requests, and names those that would be decided otherwise', async () => {
    await site.propose({ action: postAction('<b>x</b>', { arguments: { board: '<img src=x>', thread: 1 } }) })
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('Done.', { exact: true }).waitFor()
    expect(await page.locator('#sums').textContent()).toMatch(/Newly allowed1/)
    expect(await page.locator('#differences li').textContent()).toMatch(
      /forum\.post by helpdesk-agent\. Recorded: asks people\. With the draft: allowed\. /,
    )
    await expectFlawless(ada, 'workbench, replayed')
    expect(await verdict().textContent()).toContain('Compiles')
  })

  it('shows no result beside what is said of a later attempt, or of another draft', async () => {
    await page.getByLabel('Arguments').fill('[1]')
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('The arguments are no JSON object.').waitFor()
    expect(await page.locator('#tried').textContent()).toBe('In force–Draft–')
    await draft().fill('@id("other")\npermit (principal, action, resource')
    expect(await page.locator('#sums').textContent()).not.toMatch(/\d/)
    expect(await page.locator('#differences li').count()).toBe(0)
    expect(await page.getByText('Done.', { exact: true }).count()).toBe(0)
    expect(await page.getByText('The arguments are no JSON object.').count()).toBe(0)
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('The draft does not compile.').waitFor()
    expect(await page.locator('#replayed').isVisible()).toBe(false)
  })
})

const sheet = () => page.locator('dialog[open]')

describe('a draft on the workbench', () => {
  it('is kept in the tab, also where it is refused', async () => {
    await page.goto('/policy/workbench')
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.getByText(/^Compiles: \d+ policies$/).waitFor()
    await draft().fill('@id("open")\npermit (principal, action, resource);')
    await page.reload()
    await page.getByText('Compiles: 1 policy').waitFor()
    await page.getByRole('button', { name: 'Propose…' }).click()
    await page.getByText('It allows everything: “open” lets any agent destroy anything').waitFor()
    expect(await draft().inputValue()).toContain('@id("open")')
    await draft().fill('@id("open")\npermit (principal, action, resource')
    expect(await page.getByText('It allows everything').count()).toBe(0)
    await page.getByRole('button', { name: 'Observe' }).click()
    const observed = page.locator('[data-observe] [data-status]')
    await observed.getByText('The last policy has no end.').waitFor()
    await page.getByRole('button', { name: 'Start over' }).click()
    expect(await observed.textContent()).toBe('')
  })

  it('that is edited while it is proposed has no error of what it was', async () => {
    await page.getByRole('button', { name: 'Start over' }).click()
    const began = await draft().inputValue()
    await page.route('**/admin/requests', async (route) => {
      await draft().fill(`// edited\n${began}`)
      await route.continue()
    })
    await draft().fill('@id("open")\npermit (principal, action, resource);')
    await page.getByRole('button', { name: 'Propose…' }).click()
    const proposed = page.locator('[data-change=policy] [data-status]')
    await proposed.getByText('This has changed meanwhile. Send it again.').waitFor()
    expect(await page.getByText('It allows everything').count()).toBe(0)
    await page.unroute('**/admin/requests')
    await page.getByRole('button', { name: 'Start over' }).click()
    expect(await proposed.textContent()).toBe('')
  })

  it('is observed, with its differences, and stopped', async () => {
    await draft().fill((await draft().inputValue()).replace('@id("writes") @approvers("approver")', '@id("writes")'))
    await page.getByLabel('For', { exact: true }).selectOption('4 hours')
    await page.getByRole('button', { name: 'Observe' }).click()
    await page.getByRole('heading', { name: 'Observed draft' }).waitFor()
    await expectFlawless(ada, 'observed draft, empty')
    await site.propose({ reason: '<b>\u202ehostile' })
    await site.authority.services.settle()
    await page.reload()
    expect(await page.locator('.row', { hasText: 'forum.post' }).textContent()).toMatch(
      /by helpdesk-agent: asks 1 of approver before, allowed with the draft\. Policy “writes” permits this without asking anyone\..*1 time/,
    )
    await expectFlawless(ada, 'observed draft')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('ended', { exact: true }).waitFor()
    await page.goto('/policy/workbench')
    expect(await page.locator('.row', { hasText: '1 decision' }).textContent()).toContain('1 different')
    await expectFlawless(ada, 'workbench, observed')
  })

  it('is edited again, and published by a consent to its diff and to what was observed', async () => {
    await page.getByRole('link', { name: '1 decision' }).click()
    await page.getByRole('link', { name: 'Edit it' }).click()
    await page.getByText(/^Compiles: \d+ policies$/).waitFor()
    await page.getByRole('button', { name: 'Propose…' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).waitFor()
    expect(await sheet().textContent()).toMatch(
      /was observed beside version 1 from .* 1 decision\. 1 would have been allowed that were not\./,
    )
    expect(await sheet().locator('.diff').textContent()).toContain('@id("writes") @approvers("approver")')
    await expectFlawless(ada, 'publishing')
    await sheet().getByRole('button', { name: 'Approve' }).click()
    await expect.poll(() => site.authority.store.policyInForce()).toBe(2)
    await expect.poll(() => draft().inputValue()).toContain('@id("writes")\n')
    const done = page.getByText('Publishing version 2 of the policy: done.')
    await done.waitFor()
    await expect.poll(() => done.evaluate((one) => one.getBoundingClientRect().top >= 0)).toBe(true)
    await page.getByRole('link', { name: '1 decision' }).click()
    await page.getByRole('heading', { name: 'Observed draft' }).waitFor()
    expect(await page.locator('.heading').textContent()).toContain('published as version 2')
    expect(await page.locator('main').textContent()).toMatch(
      /Published as version 2 at .*proposed by Ada.*asked about 1 decision, and would have taken 1 otherwise/s,
    )
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0)
  })

  it('without any policy is said to deny everything, and to be no policy to publish', async () => {
    await page.goto('/policy/workbench')
    await draft().fill('// nothing')
    await page.getByText('No policy: everything is denied, changes to this authority included.').waitFor()
  })
})
