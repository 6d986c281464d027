/** Requests: opened once, counted exactly, decided once by whoever comes first. */
import { expect, it } from 'vitest'
import { createStore } from '../../src/store/create-store.ts'
import { REQUESTS_AT_ONCE } from '../../src/store/requests/request-rows.ts'
import type { Given } from './contract.ts'
import {
  allowed,
  entry,
  hash,
  id,
  migrationsOnDisk,
  NOW,
  opening,
  parties,
  payload,
  waiting,
  withQuorum,
} from './fixtures.ts'

export function requestContract(given: Given): void {
  it('opens a request and gives it back whole', async () => {
    const { store } = given()
    const open = waiting(await parties(store), {
      previewBy: 'agent',
      previewDigest: `sha-256:${hash()}`,
      stateDigest: `sha-256:${hash()}`,
    })
    const preview = { changes: [{ label: 'body', before: null, after: "'; DROP TABLE requests; -- \0 \u202e ✓" }] }
    const payloads = [
      ...open.payloads,
      payload(open.request.id, 'preview', preview),
      payload(open.request.id, 'reason', 'why'),
    ]
    const entries = opening(open.request, payloads, open.challenge)
    expect(await store.openRequest({ ...open, payloads, entries })).toEqual({ verdict: 'opened', leaf: null })
    const { previewBy, previewDigest, ...rest } = open.request
    expect(await store.request(open.request.id)).toEqual({
      ...rest,
      changedTo: null,
      action: JSON.parse(open.payloads[0]?.content ?? '').content,
      altered: false,
      seal: { record: expect.any(String), payloads: payloads.map(({ digest }) => digest), seal: null },
      preview: { by: previewBy, digest: previewDigest, content: preview },
      reason: 'why',
      denial: null,
      separation: null,
      series: null,
      consents: 0,
      jti: null,
    })
    expect((await store.entriesOfTrace(open.request.trace)).map(({ body }) => body)).toEqual(
      entries.map(({ body }) => body),
    )
    expect(await store.request(id())).toBeUndefined()
  })

  it('issues the token of an allowed request with it, and returns the committed leaf', async () => {
    const { store } = given()
    const open = allowed(await parties(store))
    if (!open.token) throw new Error('an allowed request has a token')
    const { issued, entry: last } = open.token
    expect(await store.openRequest(open)).toEqual({ verdict: 'opened', leaf: last.leaf })
    expect((await store.request(open.request.id))?.jti).toBe(issued.jti)
    expect(await store.issuedClaims(open.request.id)).toEqual(issued.claims)
    expect((await store.entriesOfTrace(open.request.trace)).map(({ leaf }) => leaf)).toEqual(
      [...open.entries, last].map(({ leaf }) => leaf),
    )
  })

  it('answers a repeated call with its first answer, and another body with a mismatch', async () => {
    const { store } = given()
    const of = await parties(store)
    const idempotency = { client: of.agent.id, endpoint: 'requests', key: id(), bodyHash: hash() }
    for (const make of [allowed, waiting]) {
      const keyed = { ...idempotency, key: id() }
      const first = { ...make(of), idempotency: keyed }
      expect(await store.openRequest(first)).toMatchObject({ verdict: 'opened' })
      const again = { ...make(of), idempotency: keyed }
      expect(await store.openRequest(again)).toEqual({ verdict: 'replayed', request: first.request.id })
      expect(await store.request(again.request.id)).toBeUndefined()
      expect(await store.entriesOfTrace(again.request.trace)).toEqual([])
      const other = { ...make(of), idempotency: { ...keyed, bodyHash: hash() } }
      expect(await store.openRequest(other)).toEqual({ verdict: 'idempotency_mismatch' })
    }
  })

  it('opens one of 16 that race with the same key, and tells the others which', async () => {
    const { store } = given()
    const of = await parties(store)
    for (const make of [allowed, waiting]) {
      const idempotency = { client: of.agent.id, endpoint: 'requests', key: id(), bodyHash: hash() }
      const opens = Array.from({ length: 16 }, () => ({ ...make(of), idempotency }))
      const verdicts = await Promise.all(opens.map((open) => store.openRequest(open)))
      const winner = opens[verdicts.findIndex(({ verdict }) => verdict === 'opened')]?.request.id
      expect(verdicts.filter(({ verdict }) => verdict === 'opened')).toHaveLength(1)
      expect(verdicts.filter((verdict) => verdict.verdict === 'replayed' && verdict.request === winner)).toHaveLength(
        15,
      )
    }
  })

  it('takes a challenge once, also of 16 that race, and gives the idempotency key back', async () => {
    const { store } = given()
    const of = await parties(store)
    const challenge = { issuer: of.executor.audience, jti: id() }
    const opens = Array.from({ length: 16 }, (_, n) => ({
      ...(n % 2 ? allowed(of) : waiting(of)),
      challenge,
      idempotency: { client: of.agent.id, endpoint: 'challenges', key: id(), bodyHash: hash() },
    }))
    const verdicts = await Promise.all(opens.map((open) => store.openRequest(open)))
    const winner = opens[verdicts.findIndex(({ verdict }) => verdict === 'opened')]
    const used = { verdict: 'challenge_used', request: winner?.request.id, agent: of.agent.id }
    expect(verdicts.filter((verdict) => verdict.verdict === 'opened')).toHaveLength(1)
    expect(verdicts.filter((verdict) => verdict.verdict !== 'opened')).toEqual(Array(15).fill(used))
    const loser = opens.find((open) => open !== winner)
    if (!loser) throw new Error('there is a loser')
    const retried = { ...waiting(of), idempotency: loser.idempotency }
    expect(await store.openRequest(retried)).toMatchObject({ verdict: 'opened' })
  })

  it('counts what waits exactly, per agent and per group, under race', async () => {
    const { store } = given()
    const [one, other] = [await parties(store), await parties(store)]
    const limits = { pendingPerAgent: 3, pendingPerGroup: 1_000_000 }
    const opens = Array.from({ length: 12 }, () => store.openRequest(waiting(one, {}, { limits })))
    const verdicts = (await Promise.all(opens)).map(({ verdict }) => verdict)
    expect(verdicts.filter((verdict) => verdict === 'opened')).toHaveLength(3)
    expect(verdicts.filter((verdict) => verdict === 'agent_limit')).toHaveLength(9)
    const group = withQuorum(1, 'auditor').terms
    const grouped = Array.from({ length: 12 }, (_, n) =>
      store.openRequest(
        waiting(n % 2 ? one : other, { terms: group }, { limits: { pendingPerAgent: 100, pendingPerGroup: 5 } }),
      ),
    )
    const groupVerdicts = (await Promise.all(grouped)).map(({ verdict }) => verdict)
    expect(groupVerdicts.filter((verdict) => verdict === 'opened')).toHaveLength(5)
    expect(groupVerdicts.filter((verdict) => verdict === 'group_limit')).toHaveLength(7)
  })

  it('does not count what the clock has ended, and answers a known key before a full house', async () => {
    const { store } = given()
    const of = await parties(store)
    const limits = { pendingPerAgent: 1, pendingPerGroup: 1_000_000 }
    const idempotency = { client: of.agent.id, endpoint: 'requests', key: id(), bodyHash: hash() }
    const first = waiting(of, { expiresAt: NOW + 5 }, { limits, idempotency })
    expect(await store.openRequest(first)).toMatchObject({ verdict: 'opened' })
    expect(await store.openRequest(waiting(of, {}, { limits }))).toEqual({ verdict: 'agent_limit' })
    expect(await store.openRequest({ ...waiting(of), limits, idempotency })).toMatchObject({ verdict: 'replayed' })
    expect(await store.openRequest(waiting(of, { createdAt: NOW + 5 }, { limits }))).toMatchObject({
      verdict: 'opened',
    })
  })

  it('forgets idempotency keys after a day', async () => {
    const { store } = given()
    const of = await parties(store)
    const idempotency = { client: of.agent.id, endpoint: 'requests', key: id(), bodyHash: hash() }
    await store.openRequest({ ...allowed(of), idempotency })
    await store.sweep(NOW + 86_400)
    expect(await store.openRequest({ ...allowed(of), idempotency })).toMatchObject({ verdict: 'replayed' })
    await store.sweep(NOW + 86_401)
    expect(await store.openRequest({ ...allowed(of), idempotency })).toMatchObject({ verdict: 'opened' })
  })

  it('is read together with so many others at most, and comes in its place', async () => {
    const { store, database } = given()
    const of = await parties(store)
    const ids: string[] = []
    for (let at = 0; at < REQUESTS_AT_ONCE + 6; at++) {
      const open = waiting(of)
      await store.openRequest(open)
      ids.unshift(open.request.id)
    }
    const together: number[] = []
    const run: typeof database.run = (query, values = {}) => {
      if (Array.isArray(values['ids'])) together.push(values['ids'].length)
      return database.run(query, values)
    }
    const read = await createStore({ ...database, run }, migrationsOnDisk()).requestsById(ids)
    expect(read.map((one) => one?.id)).toEqual(ids)
    expect(together).toEqual([REQUESTS_AT_ONCE, 6])
  })

  it('is withdrawn by its own agent, in time, once', async () => {
    const { store } = given()
    const of = await parties(store)
    const open = waiting(of)
    await store.openRequest(open)
    const end = entry('request.withdrawn', open.request.trace)
    expect(await store.withdraw({ request: open.request.id, agent: 'another', now: NOW, entry: end })).toBe(false)
    expect(await store.withdraw({ request: open.request.id, agent: of.agent.id, now: NOW + 600, entry: end })).toBe(
      false,
    )
    expect(await store.withdraw({ request: open.request.id, agent: of.agent.id, now: NOW + 1, entry: end })).toBe(true)
    expect(await store.withdraw({ request: open.request.id, agent: of.agent.id, now: NOW + 1, entry: end })).toBe(false)
    expect(await store.request(open.request.id)).toMatchObject({ state: 'withdrawn', decidedAt: NOW + 1 })
    expect((await store.entriesOfTrace(open.request.trace)).map(({ body }) => body)).toContain(end.body)
  })

  it('expires each request once, however many sweep', async () => {
    const { store } = given()
    const of = await parties(store)
    const opens = Array.from({ length: 10 }, () => waiting(of, { expiresAt: NOW + 30 }))
    for (const open of opens) await store.openRequest(open)
    const sweep = () =>
      store.expireDue({
        now: NOW + 30,
        limit: 4,
        entryFor: async ({ trace, name }) => entry('request.expired', trace, { name }),
      })
    const rounds = []
    for (let n = 0; n < 8; n++) rounds.push(...(await Promise.all([sweep(), sweep(), sweep()])))
    const mine = new Set(opens.map(({ request }) => request.id))
    expect(
      rounds
        .flat()
        .filter((expired) => mine.has(expired))
        .sort(),
    ).toEqual([...mine].sort())
    for (const { request } of opens) {
      expect((await store.request(request.id))?.state).toBe('expired')
      const bodies = (await store.entriesOfTrace(request.trace)).map(({ body }) => body)
      expect(bodies.filter((body) => body.includes('"request.expired"'))).toHaveLength(1)
    }
  })

  it('announces what changed, with the commit, and nothing for what was allowed', async () => {
    const { store } = given()
    const of = await parties(store)
    const heard: string[] = []
    const stop = await store.listen((topic) => heard.push(topic))
    const open = waiting(of)
    await store.openRequest(open)
    await store.openRequest(allowed(of))
    await store.recordDenial({
      request: open.request.id,
      approver: 'ada',
      now: NOW,
      entry: entry('consent.denied'),
      payloads: [],
    })
    await expect.poll(() => heard.filter((topic) => topic === `request:${open.request.id}`)).toHaveLength(1)
    expect(heard.filter((topic) => topic === 'inbox')).toHaveLength(2)
    await stop()
    await store.openRequest(waiting(of))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(heard).toHaveLength(3)
  })
}
