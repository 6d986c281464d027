/**
 * Policies that are decided elsewhere, through the real API: any AuthZEN engine, the real Cerbos, and OPA's Data API as
 * its specification has it. Whatever an engine does wrong is a denial with words, a line in the log and a count.
 */
import { OPAClient } from '@open-policy-agent/opa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { read } from '../docs/documents.ts'
import { approvedToken, type Cast, propose, startCast, storyOf } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed, OPERATOR, postAction } from '../setup/authority.ts'
import { cerbosProgram, startCerbos } from '../setup/cerbos.ts'
import { waitFor } from '../setup/wait-for.ts'
import { type Answer, type Engine, json, startEngine } from './stub-engine.ts'

const TERMS = { approvers: ['approver'], ttl_seconds: 60 }
const permit = (terms: unknown = TERMS): Answer => json({ decision: true, context: { terms } })

const settingsFor = (url: string, more: Record<string, string> = {}) => ({
  ...settingsInGuide('authzen', url),
  COUNTERSIGN_POLICY_TIMEOUT_MS: '10000',
  ...more,
})

/** The settings that the guide gives for an engine, which runs at `url` here. */
function settingsInGuide(engine: string, url: string): Record<string, string> {
  const block = read('src/docs/policy.md').blocks.find(({ language }) => language === `ini ${engine}`)
  const pairs = [...(block?.text ?? '').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])
  const settings: Record<string, string> = Object.fromEntries(pairs)
  const { pathname, search } = new URL(String(settings['COUNTERSIGN_POLICY_URL']))
  return { ...settings, COUNTERSIGN_POLICY_URL: `${url}${pathname}${search}` }
}

const ask = ({ agent }: Cast, more: Parameters<typeof postAction>[1] = {}) =>
  agent.propose({ body: { audience: FORUM, action: postAction('Hello', more) } })

describe('an AuthZEN engine', () => {
  let engine: Engine
  let cast: Cast
  beforeAll(async () => {
    engine = await startEngine(permit())
    const more = { COUNTERSIGN_POLICY_CREDENTIAL: 'secret-of-the-engine', COUNTERSIGN_POLICY_CONTEXT: '{"zone":"eu"}' }
    cast = await startCast({ settings: settingsFor(engine.url, more) })
  })
  afterEach(() => engine.answers(permit()))
  afterAll(async () => {
    await cast.authority.stop()
    await engine.stop()
  })

  it('is asked in the words of the standard, with the added context and the credential', async () => {
    await propose(cast.agent)
    expect(engine.asked.at(-1)).toMatchObject({
      url: '/access/v1/evaluation',
      headers: { authorization: 'Bearer secret-of-the-engine', 'content-type': 'application/json' },
      body: {
        subject: { type: 'agent', id: 'helpdesk-agent', properties: { principals: ['helpdesk-agent'], run_by: null } },
        action: { name: 'forum.post', properties: { board: 'eng', thread: 42, text: 'Hello' } },
        resource: { type: 'executor', id: 'forum:eng/threads/42', properties: { audience: FORUM } },
        context: { principal: 'helpdesk-agent', effect: 'write', reversible: true, zone: 'eu' },
      },
    })
  })

  it('is asked again when somebody consents, when the token is collected and when it is redeemed, over one connection', async () => {
    const before = engine.asked.length
    const { token, request } = await approvedToken(cast.agent, cast.ben)
    expect(engine.asked.length - before).toBe(4)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    expect(engine.asked.length - before).toBe(5)
    expect(new Set(engine.asked.slice(before).map(({ body }) => JSON.stringify(body['action']))).size).toBe(1)
    expect(engine.connections()).toBe(1)
    expect(await storyOf(cast.authority, request.trace)).toContain('token.redeemed')
  })

  it('is asked once for all who look at a waiting request meanwhile', async () => {
    const { id } = await propose(cast.agent)
    const before = engine.asked.length
    const held: (() => void)[] = []
    engine.answers((response, asked) => void held.push(() => permit()(response, asked)))
    const looks = Array.from({ length: 5 }, () => cast.agent.call('collectToken', { params: { id } }))
    await waitFor(() => expect(held).toHaveLength(1))
    engine.answers(permit())
    for (const answer of held) answer()
    for (const look of await Promise.all(looks)) expectRefusal(look, 'request_pending')
    expect(engine.asked.length - before).toBeLessThan(5)
  })

  it('gives terms: who is asked, how many, and how long the token lives', async () => {
    engine.answers(permit({ approvers: [{ groups: ['approver', 'admin'], count: 2 }], ttl_seconds: 30 }))
    const request = await propose(cast.agent)
    expect(request).toMatchObject({ state: 'pending', quorum: 2 })
    mustSucceed(await cast.ben.consent(request.id))
    mustSucceed(await cast.ada.consent(request.id))
    const { expires_at } = mustSucceed(await cast.agent.call('collectToken', { params: { id: request.id } }))
    expect(expires_at - cast.authority.now()).toBeLessThanOrEqual(30)
  })

  it('allows at once where its terms name nobody', async () => {
    engine.answers(permit({}))
    expect(mustSucceed(await ask(cast))).toMatchObject({ state: 'approved', decision: 'allow', quorum: 0 })
  })

  it('denies in its own words, shortened to a line', async () => {
    engine.answers(json({ decision: false, context: { reason: 'Threads\n are\u202e closed.' } }))
    const refused = await ask(cast)
    expect(refused).toMatchObject({ ok: false, status: 403, problem: { code: 'policy_denied' } })
    expect(refused.ok || refused.problem.detail).toContain('The policy engine denies it: “Threads are closed.”')
    expect(refused.ok || refused.problem.detail).toMatch(/Trace [0-9a-f]{32}\.$/)
  })

  it('denies what it allowed before: the token is not issued, or not redeemed, after one question', async () => {
    const request = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(request.id))
    engine.answers(json({ decision: false }))
    const id = { params: { id: request.id } }
    expect(await cast.agent.call('collectToken', id)).toMatchObject({ ok: false, problem: { code: 'policy_denied' } })
    engine.answers(permit())
    const { token } = mustSucceed(await cast.agent.call('collectToken', id))
    engine.answers(json({ decision: false }))
    const before = engine.asked.length
    const refused = await cast.forum.client.call('redeem', { body: { token } })
    expect(refused).toMatchObject({ ok: false, problem: { code: 'policy_denied' } })
    expect(engine.asked.length - before).toBeLessThan(5)
  })

  it('has no say about the authority itself: an admin’s consent is needed, and is enough', async () => {
    engine.answers(json({ decision: false }))
    const before = engine.asked.length
    await administer(cast.authority, cast.ada, {
      name: 'countersign.agent.add',
      resource: 'agent:newcomer',
      arguments: { id: 'newcomer' },
    })
    expect(engine.asked.length).toBe(before)
  })

  it('is not asked about what no catalogue names', async () => {
    const before = engine.asked.length
    expect(await ask(cast, { name: 'forum.unknown' })).toMatchObject({ problem: { code: 'policy_denied' } })
    expect(engine.asked.length).toBe(before)
  })

  const raw =
    (text: string, status = 200, headers: Record<string, string> = {}): Answer =>
    (response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(text)
    }
  const yes = '{"decision":true,"context":{"terms":{}}}'

  const FAULTS: readonly (readonly [string, string, Answer, RegExp])[] = [
    ['another status', 'status', raw(yes, 201), /status 201/],
    ['a server error', 'status', raw(yes, 500), /status 500/],
    ['a redirect to a yes', 'redirect', raw(yes, 307, { location: '/yes' }), /redirect/],
    ['HTML', 'media_type', raw('<p>yes</p>', 200, { 'content-type': 'text/html' }), /other than JSON/],
    ['no media type', 'media_type', (response) => response.end(yes), /other than JSON/],
    ['broken JSON', 'json', raw(yes.slice(0, -1)), /invalid JSON/],
    [
      'text that is not UTF-8',
      'json',
      (response) => {
        response.setHeader('content-type', 'application/json').end(Buffer.from([0x22, 0xff, 0x22]))
      },
      /invalid JSON/,
    ],
    ['two decisions', 'json', raw('{"decision":false,"decision":true,"context":{"terms":{}}}'), /invalid JSON/],
    [
      'endless text',
      'size',
      (response) => {
        response.setHeader('content-type', 'application/json')
        const more = () => response.write('[1,'.repeat(4096), more)
        response.on('error', () => {})
        more()
      },
      /more than 65536 bytes/,
    ],
    ['a list', 'nonsense', json([]), /no decision/],
    ['no decision', 'nonsense', json({}), /no decision/],
    ['a decision in a string', 'nonsense', json({ decision: 'true' }), /no decision/],
    ['a decision of one', 'nonsense', json({ decision: 1 }), /no decision/],
    ['a yes without terms', 'nonsense', json({ decision: true }), /no terms/],
    ['a yes with terms elsewhere', 'nonsense', json({ decision: true, terms: {} }), /no terms/],
    ['terms of null', 'nonsense', permit(null), /do not fit/],
    ['a misspelt member of the terms', 'nonsense', permit({ aprovers: ['approver'] }), /unknown member aprovers/],
    ['a quorum of nine', 'nonsense', permit({ approvers: [{ groups: ['approver'], count: 9 }] }), /do not fit/],
    ['a token for a day', 'nonsense', permit({ ...TERMS, ttl_seconds: 86_400 }), /do not fit/],
    ['a group without a name', 'nonsense', permit({ approvers: [''] }), /do not fit/],
    ['nobody in a requirement', 'nonsense', permit({ approvers: [{ groups: [] }] }), /do not fit/],
  ]

  it.each(FAULTS)('that answers with %s denies', async (_, verdict, answer, words) => {
    engine.answers(answer)
    const before = cast.authority.logs.length
    const refused = await ask(cast)
    expect(refused).toMatchObject({ ok: false, status: 403, problem: { code: 'policy_denied' } })
    expect(refused.ok || refused.problem.detail).toMatch(words)
    expect(refused.ok || refused.problem.detail).toContain('The policy engine did not decide.')
    const lines = cast.authority.logs.slice(before).filter(({ event }) => event === 'policy.engine_failed')
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', verdict })])
    expect(await metric(`countersign_engine_answers_total{verdict="${verdict}"}`)).toBeGreaterThan(0)
  })

  const metric = async (name: string): Promise<number> => {
    const headers = { authorization: `Bearer ${OPERATOR}` }
    const answer = await cast.authority.fetch(`${cast.authority.config.origin}/metrics`, { headers })
    const line = (await answer.text()).split('\n').find((one) => one.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1) ?? Number.NaN)
  }

  it('may say more than the standard has', async () => {
    engine.answers(json({ decision: true, decision_id: '7', context: { terms: TERMS, advice: [] }, extra: [1] }))
    expect(mustSucceed(await ask(cast))).toMatchObject({ state: 'pending' })
  })

  it('leaves the refusal in the ledger', async () => {
    engine.answers(json({ decision: 'yes' }))
    const refused = await ask(cast, { resource: 'forum:ops' })
    const trace = /Trace ([0-9a-f]{32})/.exec(refused.ok ? '' : refused.problem.detail)?.[1] ?? ''
    expect(await storyOf(cast.authority, trace)).toEqual(['request.created', 'request.decided'])
  })
})

describe('an engine that does not answer', () => {
  it('is given up at its deadline, also in the middle of an answer, and everything waits no longer', async () => {
    const engine = await startEngine((response) => {
      response.setHeader('content-type', 'application/json')
      response.write('{"decision":')
    })
    const cast = await startCast({ settings: settingsFor(engine.url, { COUNTERSIGN_POLICY_TIMEOUT_MS: '50' }) })
    const refused = await ask(cast)
    expect(refused.ok || refused.problem.detail).toContain('It did not answer within 50 ms.')
    expect(engine.asked).toHaveLength(1)
    await engine.stop()
    const unreachable = await ask(cast)
    expect(unreachable.ok || unreachable.problem.detail).toContain('It cannot be reached.')
    await cast.authority.stop()
  })

  it('has a bounded number of calls at once', async () => {
    const held: (() => void)[] = []
    const engine = await startEngine((response) => void held.push(() => permit({})(response, engine.asked[0] as never)))
    const cast = await startCast({ settings: settingsFor(engine.url) })
    const calls = Array.from({ length: 128 }, () => ask(cast))
    await expect.poll(() => held.length).toBe(128)
    const refused = await ask(cast)
    expect(refused.ok || refused.problem.detail).toContain('It has 128 calls under way.')
    for (const answer of held) answer()
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true)
    await cast.authority.stop()
    await engine.stop()
  })
})

describe('the version that an engine reports', () => {
  it('is part of the digest that people sign', async () => {
    const engine = await startEngine(json({ decision: true, context: { terms: TERMS, version: 'one' } }))
    const settings = settingsFor(engine.url, { COUNTERSIGN_POLICY_VERSION: '/context/version' })
    const cast = await startCast({ settings })
    const policyOf = async () => {
      const { trace } = await propose(cast.agent)
      const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace } }))
      return entries.find(({ type }) => type === 'request.decided')?.['policy']
    }
    const first = await policyOf()
    expect(first).toMatch(/^sha-256:/)
    expect(await policyOf()).toBe(first)
    engine.answers(json({ decision: true, context: { terms: TERMS, version: 'two' } }))
    expect(await policyOf()).not.toBe(first)
    engine.answers(permit())
    expect(await ask(cast)).toMatchObject({ problem: { detail: expect.stringContaining('no version') } })
    await cast.authority.stop()
    await engine.stop()
  })
})

const FORUM_POLICY = `
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: executor
  rules:
    - name: reads
      actions: ["forum.read"]
      effect: EFFECT_ALLOW
      roles: ["agent"]
      output: { when: { ruleActivated: "{}" } }
    - name: replies
      actions: ["forum.post"]
      effect: EFFECT_ALLOW
      roles: ["agent"]
      condition: { match: { expr: 'R.attr.arguments.thread < 100' } }
      output: { when: { ruleActivated: '{"approvers": ["approver"], "ttl_seconds": 60}' } }
    - name: announcements
      actions: ["forum.post"]
      effect: EFFECT_ALLOW
      roles: ["agent"]
      condition: { match: { expr: 'R.attr.arguments.board == "news"' } }
      output: { when: { ruleActivated: '{"approvers": ["admin"], "ttl_seconds": 30}' } }
`

describe.skipIf(cerbosProgram === undefined)('Cerbos', () => {
  it('decides, with terms from the outputs of all rules that permit', async () => {
    const cerbos = await startCerbos([FORUM_POLICY])
    const cast = await startCast({
      settings: {
        ...settingsInGuide('cerbos', cerbos.url),
        COUNTERSIGN_POLICY_TIMEOUT_MS: '10000',
        COUNTERSIGN_POLICY_VERSION: '/context/cerbos.response/results/0/meta/actions/*/matchedPolicy',
      },
    })
    expect(mustSucceed(await ask(cast, { name: 'forum.read' }))).toMatchObject({ state: 'approved', decision: 'allow' })
    expect(mustSucceed(await ask(cast))).toMatchObject({ state: 'pending', quorum: 1 })
    const news = { arguments: { board: 'news', thread: 1, text: 'Hello' } }
    expect(mustSucceed(await ask(cast, news))).toMatchObject({ state: 'pending', quorum: 2 })
    const old = { arguments: { board: 'eng', thread: 100, text: 'Hello' } }
    expect(await ask(cast, old)).toMatchObject({ ok: false, problem: { code: 'policy_denied' } })
    expect(await ask(cast, { name: 'forum.delete' })).toMatchObject({ ok: false, problem: { code: 'policy_denied' } })
    const { token } = await approvedToken(cast.agent, cast.ben)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    await cast.authority.stop()
    await cerbos.stop()
  })
})

/** OPA's Data API: `POST /v1/data/<path>` with `{ input }` gives `{ result }`, or no result where it is undefined. */
const opaThatDecides =
  (decide: (input: Record<string, Record<string, unknown>>) => unknown): Answer =>
  (response, { url, body }) => {
    const isDecision = new URL(url, 'http://opa').pathname === '/v1/data/countersign/decision'
    const result = isDecision ? decide(body['input'] as Record<string, Record<string, unknown>>) : undefined
    const version = { build_commit: '', build_hostname: '', build_timestamp: '2026-10-30T08:00:00Z', version: '1.10.0' }
    const provenance = { ...version, bundles: { rules: { revision: 'r1' } } }
    json({
      decision_id: '4ca636c1-55e4-417a-b1d8-4aceb67960d1',
      provenance,
      ...(result === undefined ? {} : { result }),
    })(response, { url, body, headers: {} })
  }

describe('OPA', () => {
  const rules = opaThatDecides(({ action, arguments: args }) => {
    if (action?.['name'] === 'forum.read') return { allow: true, terms: {} }
    if (args?.['thread'] === 42) return { allow: true, terms: TERMS }
    return args?.['thread'] === 43 ? { allow: false, reason: 'Thread 43 is closed.' } : undefined
  })

  it('decides through its Data API', async () => {
    const opa = await startEngine(rules)
    const cast = await startCast({
      settings: { ...settingsInGuide('opa', opa.url), COUNTERSIGN_POLICY_TIMEOUT_MS: '10000' },
    })
    expect(mustSucceed(await ask(cast, { name: 'forum.read' }))).toMatchObject({ state: 'approved', decision: 'allow' })
    expect(mustSucceed(await ask(cast))).toMatchObject({ state: 'pending', quorum: 1 })
    expect(opa.asked.at(-1)?.body).toMatchObject({
      input: {
        agent: { id: 'helpdesk-agent' },
        action: { name: 'forum.post', effect: 'write' },
        resource: 'forum:eng/threads/42',
        arguments: { thread: 42 },
      },
    })
    const closed = await ask(cast, { arguments: { thread: 43 } })
    expect(closed.ok || closed.problem.detail).toContain('“Thread 43 is closed.”')
    expect(await ask(cast, { arguments: { thread: 44 } })).toMatchObject({ problem: { code: 'policy_denied' } })
    opa.answers(json({ provenance: { bundles: { rules: { revision: 'r1' } } }, result: 'yes' }))
    const nonsense = await ask(cast)
    expect(nonsense.ok || nonsense.problem.detail).toContain('no result that is true or false')
    await cast.authority.stop()
    await opa.stop()
  })

  it('answers its own client as it answers the authority', async () => {
    const opa = await startEngine(rules)
    const client = new OPAClient(opa.url)
    const input = { action: { name: 'forum.post' }, arguments: { thread: 42 } }
    expect(await client.evaluate('countersign/decision', input)).toEqual({ allow: true, terms: TERMS })
    expect(await client.evaluate('countersign/decision', { arguments: { thread: 44 } })).toBeUndefined()
    expect(opa.asked.map(({ url, body }) => ({ url, body }))).toEqual([
      { url: '/v1/data/countersign/decision', body: { input } },
      { url: '/v1/data/countersign/decision', body: { input: { arguments: { thread: 44 } } } },
    ])
    await opa.stop()
  })
})
