/** The list of requests: each filter finds what a look at every row finds, page by page, within the reader's scope. */

import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import {
  DANGERS,
  type ListedRequest,
  RESULTS,
  type RequestFilter,
  type RequestPosition,
  type RequestScope,
} from '../../src/domain/approval/request-filter.ts'
import { groupsAsked } from '../../src/domain/policy/policy.ts'
import type { RequestRow } from '../../src/store/contract/request-store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { statement } from '../../src/store/driver/sql-statement.ts'
import { REQUESTS_AT_ONCE } from '../../src/store/requests/request-rows.ts'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import { live } from './contract-tokens.ts'
import {
  agent,
  allowed,
  consentOf,
  entry,
  executor,
  id,
  migrationsOnDisk,
  NOW,
  opening,
  type Parties,
  parties,
  redeem,
  waiting,
  withQuorum,
} from './fixtures.ts'

const LATER = NOW + 100

export function requestListContract(given: Given): void {
  let of: Parties
  let people: { readonly ada: string; readonly ben: string }
  let listed: readonly ListedRequest[]

  async function every(
    filter: RequestFilter,
    scope: RequestScope = { agent: of.agent.id },
    limit = 200,
  ): Promise<ListedRequest[]> {
    const found: ListedRequest[] = []
    for (let after: RequestPosition | null = null; ; ) {
      const page = await given().store.listRequests({ filter, scope, after, limit, now: LATER })
      found.push(...page.requests)
      after = page.next
      if (after === null) return found
    }
  }
  const ids = (requests: readonly { readonly id: string }[]) => requests.map((request) => request.id)

  beforeAll(async () => {
    const { store, database } = given()
    of = await parties(store)
    const [ada, ben] = [await enrol(store, ['approver', 'admin']), await enrol(store, ['approver', 'admin'])]
    people = { ada: ada.id, ben: ben.id }
    const open = async (fields: Partial<RequestRow> = {}) => {
      const made = waiting(of, { expiresAt: NOW + 600, ...fields })
      await store.openRequest(made)
      return made.request
    }
    const entry0 = (name: string, effect: 'read' | 'write' | 'destructive', reversible: boolean) => ({
      name,
      catalogueEntry: { name, effect, reversible },
    })
    await open({ createdAt: NOW - 3 })
    await open({ createdAt: NOW - 3, ...entry0('forum.delete', 'destructive', false) })
    await open({ createdAt: NOW - 2, ...entry0('forum.rename', 'destructive', true), principal: 'dana' })
    await open({ createdAt: NOW - 2, ...entry0('forum.send', 'write', false), principal: 'dana' })
    await open({ expiresAt: LATER })
    const denied = await open({ createdAt: NOW - 9 })
    const words = { entry: entry('consent.denied', denied.trace), payloads: [] }
    await store.recordDenial({ request: denied.id, approver: people.ben, now: NOW, ...words })
    const withdrawn = await open()
    await store.withdraw({ request: withdrawn.id, agent: of.agent.id, now: NOW, entry: entry('request.withdrawn') })
    const two = await open(withQuorum(2, 'admin'))
    await store.recordConsent(consentOf(two.id, ada.key, two.trace))
    await store.recordConsent(consentOf(two.id, ben.key, two.trace))
    const approved = await open({ createdAt: NOW + 4 })
    await store.recordConsent(consentOf(approved.id, ada.key, approved.trace))
    const spent = async (outcome: 'succeeded' | 'failed' | 'aborted' | 'indeterminate' | null) => {
      const token = await live(store, of)
      await store.redeemOnce(redeem(of, token))
      const report = { jti: token.jti, use: 1, audience: of.executor.audience, now: NOW + 20 }
      const written = { entry: entry('outcome.reported'), payloads: [] }
      if (outcome !== null) await store.reportOutcome({ ...report, outcome, ...written })
      return token
    }
    for (const outcome of ['succeeded', 'succeeded', 'failed', 'aborted', 'indeterminate', null] as const)
      await spent(outcome)
    const missing = await spent(null)
    await database.run(
      statement(
        sql`UPDATE redemptions SET missing_at = ${sql.placeholder('now')} WHERE jti = ${sql.placeholder('jti')}`,
      ),
      { now: NOW + 50, jti: missing.jti },
    )
    const revoked = await live(store, of)
    await database.run(
      statement(sql`UPDATE tokens SET revoked_at = ${sql.placeholder('now')} WHERE jti = ${sql.placeholder('jti')}`),
      { now: NOW + 50, jti: revoked.jti },
    )
    const unused = allowed(of)
    const request = { ...unused.request, createdAt: NOW - 500 }
    await store.openRequest({ ...unused, request, entries: opening(request, unused.payloads) })
    listed = await every({})
  })

  it('lists newest first, each once, however large a page is', async () => {
    expect(listed).toHaveLength(18)
    const order = (request: ListedRequest) => request.createdAt
    expect(listed.map(order)).toEqual(listed.map(order).sort((a, b) => b - a))
    for (const limit of [1, 2, 3, 16, 17]) expect(ids(await every({}, undefined, limit))).toEqual(ids(listed))
  })

  it('reads a long page in several statements, none of which is long', async () => {
    const { store, database } = given()
    const many = await parties(store)
    const opened = REQUESTS_AT_ONCE + 6
    for (let at = 0; at < opened; at++) await store.openRequest(waiting(many, { createdAt: NOW - (at >> 1) }))
    const rows: number[] = []
    const run: typeof database.run = async (query, values = {}) => {
      const found = await database.run(query, values)
      if (Array.isArray(values['ids'])) rows.push(found.length)
      return found
    }
    const watched = createStore({ ...database, run }, migrationsOnDisk())
    const page = (limit: number, after: RequestPosition | null = null) =>
      watched.listRequests({ filter: {}, scope: { agent: many.agent.id }, after, limit, now: LATER })
    const whole = await page(opened + 1)
    expect(whole.next).toBeNull()
    expect(new Set(ids(whole.requests)).size).toBe(opened)
    expect(Math.max(...rows)).toBe(REQUESTS_AT_ONCE)
    const first = await page(opened - 1)
    const last = await page(opened, first.next)
    expect([...ids(first.requests), ...ids(last.requests)]).toEqual(ids(whole.requests))
  })

  it('tells who answered, and what became of it', async () => {
    const by = (found: readonly ListedRequest[]) =>
      found.map(({ consentedBy, denial }) => [consentedBy.map(({ approver }) => approver), denial?.by ?? null])
    expect(by(await every({ state: 'denied' }))).toEqual([[[], people.ben]])
    expect(by(await every({ state: 'approved', origin: 'human' }))).toEqual([
      [[people.ada], null],
      [[people.ada, people.ben], null],
    ])
    expect(new Set(listed.map(({ outcome }) => outcome))).toEqual(
      new Set([...RESULTS.filter((o) => o !== 'unused'), null]),
    )
    const later = await given().store.listRequests({
      filter: {},
      scope: { agent: of.agent.id },
      after: null,
      limit: 200,
      now: NOW + 900,
    })
    expect(later.requests.filter(({ outcome }) => outcome === 'unused')).toHaveLength(1)
  })

  const isOver = ({ state, expiresAt }: ListedRequest) => state === 'pending' && expiresAt <= LATER
  const isRisky = ({ catalogueEntry: { effect, reversible } }: ListedRequest) => effect !== 'read' && !reversible
  const cases: readonly [string, () => RequestFilter, (request: ListedRequest) => boolean][] = [
    ['pending', () => ({ state: 'pending' }), (r) => r.state === 'pending' && !isOver(r)],
    ['expired', () => ({ state: 'expired' }), isOver],
    ['approved', () => ({ state: 'approved' }), (r) => r.state === 'approved'],
    ['withdrawn', () => ({ state: 'withdrawn' }), (r) => r.state === 'withdrawn'],
    ['by policy', () => ({ origin: 'policy' }), (r) => r.origin === 'policy'],
    ['by people', () => ({ origin: 'human' }), (r) => r.origin === 'human'],
    ['a name', () => ({ name: 'forum.delete' }), (r) => r.name === 'forum.delete'],
    ['a principal', () => ({ principal: 'dana' }), (r) => r.principal === 'dana'],
    ['an executor', () => ({ executor: of.executor.audience }), () => true],
    ['another executor', () => ({ executor: executor().audience }), () => false],
    ['an agent', () => ({ agent: of.agent.id, state: 'denied' }), (r) => r.state === 'denied'],
    [
      'an approver',
      () => ({ approver: people.ben }),
      (r) => r.denial?.by === people.ben || r.consentedBy.some(({ approver }) => approver === people.ben),
    ],
    ['a span', () => ({ from: NOW - 3, to: NOW - 2 }), (r) => r.createdAt >= NOW - 3 && r.createdAt <= NOW - 2],
    [
      'several',
      () => ({ principal: 'dana', danger: 'irreversible', from: NOW - 2 }),
      (r) => r.principal === 'dana' && isRisky(r),
    ],
    ...RESULTS.map((outcome): (typeof cases)[number] => [outcome, () => ({ outcome }), (r) => r.outcome === outcome]),
    ...DANGERS.map((danger): (typeof cases)[number] => [
      danger,
      () => ({ danger }),
      (r) => (danger === 'irreversible' ? isRisky(r) : r.catalogueEntry.effect === danger),
    ]),
  ]

  it.each(cases)('finds by filter: %s', async (_, filter, matches) => {
    const expected = ids(listed.filter(matches))
    expect(ids(await every(filter()))).toEqual(expected)
    expect(ids(await every(filter(), undefined, 1))).toEqual(expected)
  })

  it('shows an agent its own, an executor those made to it, groups those that they were asked', async () => {
    expect(await every({}, { agent: agent().id })).toEqual([])
    expect(ids(await every({}, { executor: of.executor.audience }))).toEqual(ids(listed))
    expect(await every({ executor: of.executor.audience }, { executor: executor().audience })).toEqual([])
    const mine = { agent: of.agent.id }
    const asked = (groups: readonly string[]) =>
      listed.filter(
        ({ origin, terms }) => origin === 'human' && groupsAsked(terms).some((group) => groups.includes(group)),
      )
    expect(ids(await every(mine, { groups: ['approver'] }))).toEqual(ids(asked(['approver'])))
    expect(ids(await every(mine, { groups: ['admin', 'approver'] }))).toEqual(ids(asked(['admin', 'approver'])))
    expect(await every(mine, { groups: [] })).toEqual([])
  })

  it('goes on after a request that is gone from the page, and before one that has come', async () => {
    const { store } = given()
    const [first] = listed
    const after = first ? { createdAt: first.createdAt, id: first.id } : null
    const rest = await store.listRequests({ filter: {}, scope: { agent: of.agent.id }, after, limit: 200, now: LATER })
    expect(ids(rest.requests)).toEqual(ids(listed.slice(1)))
    const foreign = { createdAt: NOW, id: id() }
    const around = await store.listRequests({
      filter: {},
      scope: { agent: of.agent.id },
      after: foreign,
      limit: 200,
      now: LATER,
    })
    expect(around.requests.every(({ createdAt }) => createdAt <= NOW)).toBe(true)
  })
}
