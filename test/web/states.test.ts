/** States of an approval that the built-in policy alone does not lead to, rendered from altered answers of the authority. */
import { newSalt, type Preview } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Services } from '../../src/authority/compose.ts'
import type { RequestForApprover } from '../../src/authority/requests/show.ts'
import type { KillSwitch } from '../../src/domain/stop/kill-switch.ts'
import { createPages } from '../../src/web/pages.tsx'
import { DIGEST } from '../domain/approval/sample.ts'
import {
  addAgent,
  addExecutor,
  mustSucceed,
  postAction,
  signedIn,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

const person = signedIn('ada', 'Ada')
let authority: TestAuthority
let pending: RequestForApprover

beforeAll(async () => {
  authority = await startAuthority({ database: 'pglite' })
  const { audience } = await addExecutor(authority)
  const agent = authority.client(await addAgent(authority, 'helpdesk-agent', { principals: ['dana'] }))
  const { id } = mustSucceed(await agent.call('openRequest', { body: { audience, action: postAction() } }))
  const shown = await authority.services.requests.show(person, id)
  if (!shown.ok) throw new Error(shown.refusal.message)
  pending = shown.value
})
afterAll(() => authority.stop())

const withPreview = (content: Preview) => withRequest({ preview: { by: 'executor', digest: DIGEST, content } })

describe('a preview', () => {
  it('that is cut says so, and not that nothing changes', async () => {
    const text = await textOf(() => withPreview({ summary: 'This preview is cut.', changes: [] }))
    expect(text).toContain('This preview is cut.')
    expect(text).not.toMatch(/lists no changes|0 changes/)
    expect(text).toContain('a preview in words')
    expect(await textOf(() => withPreview({ changes: [] }))).toContain('The preview lists no changes.')
  })

  it.each([
    ['Two\nlines\n', null, 'removed: Two removed: lines', 2],
    [null, 'Two\nlines\n', 'added: Two added: lines', 2],
    ['Old\n', 'New\n', 'removed: Old added: New', 2],
    ['', 'New\n', 'added: New', 1],
    ['Old', 'Old\n', 'Old added:', 1],
    [null, '', 'new, empty', 0],
    ['', null, 'removed, was empty', 0],
  ])('of %j and %j shows no line that is not there', async (before, after, shown, differing) => {
    const text = await textOf(() => withPreview({ changes: [{ label: 'notes.txt', before, after }] }))
    expect(text).toContain(shown)
    expect(text.match(/(?:added|removed):/g) ?? []).toHaveLength(differing)
  })

  it.each([
    ['forum.post', true],
    ['countersign.killswitch.release', false],
  ])('of %s without a text before calls it new: %s', async (name, isNew) => {
    const content = { changes: [{ label: 'killswitch:k1', before: null, after: 'reason: Repaired' }] }
    const preview = { by: 'executor' as const, digest: DIGEST, content }
    const text = await textOf(() => withRequest({ preview, name }))
    expect(/killswitch:k1 new/.test(text)).toBe(isNew)
    expect(text).toContain('added: reason: Repaired')
  })
})

describe('the inbox', () => {
  it.each([
    ['files', 'file:/notes/a.txt', { content: 'x'.repeat(500), path: '/notes/a.txt' }, /file:\/notes\/a\.txt ?</],
    [
      'wiki',
      'mcp:files/move',
      { from: '/notes/a', to: '/notes/b' },
      /mcp:files\/move.*from: \/notes\/a, to: \/notes\/b/s,
    ],
  ])('names what a call without a sentence acts upon, at %s: %s', async (host, resource, args, shown) => {
    const audience = `https://${host}.example`
    await addExecutor(authority, audience, [{ name: 'files.write', effect: 'write', title: 'write (files)' }])
    const agent = authority.client(await addAgent(authority, `agent-of-${host}`))
    const action = { name: 'files.write', resource, arguments: args, salt: newSalt() }
    mustSucceed(await agent.call('openRequest', { body: { audience, action } }))
    const page = await createPages(authority.services, async () => person).request('/')
    expect((await page.text()).replace(/<bdi[^>]*>|<\/bdi>/g, '')).toMatch(shown)
  })
})

type Alter = (shown: RequestForApprover) => Partial<RequestForApprover>

/** The text of the page, tags taken out, spaces made one. */
async function textOf(
  alter: Alter,
  entries: readonly object[] = [],
  active: readonly KillSwitch[] = [],
): Promise<string> {
  const { services } = authority
  const altered: Services = {
    ...services,
    stop: { ...services.stop, active: async () => active },
    requests: {
      ...services.requests,
      show: async () => ({ ok: true, value: { ...pending, ...alter(pending) } }),
      readTrace: async () => ({
        ok: true,
        value: {
          entries: entries.map((entry, id) => ({ id, body: JSON.stringify(entry), leaf: new Uint8Array(32) })),
          denial: null,
        },
      }),
    },
  }
  const response = await createPages(altered, async () => person).request(`/approve/${pending.request.id}`)
  return (await response.text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}

const withRequest = (change: Partial<RequestForApprover['request']>) => ({ request: { ...pending.request, ...change } })
const quorum = (people: number, consents: number) => ({
  ...withRequest({
    consents,
    terms: { ...pending.request.terms, approvers: [{ groups: ['approver'], count: people }], quorum: people },
  }),
  quorum: {
    consented: [{ id: 'ada', name: 'Ada', onBehalfOf: null, groups: ['approver'], counts: true }].slice(0, consents),
    filled: consents,
    needed: { count: people - consents, groups: ['approver'] },
    unfillable: null,
  },
})

describe('an open request', () => {
  it('says how many others must consent', async () => {
    expect(await textOf(() => quorum(3, 0))).toContain(
      '2 more approvers must consent. Then helpdesk-agent may do exactly this',
    )
  })

  it('names who has consented, who counts no longer, and who is still needed', async () => {
    const left = { id: 'ben', name: 'Ben', onBehalfOf: null, groups: [], counts: false }
    const text = await textOf(() => {
      const shown = quorum(3, 1)
      return { ...shown, quorum: { ...shown.quorum, consented: [...shown.quorum.consented, left] } }
    })
    expect(text).toContain('3 people: 3 of “approver”.')
    expect(text).toContain('Ada consented, of “approver”')
    expect(text).toContain('Ben consented, but was in none of these groups any more: it does not count')
    expect(text).toContain('2 more people must consent, the next from “approver”.')
  })

  it('says that nobody can meet its quorum', async () => {
    const text = await textOf(() => {
      const shown = quorum(2, 0)
      return { ...shown, quorum: { ...shown.quorum, unfillable: 'Nobody is in the group “treasury”.' } }
    })
    expect(text).toContain('At present, too few people can consent. Nobody is in the group “treasury”.')
  })

  it('tells a person who cannot consent why, and leaves them deny', async () => {
    const text = await textOf(() => ({ cannotConsent: 'You run this agent.' }))
    expect(text).toContain('You run this agent.')
    expect(text).toContain('Deny nothing happens')
    expect(text).not.toContain('with your passkey')
  })

  it('warns of approving for oneself', async () => {
    expect(await textOf(() => ({ selfApproval: true }))).toContain('You would approve your own request')
  })

  it('names a preview that the executor signed as such, and its challenge as the door', async () => {
    const content = { changes: [{ label: 'Thread', before: null, after: 'Hello' }] }
    const preview = { by: 'executor' as const, digest: pending.request.digest, content }
    const text = await textOf(() => withRequest({ preview, door: 'executor', reason: 'A post' }))
    expect(text).toContain('computed and signed by the executor')
    expect(text).toContain('Reason, in the words of forum.example')
  })

  it('names the agents behind the one that asks', async () => {
    const act = { sub: 'helpdesk-agent', act: { sub: 'planner', act: { sub: 'root' } } }
    expect(await textOf(() => withRequest({ act }))).toContain(
      'acting for planner claimed, not verified acting for root claimed, not verified',
    )
  })

  it('tells proven agents from claims', async () => {
    const act = { sub: 'helpdesk-agent', act: { sub: 'planner', act: { sub: 'root' } } }
    expect(await textOf(() => withRequest({ act, actors: ['planner', 'root'] }))).toContain(
      'acting for planner proven acting for root proven',
    )
  })

  it('says what was erased', async () => {
    const text = await textOf(() => withRequest({ action: null }))
    expect(text).toContain('Run forum.post')
    expect(text).toContain('The arguments were erased')
  })
})

const STOP: KillSwitch = {
  ...{ id: 'k'.repeat(22), trace: '0'.repeat(32), selector: { agent: 'helpdesk-agent' }, reason: 'Odd calls' },
  ...{ engagedAtMs: 0, engagedBy: 'operator', releasedAtMs: null, releaseRequest: null },
  hits: { tokens: 0, pending: 0, executors: 0 },
}

describe('a request that is settled', () => {
  const approved = () => ({
    state: 'approved' as const,
    ...withRequest({ state: 'approved', decidedAt: authority.now() }),
  })
  const entry = (type: string, more: object = {}) => ({ v: 1, type, at: authority.now(), ...more })

  it('waits for the others of its quorum', async () => {
    const text = await textOf(() => ({ ...quorum(3, 1), consentedByMe: true }))
    expect(text).toContain('You consented: 1 of 3')
    expect(text).toContain('2 more people must consent, the next from “approver”. Nothing happens until then.')
  })

  it.each([
    ['token.redeemed', {}, 'Approved, in progress'],
    ['outcome.reported', { outcome: 'succeeded' }, 'Approved and done'],
    ['outcome.reported', { outcome: 'failed' }, 'Approved, but failed'],
    ['outcome.reported', { outcome: 'aborted' }, 'Approved, but aborted'],
    ['outcome.missing', {}, 'Approved, outcome unknown'],
    ['token.revoked', {}, 'Approved, then revoked'],
  ])('tells what became of it: %s %j', async (type, more, title) => {
    expect(await textOf(approved, [entry('request.created'), entry(type, more)])).toContain(title)
  })

  it('tells the story in order, the reader as “you”', async () => {
    const entries = [
      entry('request.created', { agent: 'helpdesk-agent' }),
      entry('consent.given', { approver: 'ada' }),
      entry('consent.given', { approver: 'sam' }),
      entry('something.new'),
    ]
    const text = await textOf(approved, entries)
    expect(text.indexOf('by helpdesk-agent')).toBeLessThan(text.indexOf('You consented'))
    expect(text.indexOf('You consented')).toBeLessThan(text.indexOf('sam consented'))
  })

  it.each([
    ['denied', 'Nothing happened, and nothing will'],
    ['expired', 'The time to answer ran out'],
    ['withdrawn', 'The agent withdrew this request'],
    ['stopped', 'It was revoked, or its agent or executor was removed'],
  ] as const)('is plain about %s', async (state, words) => {
    expect(await textOf(() => ({ state }))).toContain(words)
  })

  it.each([
    ['asked', 'its approval cannot be used'],
    ['token.redeemed', null],
    ['outcome.reported', null],
    ['token.revoked', null],
    ['pending', 'it can be denied, but not approved'],
    ['denied', null],
    ['expired', null],
    ['withdrawn', null],
    ['stopped', null],
    ['changed', null],
  ] as const)('is stopped by a kill switch only where its call can still begin: %s', async (end, words) => {
    const isState = !end.includes('.') && end !== 'asked'
    const entries = isState ? [] : [entry('request.created'), entry(end, { outcome: 'succeeded' })]
    const reached = isState ? { state: end as RequestForApprover['state'] } : approved()
    const text = await textOf(() => ({ ...reached, stoppedNow: true }), entries, [STOP])
    expect(text.includes('A kill switch stops this request.')).toBe(words !== null)
    expect(text).toContain(words ?? 'Back to the inbox')
  })

  it('quotes the person who denied it, and says that the agent is told', async () => {
    const denial = { by: 'sam', reason: 'Wrong <b>board</b>' }
    const text = await textOf(() => ({ state: 'denied', deniedBy: 'Sam', ...withRequest({ denial }) }))
    expect(text).toContain('Sam denied it. Nothing happened, and nothing will. The agent is told this reason')
    expect(text).toContain('Wrong &lt;b&gt;board&lt;/b&gt;')
  })

  it.each([
    [{}, 'Withdrawn', 'by its agent'],
    [{ approver: 'sam' }, 'Stopped', 'by sam'],
    [{ by: 'operator' }, 'Stopped', 'by an operator'],
    [{ cause: 'agent.removed' }, 'Stopped', 'its agent was removed'],
  ])('tells who ended it: %j', async (members, _, detail) => {
    const entries = [entry('request.created'), entry('request.withdrawn', members)]
    expect(await textOf(() => ({ state: 'stopped' }), entries)).toContain(detail)
  })
})
