/** The database goes away in mid-request: 503 with Retry-After, nothing half done, and everything works again after. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import { generateSigningKey, PUBLISH_AHEAD_SECONDS } from '../../src/domain/token/signing-keys.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { FORUM, invitationFor, mustSucceed, pageOf, postAction, startAuthority } from '../setup/authority.ts'
import { approvedToken, type Cast, propose, startCast } from './cast.ts'
import { everything } from './database.ts'
import { challengeFor, wire } from './passkey-json.ts'

type Verb = keyof Store

/** A store whose verbs fail on demand, before they reach the database. */
const broken = new Set<Verb>()
const calls = new Set<Verb>()
const breakable = (store: Store): Store =>
  new Proxy(store, {
    get(target, verb: Verb) {
      const real = Reflect.get(target, verb)
      if (typeof real !== 'function') return real
      return (...args: unknown[]) => {
        calls.add(verb)
        if (broken.has(verb)) return Promise.reject(new StoreUnavailable('The database is not available: try again'))
        return Reflect.apply(real, target, args)
      }
    },
  })

let cast: Cast
beforeAll(async () => {
  cast = await startCast({ withStore: breakable })
})
afterAll(() => cast.authority.stop())

interface Step {
  readonly name: string
  /** Brings everything to where the step can be taken, once it works. */
  readonly prepare: () => Promise<() => Promise<{ ok: boolean; status: number; headers: Headers; problem?: object }>>
}

const step = (name: string, prepare: Step['prepare']): Step => ({ name, prepare })
const body = () => ({ audience: FORUM, action: postAction() })

const STEPS: readonly Step[] = [
  step('opening a request', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const proposal = { body: body(), headers }
    return () => cast.agent.propose(proposal)
  }),
  step('opening one that is allowed', async () => {
    const proposal = { body: { audience: FORUM, action: postAction('', { name: 'forum.read' }) } }
    return () => cast.agent.propose(proposal)
  }),
  step('viewing it', async () => {
    const params = { id: (await propose(cast.agent)).id }
    return () => cast.agent.call('viewRequest', { params })
  }),
  step('withdrawing it', async () => {
    const params = { id: (await propose(cast.agent)).id }
    return () => cast.agent.call('withdrawRequest', { params })
  }),
  step('the inbox', async () => () => cast.ben.page.call('inbox')),
  step('offering a consent', async () => {
    const params = { id: (await propose(cast.agent)).id }
    return () => cast.ben.page.call('offerConsent', { params })
  }),
  step('denying', async () => {
    const params = { id: (await propose(cast.agent)).id }
    return () => cast.ben.page.call('deny', { params, body: { reason: 'No' } })
  }),
  step('collecting the token', async () => {
    const params = { id: (await propose(cast.agent)).id }
    mustSucceed(await cast.ben.consent(params.id))
    return () => cast.agent.call('collectToken', { params })
  }),
  step('redeeming it', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    return () => cast.forum.client.call('redeem', { body: { token } })
  }),
  step('reporting its outcome', async () => {
    const { token, jti } = await approvedToken(cast.agent, cast.ben)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    return () => cast.forum.client.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded' } })
  }),
  step('reading its trace', async () => {
    const { trace } = await propose(cast.agent)
    return () => cast.agent.call('trace', { params: { trace } })
  }),
  step('listing approvers', async () => () => cast.authority.operator.call('listApprovers')),
  step('reading the approvers’ keys', async () => () => pageOf(cast.authority).call('approverKeys')),
]

/** The verbs that one go of a step calls; a step that changes something is prepared anew for each go. */
async function verbsOf({ prepare }: Step): Promise<Verb[]> {
  const take = await prepare()
  calls.clear()
  const answer = await take()
  expect(answer.ok).toBe(true)
  return [...calls]
}

describe('a database that is away', () => {
  it.each(STEPS)('at any verb of $name', async (step) => {
    for (const verb of await verbsOf(step)) {
      const take = await step.prepare()
      const before = await everything(cast.authority)
      calls.clear()
      broken.add(verb)
      const refused = await take()
      broken.clear()
      // What was read a moment ago may be remembered: then there was nothing to break.
      if (!calls.has(verb)) continue
      expect({ verb, status: refused.status, problem: refused.problem }).toMatchObject({
        verb,
        status: 503,
        problem: { code: 'authority_unreachable', retryAfterSeconds: 2, detail: expect.not.stringMatching(/nothing/i) },
      })
      expect({ verb, changed: changes(before, await everything(cast.authority)) }).toEqual({
        verb,
        changed: allowed(verb),
      })
      expect({ verb, again: (await take()).ok }).toEqual({ verb, again: true })
    }
  })

  it('is seen in readiness, not in health', async () => {
    broken.add('ready')
    const { origin } = cast.authority.config
    // The store's own `ready` never throws; one that did would still be an answer.
    expect((await cast.authority.app.request(`${origin}/readyz`)).status).toBe(503)
    broken.clear()
    expect((await cast.authority.app.request(`${origin}/readyz`)).status).toBe(200)
    expect((await cast.authority.app.request(`${origin}/healthz`)).status).toBe(200)
  })

  it('while a gesture is under way costs that gesture at most', async () => {
    const { id } = await propose(cast.agent)
    for (const verb of ['session', 'request', 'passkeysOf', 'takeOffer', 'recordConsent'] as const) {
      const challenge = await challengeFor(cast.ben.page, id)
      const assertion = wire(await cast.ben.authenticator.assert({ challenge }))
      broken.add(verb)
      const refused = await cast.ben.page.call('consent', { params: { id }, body: { assertion } })
      broken.clear()
      expect({ verb, status: refused.status }).toEqual({ verb, status: 503 })
      // The offer may be taken: the same gesture does not serve again.
      expect(refused).toMatchObject({ problem: { detail: expect.stringContaining('check before you repeat it') } })
      expect(await cast.authority.store.consents(id)).toEqual([])
      expect((await cast.authority.store.request(id))?.state).toBe('pending')
    }
    expect(mustSucceed(await cast.ben.consent(id)).state).toBe('approved')
  })

  it('while somebody enrols leaves the invitation open', async () => {
    const page = pageOf(cast.authority)
    const link = await invitationFor(cast.ada, 'Fay')
    const invitation = new URL(link).hash.slice(1)
    const enrol = async () => {
      const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Fay' } }))
      const authenticator = await createAuthenticator(cast.authority.config)
      return newPasskey(authenticator, options)
    }
    const made = await enrol()
    broken.add('holdPasskey')
    expect(await page.call('enrol', { body: { invitation, ...made } })).toMatchObject({ ok: false, status: 503 })
    broken.clear()
    mustSucceed(await page.call('enrol', { body: { invitation, ...(await enrol()) } }))
  })

  it('tells its operator what happened, and nobody else', () => {
    const lines = cast.authority.logs.filter(({ event }) => event === 'store.unavailable')
    expect(lines.length).toBeGreaterThan(20)
    expect(cast.authority.logs.filter(({ event }) => event === 'bug')).toEqual([])
  })
})

describe('a process with a new key alone', () => {
  it('refuses what needs a signature until the key may sign', async () => {
    const { agentSecret, authority } = cast
    const keys = [await generateSigningKey('ES256')]
    const beside = await startAuthority({
      databaseUrl: authority.databaseUrl ?? '',
      settings: { COUNTERSIGN_ORIGIN: authority.config.origin, COUNTERSIGN_SIGNING_KEYS: JSON.stringify({ keys }) },
    })
    const proposal = { body: { audience: FORUM, action: postAction('', { name: 'forum.read' }) } }
    const refused = await beside.client(agentSecret).propose(proposal)
    const unsure = expect.stringContaining('may have been carried out')
    const problem = { code: 'authority_unreachable', retryAfterSeconds: 2, detail: unsure }
    expect(refused).toMatchObject({ status: 503, problem })
    beside.advance(PUBLISH_AHEAD_SECONDS)
    expect(mustSucceed(await beside.client(agentSecret).propose(proposal)).token).toBeDefined()
    expect(beside.logs.filter(({ event }) => event === 'signing_key.none')).toHaveLength(1)
    await beside.stop()
  })
})

type Tables = Awaited<ReturnType<typeof everything>>

/** What is in another state after than before. */
const changes = (before: Tables, after: Tables): string[] =>
  Object.keys(after).filter((table) => before[table] !== after[table])

/** The token is committed before it is signed: a failure of the last verb leaves it to be collected again. */
const allowed = (verb: Verb): string[] | unknown =>
  verb === 'recordSignatures'
    ? expect.arrayContaining(['entries', 'token_texts', 'tokens'])
    : expect.toSatisfy(isIncidental)

/** Numbers set aside and when a credential was last used: neither is a fact. */
const isIncidental = (tables: string[]) => tables.every((table) => ['status_positions', 'credentials'].includes(table))
