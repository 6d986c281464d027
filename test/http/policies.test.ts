/** The policy: read by version, published by an approved action alone, and examined before anybody is asked. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { administer, FORUM, mustSucceed, postAction, startAuthority } from '../setup/authority.ts'
import { approvedToken, type Cast, propose, startCast, storyOf } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const history = async () => mustSucceed(await cast.authority.operator.call('listPolicies'))
const actionOf = (version: number, text: string) => ({
  name: 'countersign.policy.publish',
  resource: 'policy',
  arguments: { version, text },
})
const proposed = async (text: string, version?: number) =>
  cast.authority.operator.call('openRequest', {
    body: {
      audience: cast.authority.config.origin,
      action: { ...actionOf(version ?? (await history()).in_force, text), salt: newSalt() },
    },
  })
const publish = async (text: string) => administer(cast.authority, cast.ada, actionOf((await history()).in_force, text))

const SETTINGS = '@id("settings") @approvers("admin") @self("yes") permit (principal, action, resource is Setting);'

describe('a new authority', () => {
  it('has the default policy as its first version, with an entry', async () => {
    const { in_force: inForce, versions } = await history()
    expect([inForce, versions]).toMatchObject([1, [{ version: 1, author: null, request: null }]])
    const policy = mustSucceed(await cast.authority.operator.call('viewPolicy', { params: { version: '1' } }))
    expect(policy).toMatchObject({ text: DEFAULT_POLICY, digest: versions[0]?.digest })
    const request = await propose(cast.agent)
    expect(request.policy).toEqual({
      digest: policy.digest,
      version: 1,
      decided: ['writes'],
      reason: 'Policy “writes” permits this once one approver consents.',
    })
  })

  it.each(['0', '-1', '2147483648', '99', 'x', '1.5', '1e1'])('has no version %s', async (version) => {
    expectRefusal(await cast.authority.operator.call('viewPolicy', { params: { version } }), 'not_found')
  })
})

describe('a policy that is published', () => {
  it('decides from then on, in every process, and what was asked before is decided again', async () => {
    const second = await startAuthority({
      databaseUrl: String(cast.authority.databaseUrl),
      settings: { COUNTERSIGN_ORIGIN: cast.authority.config.origin },
    })
    const waiting = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(waiting.id))
    const live = await approvedToken(cast.agent, cast.ben)
    const read = mustSucceed(
      await cast.agent.propose({ body: { audience: FORUM, action: postAction('x', { name: 'forum.read' }) } }),
    )
    await publish(`@id("no posts") @reason("Not this week.") forbid (principal, action == Action::"forum.post", resource);
      permit (principal, action, resource is Resource) when { context.effect == "read" };
      ${SETTINGS}`)
    const { agentSecret, forum } = cast
    for (const client of [cast.agent, second.client(agentSecret)]) {
      const denied = await client.call('openRequest', { body: { audience: FORUM, action: postAction() } })
      expectRefusal(denied, 'policy_denied')
      expect(denied).toMatchObject({
        problem: { detail: expect.stringContaining('Policy “no posts” forbids this. Not this week.') },
      })
    }
    expectRefusal(await cast.agent.call('collectToken', { params: { id: waiting.id } }), 'policy_denied')
    for (const executor of [forum.client, second.client(forum.credential)])
      expectRefusal(await executor.call('redeem', { body: { token: live.token } }), 'policy_denied')
    mustSucceed(await second.client(forum.credential).call('redeem', { body: { token: String(read.token) } }))
    await second.stop()
    await publish(DEFAULT_POLICY)
    mustSucceed(await forum.client.call('redeem', { body: { token: live.token } }))
  })

  it('names its author and request, shows what changed, and stays readable', async () => {
    const before = await history()
    const text = DEFAULT_POLICY.replace('@id("writes") @approvers("approver")', '@id("writes") @approvers("admin")')
    const opened = mustSucceed(await proposed(text))
    const request = await cast.authority.store.request(opened.id)
    expect(request?.preview?.content?.changes).toEqual([
      {
        label: 'Policy “writes”',
        before: expect.stringContaining('@approvers("approver")'),
        after: expect.stringContaining('@approvers("admin")'),
      },
    ])
    await publish(text)
    const { in_force: inForce, versions } = await history()
    expect(inForce).toBe(before.in_force + 1)
    expect(versions[0]).toMatchObject({ version: inForce, author: 'countersign-operator', request: expect.any(String) })
    expect(versions.slice(1)).toEqual(before.versions)
    await publish(DEFAULT_POLICY)
  })

  it('warns the admin of a name that nobody has, with its place', async () => {
    const text = `${DEFAULT_POLICY}@id("late") forbid (principal, action, resource is Resource)\nwhen { principal in Group::"nihgt" };`
    const { id } = mustSucceed(await proposed(text))
    const request = await cast.authority.store.request(id)
    expect(request?.preview?.content?.summary).toMatch(
      /not observed.* Warning: Line \d+, column 28: Policy “late” names the group of agents “nihgt”, which no agent is in\.$/,
    )
  })

  it('asks those who consented under another once more, where it asks more people', async () => {
    const live = await approvedToken(cast.agent, cast.ben)
    const waiting = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(waiting.id))
    await publish(
      DEFAULT_POLICY.replace('@id("writes") @approvers("approver")', '@id("writes") @approvers("2 approver")'),
    )
    expectRefusal(await cast.agent.call('collectToken', { params: { id: waiting.id } }), 'policy_denied')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'policy_denied')
    await publish(DEFAULT_POLICY)
  })

  it('takes the place of the version that was edited, and of no other', async () => {
    const { in_force: inForce } = await history()
    for (const version of [inForce - 1, inForce + 1])
      expect(await proposed(DEFAULT_POLICY, version)).toMatchObject({ status: 409 })
  })

  it('is published once, however many edited the same version', async () => {
    const { in_force: inForce } = await history()
    const actions = await Promise.all(
      ['// one', '// two'].map(async (comment) => {
        const action = { ...actionOf(inForce, `${DEFAULT_POLICY}${comment}`), salt: newSalt() }
        const body = { audience: cast.authority.config.origin, action }
        const { id } = mustSucceed(await cast.authority.operator.call('openRequest', { body }))
        mustSucceed(await cast.ada.consent(id))
        return { ...mustSucceed(await cast.authority.operator.call('collectToken', { params: { id } })), action }
      }),
    )
    const answers = await Promise.all(
      actions.map(({ action, token }) =>
        cast.authority.operator.call('administer', { body: { action }, headers: { 'approval-token': token } }),
      ),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect((await history()).in_force).toBe(inForce + 1)
    await publish(DEFAULT_POLICY)
  })
})

describe('a policy is refused that', () => {
  it.each([
    [
      'does not parse',
      'permit (principal, action, resource)\nwhen { context.input.a == "éé" && < };',
      'Line 2, column 35',
    ],
    ['does not end', 'permit (principal, action, resource)', 'has no end'],
    ['misspells a term', '@aprovers("approver") permit (principal, action, resource);', 'Write “@approvers” instead'],
    [
      'reads what no call has',
      `@approvers("approver") permit (principal, action, resource is Resource)\nwhen { context.signals.destructiv };${SETTINGS}`,
      'Line 2, column 8: Attribute `signals.destructiv` in context not found. Write “context.signals.destructive” instead.',
    ],
    [
      'compares what cannot be equal',
      `@approvers("approver") permit (principal, action, resource is Resource)\nwhen { context.people == "two" };${SETTINGS}`,
      'The types Long and String are not compatible',
    ],
    ['allows everything', `permit (principal, action, resource); ${SETTINGS}`, 'It allows everything'],
    [
      'allows everything by a truism',
      `permit (principal, action, resource) when { 1 == 1 || context.effect == "x" }; ${SETTINGS}`,
      'It allows everything',
    ],
    [
      'allows everything in pieces',
      `permit (principal, action, resource) when { context.effect == "write" }; permit (principal, action, resource) unless { context.effect == "write" }; ${SETTINGS}`,
      'It allows everything',
    ],
    [
      'locks every admin out',
      `forbid (principal, action, resource) when { true };${SETTINGS}`,
      'locks every admin out',
    ],
    [
      'forgets the settings',
      '@approvers("approver") permit (principal, action, resource is Resource);',
      'locks every admin out',
    ],
    [
      'errs on the settings',
      `forbid (principal, action, resource) when { context.input.amount > 5 }; ${SETTINGS}`,
      'locks every admin out',
    ],
    [
      'contradicts itself',
      `@id("a") @approvers("approver") permit (principal, action == Action::"forum.post", resource); @id("b") forbid (principal, action == Action::"forum.post", resource); ${SETTINGS}`,
      '“a” never permits anything',
    ],
    [
      'names two actors',
      `@id("a") @actor("one") @approvers("approver") permit (principal, action == Action::"x", resource); @id("b") @actor("two") @approvers("approver") permit (principal, action == Action::"x", resource); ${SETTINGS}`,
      'different actors',
    ],
    [
      'asks more people than there are',
      `@approvers("3 approver") permit (principal, action == Action::"x", resource is Resource); ${SETTINGS}`,
      'more people than there are',
    ],
    [
      'asks a group that is not there',
      `@approvers("aprover") permit (principal, action, resource is Resource); ${SETTINGS}`,
      'Write “approver”',
    ],
    [
      'nests too deeply',
      `permit (principal, action, resource) when { ${'('.repeat(200)}true${')'.repeat(200)} };`,
      'nests at most 64',
    ],
    [
      'combines too much',
      `permit (principal, action, resource) when { ${Array(400).fill('true').join(' && ')} };`,
      'at most 150 operators',
    ],
  ])('%s', async (_, text, words) => {
    const refused = await proposed(text)
    expectRefusal(refused, 'invalid_request')
    expect(refused).toMatchObject({ problem: { detail: expect.stringContaining(words) } })
  })
})

describe('a policy that asks a group', () => {
  const asking = (approvers: string, more = '') =>
    `@id("pay") @approvers("${approvers}") permit (principal, action == Action::"x", resource is Resource)${more}; ${SETTINGS}`
  const group = (verb: string, more: object = {}) =>
    administer(cast.authority, cast.ada, {
      name: `countersign.group.${verb}`,
      resource: 'group:finance',
      arguments: { name: 'finance', ...more },
    })
  const refusedWith = async (text: string) => {
    const refused = await proposed(text)
    expectRefusal(refused, 'invalid_request')
    return refused.ok ? '' : String(refused.problem.detail)
  }

  it('of fewer members than it needs is refused, and so is one of nobody', async () => {
    await group('add', { members: [cast.ben.id] })
    mustSucceed(await proposed(asking('finance')))
    expect(await refusedWith(asking('2 finance'))).toContain(
      'It needs 2 different people from the group “finance”, and there are only 1.',
    )
    expect(await refusedWith(asking('finance and 2 finance, approver'))).toContain('It needs 3 different people')
    const suspend = { params: { id: cast.ben.id } }
    mustSucceed(await cast.authority.operator.call('suspendPerson', suspend))
    expect(await refusedWith(asking('finance'))).toContain('Nobody is in the group “finance”.')
    expect(await refusedWith(asking('finance', ' when { context.people > 1 }'))).toContain('Nobody is in the group')
    await group('remove')
    expect(await refusedWith(asking('finance'))).toContain('asks the group “finance”, which does not exist')
  })
})

it('a denial is explained by its trace, whoever may read it', async () => {
  const denied = await cast.agent.call('openRequest', {
    body: { audience: 'https://forum.example', action: postAction('x', { name: 'forum.launch' }) },
  })
  const trace = /Trace ([0-9a-f]{32})/.exec(denied.ok ? '' : (denied.problem.detail ?? ''))?.[1] ?? ''
  expect(await storyOf(cast.authority, trace)).toContain('request.decided')
  const { entries } = mustSucceed(await cast.agent.call('trace', { params: { trace } }))
  expect(entries.find(({ type }) => type === 'request.decided')).toMatchObject({
    decision: 'deny',
    policies: [],
    reason: 'The catalogue of https://forum.example has no action forum.launch.',
  })
})
