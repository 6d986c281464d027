/** Observe mode: a draft decides beside the policy in force, changes nothing, and its differences reach who publishes it. */
import { newSalt } from '@countersign/verifier'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import type { DraftAnswer, Drafts } from '../../src/domain/policy/drafts/draft-job.ts'
import { createDraftThreads, type DraftThreads } from '../../src/node/drafts/draft-threads.ts'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { bundled } from '../setup/bundle.ts'

let cast: Cast
let threads: DraftThreads
/** Answers in place of the thread, where a test sets it. */
let instead: ((real: Drafts['answer']) => Drafts['answer']) | undefined
beforeAll(async () => {
  threads = createDraftThreads(await bundled('src/node/drafts/draft-thread.ts', 'draft-thread'))
  const drafts: Drafts = { answer: (job) => (instead?.(threads.answer) ?? threads.answer)(job) }
  cast = await startCast({ drafts, settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000' } })
})
afterAll(async () => {
  await cast.authority.stop()
  await threads.end()
})
afterEach(async () => {
  instead = undefined
  const [latest] = mustSucceed(await operator().call('listObservations')).observations
  if (latest?.ended_at === null) await operator().call('stopObservation', { params: { id: latest.id } })
})

const operator = () => cast.authority.operator
const observe = async (text: string, seconds = 3600) =>
  mustSucceed(await cast.ada.page.call('startObservation', { body: { text, seconds } }))
const report = async (id: string) => {
  await cast.authority.services.settle()
  return mustSucceed(await operator().call('viewObservation', { params: { id } }))
}
const read = () => cast.agent.propose({ body: { audience: FORUM, action: postAction('x', { name: 'forum.read' }) } })
const entries = async (type: string) =>
  (
    await asDatabaseOwner(cast.authority, (sql) => sql`SELECT body FROM entries WHERE type = ${type} ORDER BY id DESC`)
  ).map(({ body }) => JSON.parse(body))

const STRICT = DEFAULT_POLICY.replace('@id("reads")', '@id("reads") @approvers("admin")')
const LAX = DEFAULT_POLICY.replace('@id("writes") @approvers("approver")', '@id("writes")')

describe('a draft that is observed', () => {
  it('holds calls up to a length of their texts together, and counts the others', async () => {
    let judge = () => {}
    const allWait = new Promise<void>((resolve) => {
      judge = resolve
    })
    const { id } = await observe(LAX)
    instead = (real) => async (job) => {
      await allWait
      return real(job)
    }
    const text = 'x'.repeat(60_000)
    for (let at = 0; at < 40; at++) await propose(cast.agent, { arguments: { board: 'eng', thread: at, text } })
    judge()
    const { missed, newly_allowed: judged } = (await report(id)).counts
    expect(missed + judged).toBe(40)
    expect(judged).toBeGreaterThan(16)
    expect(judged).toBeLessThan(40)
  })

  it('changes no decision, and says what it would have decided', async () => {
    const { id, counts, ended_at: ended } = await observe(LAX)
    expect([counts.same, ended]).toEqual([0, null])
    const first = await propose(cast.agent)
    const last = await propose(cast.agent)
    expect([first.state, last.state]).toEqual(['pending', 'pending'])
    mustSucceed(await read())
    const seen = await report(id)
    expect(seen.counts).toMatchObject({ same: 1, newly_allowed: 2, newly_asked: 0, failed: 0, missed: 0 })
    expect(seen.differences).toEqual([
      {
        change: 'newly_allowed',
        agent: 'helpdesk-agent',
        audience: FORUM,
        name: 'forum.post',
        was: { effect: 'approval', quorum: 1, groups: ['approver'] },
        would: { effect: 'allow', quorum: 0, groups: [], policies: ['writes'] },
        reason: 'Policy “writes” permits this without asking anyone.',
        count: 2,
        last_at: expect.any(Number),
        request: last.id,
      },
    ])
  })

  it('is told what was denied, and what it would ask of others', async () => {
    const { id } = await observe(
      DEFAULT_POLICY.replace('@id("writes") @approvers("approver")', '@id("writes") @approvers("2 approver")').replace(
        'forbid (principal, action, resource is Resource)\nunless { resource in principal.executors };',
        'forbid (principal, action, resource is Resource)\nwhen { context.input has board && context.input.board == "hr" };',
      ),
    )
    await propose(cast.agent)
    expect(
      (
        await cast.agent.propose({
          body: { audience: FORUM, action: postAction('x', { name: 'forum.read', arguments: { board: 'hr' } }) },
        })
      ).ok,
    ).toBe(true)
    const seen = await report(id)
    expect(seen.counts).toMatchObject({ terms: 1, newly_denied: 1 })
    expect(seen.differences.find(({ change }) => change === 'newly_denied')).toMatchObject({
      was: { effect: 'allow' },
      would: { effect: 'deny', policies: ['given executors'] },
    })
  })

  it('is compared with denials, too', async () => {
    const { id } = await observe(
      DEFAULT_POLICY.replace('@id("disasters")', '@id("disasters never")').replace(
        'context.signals.disaster',
        'false && context.signals.disaster',
      ),
    )
    const text = 'rm -rf /'
    expectRefusal(
      await cast.agent.call('openRequest', {
        body: { audience: FORUM, action: postAction('x', { arguments: { board: 'eng', thread: 1, text } }) },
      }),
      'policy_denied',
    )
    const seen = await report(id)
    expect(seen.differences).toMatchObject([{ change: 'newly_asked', was: { effect: 'deny' }, request: null }])
  })

  it('is one at a time, for a limited time, and begins and ends in the ledger', async () => {
    const { id, digest } = await observe(STRICT)
    const body = { text: LAX, seconds: 3600 }
    const second = await operator().call('startObservation', { body })
    expectRefusal(second, 'invalid_request')
    expect(second).toMatchObject({ status: 409, problem: { detail: expect.stringContaining('Stop that observation') } })
    mustSucceed(await read())
    mustSucceed(await cast.ada.page.call('stopObservation', { params: { id } }))
    expectRefusal(await operator().call('stopObservation', { params: { id } }), 'not_found')
    expect((await entries('observation.started'))[0]).toMatchObject({
      observation: id,
      policy: digest,
      approver: cast.ada.id,
    })
    expect((await entries('observation.ended'))[0]).toMatchObject({ observation: id, counts: { newly_asked: 1 } })
    mustSucceed(await read())
    expect((await report(id)).counts.newly_asked).toBe(1)
  })

  it('ends with its time', async () => {
    const { id } = await observe(STRICT, 60)
    cast.authority.advance(61)
    mustSucceed(await read())
    await cast.authority.services.sweep()
    expect(await report(id)).toMatchObject({ ended_at: expect.any(Number), counts: { newly_asked: 0 } })
  })

  it('is refused where it does not compile, lasts too long, or is not for the caller', async () => {
    const start = (more: object, client = operator()) =>
      client.call('startObservation', { body: { text: LAX, seconds: 3600, ...more } })
    const wrong = await start({ text: 'permit (principal, action, resource)\nwhen { < };' })
    expect(wrong).toMatchObject({ problem: { detail: expect.stringMatching(/^Line 2, column 8: /) } })
    expectRefusal(await start({ seconds: 59 }), 'invalid_request')
    expectRefusal(await start({ seconds: 14 * 86_400 + 1 }), 'invalid_request')
    expectRefusal(await start({}, cast.ben.page), 'forbidden')
    expectRefusal(await start({}, cast.agent), 'forbidden')
    expectRefusal(await cast.ben.page.call('listObservations'), 'forbidden')
    expectRefusal(await operator().call('viewObservation', { params: { id: 'A'.repeat(22) } }), 'not_found')
  })
})

describe('a draft that cannot decide', () => {
  it.each<[string, DraftAnswer, object]>([
    ['breaks', { kind: 'failed', words: 'The draft broke.' }, { failed: 1 }],
    ['finds no turn', { kind: 'busy', words: 'Too many.' }, { missed: 1, failed: 0 }],
  ])('%s, and the call is decided as ever', async (_, answer, counts) => {
    const { id } = await observe(STRICT)
    instead = () => async () => answer
    expect((await propose(cast.agent)).state).toBe('pending')
    expect((await report(id)).counts).toMatchObject(counts)
  })

  it('holds no decision up, however long it takes', async () => {
    const { id } = await observe(STRICT)
    let resolve = () => {}
    const promise = new Promise<void>((open) => {
      resolve = open
    })
    instead = (real) => async (job) => {
      await promise
      return real(job)
    }
    for (let calls = 0; calls < 5; calls++) mustSucceed(await read())
    resolve()
    expect((await report(id)).counts.newly_asked).toBe(5)
  })

  it('is not judged by facts that nobody counts', async () => {
    const fact = (name: string) => `// @fact ${name} = count of "forum.*" within 1 hour per agent\n`
    const budget = (name: string) =>
      `${fact(name)}@id("budget") forbid (principal, action == Action::"forum.post", resource) when { context.history.${name} >= 2 };\n`
    const uncounted = await observe(`${budget('posts')}${DEFAULT_POLICY}`)
    await propose(cast.agent)
    expect((await report(uncounted.id)).counts).toMatchObject({ unknown: 1, same: 0 })
    await publish(`${fact('calls')}${DEFAULT_POLICY}`)
    const counted = await observe(`${budget('posts')}${DEFAULT_POLICY}`)
    for (let calls = 0; calls < 3; calls++) {
      await propose(cast.agent)
      await cast.authority.services.settle()
    }
    expect((await report(counted.id)).counts).toMatchObject({ unknown: 0, same: 2, newly_denied: 1 })
    await publish(DEFAULT_POLICY)
  })
})

const actionOf = async (text: string) => ({
  name: 'countersign.policy.publish',
  resource: 'policy',
  arguments: { version: mustSucceed(await operator().call('listPolicies')).in_force, text },
})
const publish = async (text: string) => administer(cast.authority, cast.ada, await actionOf(text))

describe('publishing', () => {
  const previewOf = async (text: string) => {
    const action = { ...(await actionOf(text)), salt: newSalt() }
    const body = { audience: cast.authority.config.origin, action }
    const { id } = mustSucceed(await operator().call('openRequest', { body }))
    return (await cast.authority.store.request(id))?.preview?.content
  }

  it('shows what was observed of exactly this text, and ends the observation', async () => {
    const { id, digest, base } = await observe(STRICT)
    mustSucceed(await read())
    await propose(cast.agent)
    await report(id)
    expect((await previewOf(STRICT))?.summary).toMatch(
      new RegExp(
        `^This text \\(${digest}\\) was observed beside version ${base} from .* on: \\d+ decisions?\\. 1 would have asked people that did not\\.$`,
      ),
    )
    expect((await previewOf(`${STRICT}// another`))?.summary).toContain('was not observed')
    await publish(STRICT)
    await cast.authority.services.sweep()
    expect((await report(id)).ended_at).not.toBeNull()
    expect(mustSucceed(await operator().call('listPolicies')).versions[0]?.digest).toBe(digest)
    await publish(DEFAULT_POLICY)
  })
})
