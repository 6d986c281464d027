/** Drafts of the policy: checked with line, column and suggestion, tried on a call, replayed on past requests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { createDraftThreads, type DraftThreads } from '../../src/node/drafts/draft-threads.ts'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { dpopKey } from '../http/dpop.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { bundled } from '../setup/bundle.ts'

let cast: Cast
let threads: DraftThreads
beforeAll(async () => {
  threads = createDraftThreads(await bundled('src/node/drafts/draft-thread.ts', 'draft-thread'))
  cast = await startCast({ drafts: threads })
})
afterAll(async () => {
  await cast.authority.stop()
  await threads.end()
})

/** As they are committed; the index that `count` reads follows later. */
const entries = async () => (await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })).length
const check = (text: string) => cast.ada.page.call('checkDraft', { body: { text } })
const STRICT = DEFAULT_POLICY.replace(
  '@id("reads")',
  '@id("no threads above 40")\nforbid (principal, action, resource is Resource)\nwhen { context.input has thread && context.input.thread > 40 };\n\n@id("reads") @approvers("admin")',
)

describe('checking', () => {
  it('names the policies of a draft that compiles', async () => {
    const { problems, policies } = mustSucceed(await check(DEFAULT_POLICY))
    expect(problems).toEqual([])
    expect(policies).toContainEqual({ id: 'reads', effect: 'permit', actions: null })
  })

  it.each([
    ['permit (principal, action, resource)\nwhen { context.input.amount < };', 2],
    ['// ü and 😀\npermit (principal, action, resource) when { true } unless { };', 2],
    ['@approver("finance")\npermit (principal, action, resource);', 1],
    [`permit (principal, action, resource) when { ${'('.repeat(200)}true${')'.repeat(200)} };`, 1],
    [`permit (principal, action, resource) when { ${'true && '.repeat(400)}true };`, 1],
    ['permit (principal, action, resource)', 1],
    ['nonsense', 1],
  ])('says where a draft is wrong: %s', async (text, line) => {
    const { problems } = mustSucceed(await check(text))
    expect(problems[0]).toMatchObject({ line, column: expect.any(Number), message: expect.stringMatching(/\.$/) })
    expect(problems[0]?.column).toBeGreaterThan(0)
  })

  it('suggests what was meant', async () => {
    const { problems } = mustSucceed(await check('@aprovers("finance")\npermit (principal, action, resource);'))
    expect(problems[0]?.suggestion).toContain('approvers')
  })

  it('finds what no call has, and warns of what may be absent', async () => {
    const text = `@id("a")\npermit (principal, action, resource)\nwhen { context.efect == "read" || principal.owner == "${cast.ada.id}" };`
    const { problems, warnings, policies } = mustSucceed(await check(text))
    expect(problems).toEqual([
      { line: 3, column: 8, message: 'Attribute `efect` in context not found.', suggestion: 'context.effect' },
    ])
    expect(warnings).toMatchObject([{ line: 3, column: 35, message: expect.stringContaining('may be absent') }])
    expect(policies).toHaveLength(1)
    const misspelt = '@id("b")\npermit (principal, action == Action::"forum.pots", resource);'
    expect(mustSucceed(await check(misspelt))).toMatchObject({ problems: [], warnings: [{ suggestion: 'forum.post' }] })
  })

  it('warns of a group that nobody made, until somebody makes it', async () => {
    const text = '@id("refunds")\n@approvers("admin and approvr")\npermit (principal, action, resource);'
    expect(mustSucceed(await check(text))).toMatchObject({
      problems: [],
      warnings: [
        {
          line: 2,
          column: 12,
          message: 'Policy “refunds” names the group “approvr”, which does not exist.',
          suggestion: 'approver',
        },
      ],
    })
    await administer(cast.authority, cast.ada, {
      name: 'countersign.group.add',
      resource: 'group:approvr',
      arguments: { name: 'approvr', members: [cast.ada.id] },
    })
    expect(mustSucceed(await check(text)).warnings).toEqual([])
  })

  it('is for operators and admins', async () => {
    mustSucceed(await cast.authority.operator.call('checkDraft', { body: { text: DEFAULT_POLICY } }))
    expectRefusal(await cast.ben.page.call('checkDraft', { body: { text: '' } }), 'forbidden')
    expectRefusal(await cast.agent.call('checkDraft', { body: { text: '' } }), 'forbidden')
  })
})

describe('trying', () => {
  const call = { agent: 'helpdesk-agent', audience: FORUM, name: 'forum.read', resource: 'forum:eng' }
  const attempt = (text: string, more: object = {}) =>
    cast.authority.operator.call('tryDraft', { body: { text, call: { ...call, ...more } } })

  it('shows the decision of the draft beside that of the policy in force', async () => {
    const tried = mustSucceed(await attempt(STRICT))
    expect(tried).toMatchObject({ in_force: { effect: 'allow' }, draft: { effect: 'approval', groups: ['admin'] } })
    const forbidden = mustSucceed(await attempt(STRICT, { arguments: { thread: 42 } }))
    expect(forbidden.draft).toMatchObject({ effect: 'deny', policies: ['no threads above 40'] })
  })

  it('takes a proven chain of agents, whose names and types it knows', async () => {
    const text = `${DEFAULT_POLICY}
@id("no planner") forbid (principal, action, resource is Resource)
when { context.depth > 1 && context.actors.contains(Agent::"planner") };`
    expect(mustSucceed(await check(text)).problems).toEqual([])
    expect(mustSucceed(await check(text.replace('"planner"', '"planner", 1'))).problems).not.toEqual([])
    const draftOf = async (more: object) => mustSucceed(await attempt(text, more)).draft?.effect
    expect([await draftOf({}), await draftOf({ actors: ['planner'] })]).toEqual(['allow', 'allow'])
    expect(await draftOf({ actors: ['research', 'planner'] })).toBe('deny')
    expectRefusal(await attempt(text, { actors: ['Not an id'] }), 'invalid_request')
  })

  it('says what is wrong with the draft, or with the call', async () => {
    expect(mustSucceed(await attempt('nonsense'))).toMatchObject({ draft: null, problems: [{ line: 1 }] })
    expectRefusal(await attempt(STRICT, { agent: 'nobody' }), 'not_found')
    expectRefusal(await attempt(STRICT, { audience: 'https://nowhere.example' }), 'not_found')
    expectRefusal(await attempt(STRICT, { name: 'two words' }), 'invalid_request')
  })

  it('asks nobody and writes nothing', async () => {
    const before = await entries()
    mustSucceed(await attempt(STRICT))
    expect(await entries()).toBe(before)
  })
})

describe('replaying', () => {
  const replay = (text: string, more: object = {}) =>
    cast.authority.operator.call('replayDraft', { body: { text, days: 30, ...more } })

  it('counts what would have been decided otherwise, and shows it', async () => {
    const low = await propose(cast.agent, { arguments: { board: 'eng', thread: 4 } })
    cast.authority.advance(1)
    const high = await propose(cast.agent, { arguments: { board: 'eng', thread: 44 } })
    cast.authority.advance(1)
    const read = mustSucceed(
      await cast.agent.propose({
        body: { audience: FORUM, action: postAction('', { name: 'forum.read', arguments: {} }) },
      }),
    )
    const page = mustSucceed(await replay(STRICT))
    expect(page).toMatchObject({ total: 3, examined: 3, unknown: 0, next: null })
    expect(page.changes).toEqual({ same: 1, newly_asked: 1, newly_denied: 1 })
    expect(page.differences.map(({ id, change }) => [id, change])).toEqual([
      [read.id, 'newly_asked'],
      [high.id, 'newly_denied'],
    ])
    const same = mustSucceed(await replay(DEFAULT_POLICY))
    expect(same.changes).toEqual({ same: 3 })
    const after = { created_at: low.created_at, id: low.id }
    expect(mustSucceed(await replay(STRICT, { after }))).toMatchObject({ total: null, examined: 0 })
  })

  it('has fewer calls on a page whose texts are long, and misses none', async () => {
    const of = await startCast({ drafts: threads, settings: { COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '1000' } })
    const text = 'x'.repeat(60_000)
    for (let at = 0; at < 40; at++) await propose(of.agent, { arguments: { board: 'eng', thread: at, text } })
    const pages: { examined: number; changes: object }[] = []
    for (let after: { created_at: number; id: string } | null | undefined; after !== null; ) {
      const body = { text: DEFAULT_POLICY, days: 30, ...(after ? { after } : {}) }
      const page = mustSucceed(await of.authority.operator.call('replayDraft', { body }))
      pages.push(page)
      after = page.next
    }
    await of.authority.stop()
    expect(pages.reduce((sum, { examined }) => sum + examined, 0)).toBe(40)
    expect(pages.length).toBeGreaterThan(1)
    expect(Math.max(...pages.map(({ examined }) => examined))).toBeLessThan(30)
    expect(pages.filter(({ examined }) => examined > 0).map(({ changes }) => Object.keys(changes))).toEqual(
      pages.filter(({ examined }) => examined > 0).map(() => ['same']),
    )
  })

  it('counts what a draft reads of earlier calls as nothing', async () => {
    const fact = '// @fact posts = count of "forum.*" within 1 hour per agent\n'
    const budget = `${fact}@id("budget")\npermit (principal, action, resource) when { context.history.posts < 3 };`
    const { problems, changes } = mustSucceed(await replay(budget))
    expect(problems).toEqual([])
    expect(changes.newly_denied).toBeUndefined()
    expect(changes.newly_allowed).toBeGreaterThan(0)
  })

  it('says what it cannot judge', async () => {
    const { id } = await propose(cast.agent)
    await asDatabaseOwner(cast.authority, (sql) => sql`DELETE FROM payloads WHERE subject = ${id}`)
    expect(mustSucceed(await replay(STRICT))).toMatchObject({ examined: 4, unknown: 1 })
    const altered = await propose(cast.agent)
    await asDatabaseOwner(cast.authority, (sql) => sql`UPDATE requests SET terms = '7' WHERE id = ${altered.id}`)
    expect(mustSucceed(await replay(STRICT))).toMatchObject({ examined: 5, unknown: 2 })
    await asDatabaseOwner(cast.authority, (sql) => sql`DELETE FROM requests WHERE id = ${altered.id}`)
  })

  it('judges the request for a grant by calls at the ends of its bounds, as it was decided', async () => {
    const { proof } = await dpopKey(cast.authority.now)
    const body = {
      audience: FORUM,
      action: postAction('', { arguments: { board: 'eng', text: 'Hello' } }),
      bounds: { uses: 5, arguments: { thread: { max: 50 } } },
    }
    const headers = { dpop: await proof('POST', `${cast.authority.config.origin}/requests`) }
    const grant = mustSucceed(await cast.agent.call('openRequest', { body, headers }))
    const { differences } = mustSucceed(await replay(STRICT))
    expect(differences).toContainEqual(
      expect.objectContaining({
        id: grant.id,
        change: 'newly_denied',
        would: expect.objectContaining({ reason: expect.stringContaining('These bounds are too wide') }),
      }),
    )
    const same = mustSucceed(await replay(DEFAULT_POLICY)).differences
    expect(same.map(({ id }) => id)).not.toContain(grant.id)
    const before = mustSucceed(await replay(STRICT)).unknown
    for (const change of ["UPDATE payloads SET content = replace(content, '50', '10')", 'DELETE FROM payloads']) {
      await asDatabaseOwner(
        cast.authority,
        (sql) => sql`${sql.unsafe(change)} WHERE subject = ${grant.id} AND kind = 'bounds'`,
      )
      const later = mustSucceed(await replay(STRICT))
      expect(later.unknown).toBe(before + 1)
      expect(later.differences.map(({ id }) => id)).not.toContain(grant.id)
    }
  })

  it('refuses a draft that does not compile, with its problems', async () => {
    expect(mustSucceed(await replay('nonsense'))).toMatchObject({ problems: [{ line: 1 }], differences: [] })
  })
})

describe('the reach of an agent', () => {
  it('is the worst that it could do, by the policy in force', async () => {
    const { operator } = cast.authority
    const reach = mustSucceed(await operator.call('reachOfAgent', { params: { id: 'helpdesk-agent' } }))
    expect(reach.per_minute).toBe(100_000)
    expect(reach.executors.map(({ audience }) => audience).sort()).toEqual([cast.forum.audience, cast.wiki.audience])
    const actions = reach.executors.flatMap((executor) => executor.actions)
    expect(actions).toContainEqual(expect.objectContaining({ name: 'forum.read', effect: 'read', worst: 'alone' }))
    expect(actions).toContainEqual(
      expect.objectContaining({ name: 'forum.delete', reversible: false, worst: 'asked', quorum: 2 }),
    )
    expectRefusal(await operator.call('reachOfAgent', { params: { id: 'nobody' } }), 'not_found')
    expectRefusal(await cast.ben.page.call('reachOfAgent', { params: { id: 'helpdesk-agent' } }), 'forbidden')
  })

  it('is not known where an outside engine decides', async () => {
    const settings = { COUNTERSIGN_POLICY_ENGINE: 'opa', COUNTERSIGN_POLICY_URL: 'http://localhost:9/v1/data/rules' }
    const outside = await startCast({ settings })
    const answer = await outside.authority.operator.call('reachOfAgent', { params: { id: 'helpdesk-agent' } })
    expectRefusal(answer, 'forbidden')
    await outside.authority.stop()
  })
})

describe('a draft that breaks its engine', () => {
  it('breaks nothing else', async () => {
    const chain = `permit (principal, action, resource) when { context${'.a'.repeat(140)} == 1 };`
    await check(chain)
    expect(mustSucceed(await check(DEFAULT_POLICY)).problems).toEqual([])
    await propose(cast.agent)
  })

  it('cannot be tried where there is no thread for it', async () => {
    const elsewhere = await startCast({ drafts: null })
    const answer = await elsewhere.authority.operator.call('checkDraft', { body: { text: DEFAULT_POLICY } })
    expectRefusal(answer, 'forbidden')
    await elsewhere.authority.stop()
  })
})
