/** What policies know of earlier calls: counted with what happens, in turns, and for as long as a window lasts. */
import { expect, it } from 'vitest'
import type { FactState } from '../../src/domain/policy/history/fact.ts'
import type { HistoryCall, HistoryTurn, ScopeHistory } from '../../src/store/contract/history-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import { allowed, consentOf, digest, entry, NOW, parties, redeem, waiting } from './fixtures.ts'

const HOUR = 3600

export function historyContract(given: Given): void {
  const read = async (store: Store, scope: string, { since = NOW - HOUR, own = null as string | null } = {}) => {
    const [row] = await store.history([{ scope, since }], own)
    if (!row) throw new Error('Every scope has a row')
    return row
  }
  const totalOf = async (store: Store, scope: string) => (await read(store, scope)).total

  const counting = (scope: string, state: FactState, more: Partial<HistoryCall> = {}): HistoryCall => ({
    scope,
    state,
    amount: 1,
    uses: 1,
    bucket: NOW - (NOW % 60),
    step: 60,
    windowSeconds: HOUR,
    counted: state === 'permitted',
    ...more,
  })
  const turn = (version: number | null, ...calls: HistoryCall[]): HistoryTurn => ({
    scopes: calls.map(({ scope }) => ({ scope, version, expiresAt: NOW + HOUR })),
    calls,
  })
  const deny = (store: Store, request: { id: string; trace: string }) =>
    store.recordDenial({
      request: request.id,
      approver: 'eve',
      now: NOW + 5,
      entry: entry('consent.denied', request.trace),
      payloads: [],
    })

  it('knows nothing of a scope that never was', async () => {
    const scope = digest()
    expect(await read(given().store, scope)).toEqual({ scope, version: 0, total: 0, last: null, lastAt: null })
  })

  it('counts a call while it waits, and no more once it is denied, withdrawn or expired', async () => {
    const { store } = given()
    const of = await parties(store)
    const scope = digest()
    const open = async (expiresAt = NOW + 600) => {
      const opening = waiting(of, { expiresAt }, { history: turn(null, counting(scope, 'permitted', { amount: 7 })) })
      expect(await store.openRequest(opening)).toMatchObject({ verdict: 'opened' })
      return opening.request
    }
    const [denied, withdrawn] = [await open(), await open()]
    await open(NOW + 50)
    expect(await totalOf(store, scope)).toBe(21)
    expect((await read(store, scope, { own: denied.id })).total).toBe(14)
    await deny(store, denied)
    expect(await totalOf(store, scope)).toBe(14)
    expect((await read(store, scope, { own: denied.id })).total).toBe(14)
    await store.withdraw({
      request: withdrawn.id,
      agent: of.agent.id,
      now: NOW + 6,
      entry: entry('request.withdrawn', withdrawn.trace),
    })
    expect(await totalOf(store, scope)).toBe(7)
    await store.expireDue({ now: NOW + 60, limit: 1000, entryFor: async (due) => entry('request.expired', due.trace) })
    expect(await totalOf(store, scope)).toBe(0)
  })

  it('counts what people answered, and remembers the last answer', async () => {
    const { store } = given()
    const of = await parties(store)
    const [approved, denied, last] = [digest(), digest(), digest()]
    const { key } = await enrol(store)
    const open = async () => {
      const calls = [counting(approved, 'approved'), counting(denied, 'denied'), counting(last, 'approved')]
      const opening = waiting(of, {}, { history: turn(null, ...calls) })
      await store.openRequest(opening)
      return opening.request
    }
    const yes = await open()
    expect(await totalOf(store, approved)).toBe(0)
    await store.recordConsent(consentOf(yes.id, key, yes.trace))
    expect([await totalOf(store, approved), await totalOf(store, denied)]).toEqual([1, 0])
    expect(await read(store, last)).toMatchObject({ last: true, lastAt: NOW + 5 })
    await deny(store, await open())
    expect([await totalOf(store, approved), await totalOf(store, denied)]).toEqual([1, 1])
    expect(await read(store, last)).toMatchObject({ last: false })
  })

  it('counts outcomes, each once, when they are reported', async () => {
    const { store } = given()
    const of = await parties(store)
    const [succeeded, failed] = [digest(), digest()]
    const run = async (outcome: 'succeeded' | 'failed' | 'aborted', now: number) => {
      const calls = [counting(succeeded, 'succeeded'), counting(failed, 'failed')]
      const opening = allowed(of, { history: turn(null, ...calls) })
      const token = opening.token?.issued
      if (!token) throw new Error('An allowed request has a token')
      await store.openRequest(opening)
      await store.redeemOnce(redeem(of, token))
      const report = { jti: token.jti, use: 1, audience: of.executor.audience, outcome, now, payloads: [] }
      await store.reportOutcome({ ...report, entry: entry('outcome.reported', opening.request.trace) })
      await store.reportOutcome({ ...report, entry: entry('outcome.reported', opening.request.trace) })
    }
    await run('failed', NOW + 20)
    await run('failed', NOW + 21)
    expect(await read(store, failed)).toMatchObject({ total: 2, last: true })
    await run('aborted', NOW + 22)
    await run('succeeded', NOW + 23)
    expect(await read(store, failed)).toMatchObject({ total: 2, last: false })
    expect(await read(store, succeeded)).toMatchObject({ total: 1, last: true })
  })

  it('counts every use of a token', async () => {
    const { store } = given()
    const of = await parties(store)
    const scope = digest()
    await store.openRequest(allowed(of, { history: turn(null, counting(scope, 'permitted', { amount: 5, uses: 4 })) }))
    expect(await totalOf(store, scope)).toBe(20)
  })

  it('never loses a sum that no number holds', async () => {
    const { store } = given()
    const of = await parties(store)
    const scope = digest()
    const most = counting(scope, 'permitted', { amount: Number.MAX_SAFE_INTEGER, uses: 1000 })
    const opening = waiting(of, {}, { history: turn(null, most) })
    await store.openRequest(opening)
    await store.openRequest(waiting(of, {}, { history: turn(null, counting(scope, 'permitted')) }))
    expect(await totalOf(store, scope)).toBe(Number.MAX_SAFE_INTEGER)
    await deny(store, opening.request)
    expect(await totalOf(store, scope)).toBe(1)
  })

  it('reads no more of a window than it is asked for, and forgets what has passed', async () => {
    const { store } = given()
    const of = await parties(store)
    const scope = digest()
    const bucket = NOW - 2 * HOUR
    await store.openRequest(allowed(of, { history: turn(null, counting(scope, 'permitted', { bucket })) }))
    expect(await read(store, scope, { since: bucket })).toMatchObject({ total: 1 })
    expect(await read(store, scope, { since: bucket + 1 })).toMatchObject({ total: 0 })
    await store.sweep(NOW - HOUR + 121)
    expect(await read(store, scope, { since: 0 })).toMatchObject({ total: 0 })
  })

  it('opens a request only under the version that was read', async () => {
    const { store } = given()
    const of = await parties(store)
    const scope = digest()
    const open = (version: number | null) =>
      store.openRequest(allowed(of, { history: turn(version, counting(scope, 'permitted')) }))
    expect(await open(0)).toMatchObject({ verdict: 'opened' })
    expect(await open(0)).toEqual({ verdict: 'outdated_history' })
    expect(await open(null)).toMatchObject({ verdict: 'opened' })
    expect(await open(1)).toEqual({ verdict: 'outdated_history' })
    expect(await open(2)).toMatchObject({ verdict: 'opened' })
    expect(await read(store, scope)).toMatchObject({ total: 3, version: 3 })
  })

  it('writes nothing for a call that came too late, of several scopes neither', async () => {
    const { store } = given()
    const of = await parties(store)
    const [one, other] = [digest(), digest()]
    await store.openRequest(allowed(of, { history: turn(null, counting(one, 'permitted')) }))
    const late = allowed(of, { history: turn(0, counting(one, 'permitted'), counting(other, 'permitted')) })
    expect(await store.openRequest(late)).toEqual({ verdict: 'outdated_history' })
    expect(await store.request(late.request.id)).toBeUndefined()
    expect(await read(store, other)).toMatchObject({ version: 0, total: 0 })
  })

  it.each([0, 3])('lets one of many through that read the same version: after %i', async (before) => {
    const { store } = given()
    const of = await parties(store)
    const scope = digest()
    const open = (version: number | null, opening: typeof allowed | typeof waiting) => {
      const history = turn(version, counting(scope, 'permitted'))
      return store.openRequest(opening === allowed ? allowed(of, { history }) : waiting(of, {}, { history }))
    }
    for (let count = 0; count < before; count++) await open(null, allowed)
    const racing = Array.from({ length: 12 }, (_, at) => open(before, at % 2 === 0 ? allowed : waiting))
    const verdicts = (await Promise.all(racing)).map(({ verdict }) => verdict).sort()
    expect(verdicts).toEqual(['opened', ...Array.from({ length: 11 }, () => 'outdated_history')].sort())
    expect(await totalOf(store, scope)).toBe(before + 1)
  })

  it('keeps totals exact while calls of the same scopes meet in different orders', async () => {
    const { store } = given()
    const of = await parties(store)
    const scopes = [digest(), digest(), digest()]
    const open = (at: number) => {
      const calls = scopes.map((scope) => counting(scope, 'permitted', { amount: at }))
      return store.openRequest(allowed(of, { history: turn(null, ...(at % 2 === 0 ? calls : calls.toReversed())) }))
    }
    await Promise.all(Array.from({ length: 20 }, (_, at) => open(at)))
    const found: readonly ScopeHistory[] = await store.history(
      scopes.map((scope) => ({ scope, since: 0 })),
      null,
    )
    expect(found.map(({ total }) => total)).toEqual([190, 190, 190])
  })
}
