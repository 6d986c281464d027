/** Every page in every state: accessible in both lights, still while it loads, never wider than a small phone. */
import { newSalt } from '@countersign/verifier'
import { it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite, type Proposal, visit } from './site.ts'

const { site, ada, other } = await openAdminSite({ settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' } })

const lines = Array.from({ length: 400 }, (_, line) => `line ${line} ${'of a file '.repeat(line % 9)}`).join('\n')
const HOSTILE: Proposal = {
  action: {
    name: 'forum.delete',
    resource: `forum:\u202e${'x'.repeat(900)}`,
    arguments: {
      thread: `p\u0430ypal\u200b${'W'.repeat(300)}`,
      text: lines,
      arabic: 'مرحبا بالعالم، هذا نص من اليمين إلى اليسار',
      zalgo: `Z${'\u0301'.repeat(60)}`,
      nested: { list: [1, 'two', null, true, { deep: { deeper: ['end'] } }], empty: {}, none: [] },
      [`\u2066${'key'.repeat(40)}`]: '',
    },
    salt: newSalt(),
  },
  reason: `שלום עולם\n\u2028APPROVED ${'\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(40)}`,
  preview: {
    summary: 'All of it',
    changes: [
      { label: `threads ${'y'.repeat(180)}`, before: lines, after: lines.replace('line 200', 'line two hundred') },
      { label: 'gone', before: 'a\nb', after: null },
      { label: 'new', before: null, after: 'z'.repeat(2000) },
    ],
  },
}

const answered = async (answer: 'consent' | 'deny'): Promise<string> => {
  const id = await site.propose()
  if (answer === 'consent') mustSucceed(await other.consent(id))
  else mustSucceed(await other.page.call('deny', { params: { id }, body: {} }))
  return id
}
const approval = async (id: Promise<string>) => `/approve/${await id}`

const PAGES: readonly (readonly [state: string, path: () => string | Promise<string>, ready: string])[] = [
  ['inbox, empty', () => '/', 'Nothing is waiting for you'],
  ['approval', () => approval(site.propose({ reason: 'Dana asked for it' })), 'Publish a reply'],
  ['approval, hostile and long', () => approval(site.propose(HOSTILE)), 'Delete thread'],
  [
    'approval, without arguments',
    () => approval(site.propose({ action: { ...postAction(), arguments: {} } })),
    '(no board given)',
  ],
  ['approved', () => approval(answered('consent')), 'Approved'],
  ['denied', () => approval(answered('deny')), 'Denied'],
  ['inbox, full', () => '/', 'Recently answered'],
  ['passkeys', () => '/passkeys', 'Your passkeys'],
  ['people', () => '/people', 'Invite somebody'],
  ['agents', () => '/agents', 'Agents and executors'],
  ['stop, nothing chosen', () => '/kill', 'Nothing has been stopped here yet'],
  ['stop, an agent chosen', () => '/kill?agent=helpdesk-agent', 'No executor is connected'],
  ['stop, an agent that nobody knows', () => '/kill?agent=helpdesk-agnet', 'did you mean helpdesk-agent?'],
  ['stop, what cannot be', () => '/kill?action=for%20um', 'An action name has letters'],
  ['review', () => '/review', 'Remove what is not used'],
  ['executor', () => `/executors/${encodeURIComponent(FORUM)}`, 'It is not connected, so it receives'],
  ['documentation', () => '/docs', 'Error codes'],
  ['endpoints', () => '/docs/endpoints', 'Bodies and answers are JSON'],
  ['nothing there', () => '/nowhere', 'Page not found'],
  ['no such request', () => '/approve/AAAAAAAAAAAAAAAAAAAAAA', 'Page not found'],
]

it.each(PAGES)('%s', async (state, path, ready) => {
  await ada.page.setViewportSize({ width: 390, height: 844 })
  await ada.page.goto(await path())
  await ada.page.getByText(ready).first().waitFor()
  await expectFlawless(ada, state)
})

it('a change in its dialog, and its result', async () => {
  await ada.page.goto('/agents')
  await ada.page.getByLabel('Name', { exact: true }).fill('night-agent')
  await ada.page.getByRole('button', { name: 'Add…' }).click()
  await ada.page.locator('dialog[open]').getByRole('button', { name: 'Approve' }).waitFor()
  await expectFlawless(ada, 'dialog')
  await ada.page.locator('dialog[open]').getByRole('button', { name: 'Approve' }).click()
  await ada.page.locator('[data-secret]').waitFor()
  await expectFlawless(ada, 'result')
})

it('a kill switch: while it stands, on other pages too, and released', async () => {
  const { page } = ada
  await page.goto('/kill?agent=helpdesk-agent')
  await page.getByRole('button', { name: 'Stop now' }).click()
  await page.getByRole('heading', { name: 'Stopped: agent helpdesk-agent' }).waitFor()
  await expectFlawless(ada, 'stands')
  const at = page.url()
  for (const path of ['/', '/kill', '/agents', '/review']) {
    await page.goto(path)
    for (const fold of await page.locator('.reviewed > details > summary').all()) await fold.click()
    await expectFlawless(ada, `${path} while it stands`)
  }
  await page.goto(at)
  await page.getByLabel('Why it is safe again').fill('It was repaired')
  await page.getByRole('button', { name: 'Release…' }).click()
  await page.locator('dialog[open]').getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'Was stopped' }).waitFor()
  await expectFlawless(ada, 'released')
})

it('the doors, seen by a stranger', async () => {
  const stranger = await visit(site, { viewport: { width: 390, height: 844 } })
  await stranger.page.goto('/sign-in')
  await expectFlawless(stranger, 'sign in')
  await stranger.page.goto('/enrol')
  await stranger.page.getByRole('heading', { name: 'This invitation is not valid' }).waitFor()
  await expectFlawless(stranger, 'enrol, link gone')
  await stranger.close()
})
