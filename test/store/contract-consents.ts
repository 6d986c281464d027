/** Consents: one per human, an exact quorum, and one winner between consent, denial, withdrawal and expiry. */
import { expect, it } from 'vitest'
import type { Passkey } from '../../src/domain/identity/parties.ts'
import type { RequestRow } from '../../src/store/contract/request-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import {
  agent,
  carrying,
  consentOf,
  entry,
  issued,
  NOW,
  parties,
  passkey,
  payload,
  waiting,
  withQuorum,
} from './fixtures.ts'

async function humans(store: Store, count: number) {
  return Promise.all(Array.from({ length: count }, () => enrol(store)))
}

/** One person's gesture over several requests. */
function gestureOf(key: Passkey, rows: readonly Pick<RequestRow, 'id' | 'trace'>[]) {
  const all = rows.map(({ id, trace }) => consentOf(id, key, trace))
  const { approver, credentialId } = key
  const given = all.map(({ request, consent, separation, entry: written }) => ({
    request,
    consent,
    separation,
    entry: written,
  }))
  return { approver, credentialId, counter: 1, backedUp: true, now: NOW + 5, given }
}

export function consentContract(given: Given): void {
  it('records a consent, approves, moves the counter and writes its entry', async () => {
    const { store } = given()
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { key } = await enrol(store)
    const input = { ...consentOf(open.request.id, key, open.request.trace), counter: 9, backedUp: false }
    expect(await store.recordConsent(input)).toEqual({ verdict: 'recorded', approved: true, consents: 1 })
    expect(await store.request(open.request.id)).toMatchObject({
      state: 'approved',
      separation: true,
      consents: 1,
      decidedAt: NOW + 5,
    })
    expect(await store.consents(open.request.id)).toEqual([
      {
        approver: key.approver,
        credentialId: key.credentialId,
        consent: input.consent,
        givenAt: NOW + 5,
      },
    ])
    expect(await store.passkey(key.credentialId)).toMatchObject({ counter: 9, backedUp: false, lastUsedAt: NOW + 5 })
    expect((await store.entriesOfTrace(open.request.trace)).map(({ body }) => body)).toContain(input.entry.body)
  })

  it('reads who consents with what they signed, in that order, and without what is void', async () => {
    const { store } = given()
    const of = await parties(store)
    const open = waiting(of, withQuorum(3))
    await store.openRequest(open)
    const { id, trace } = open.request
    const people = await humans(store, 3)
    for (const { key } of people) await store.recordConsent(consentOf(id, key, trace))
    const [first, second, third] = people
    if (!first || !second || !third) throw new Error('there are three')
    const runs = agent({ runBy: third.id })
    await store.ensureOwnParties({ agent: runs, executor: of.executor })
    const revoked = { credentialId: second.key.credentialId, approver: second.id, by: null, at: NOW + 6 }
    await store.revokePasskey({ ...revoked, entriesFor: async () => [] })
    const consenters = await store.consenters(id)
    expect(consenters.map(({ stored }) => stored)).toEqual(await store.consents(id))
    expect(consenters).toMatchObject([{ runs: [] }, { runs: [runs.id] }])
    for (const [at, { id: person, key }] of [first, third].entries()) {
      expect(consenters[at]?.person).toEqual(await store.approver(person))
      expect(consenters[at]?.passkey).toEqual(await store.passkey(key.credentialId))
    }
    expect(await store.consenters(waiting(of).request.id)).toEqual([])
  })

  it('refuses what comes too late, twice, from a foreign key, or with the other separation', async () => {
    const { store } = given()
    const open = waiting(await parties(store), withQuorum(3))
    await store.openRequest(open)
    const [first, second] = await humans(store, 2)
    if (!first || !second) throw new Error('there are two')
    const { id, trace } = open.request
    expect(await store.recordConsent(consentOf(id, first.key, trace, { now: NOW + 600 }))).toEqual({
      verdict: 'too_late',
    })
    expect(await store.recordConsent(consentOf(id, passkey(first.id), trace))).toEqual({ verdict: 'too_late' })
    expect(await store.recordConsent(consentOf(id, first.key, trace))).toMatchObject({ approved: false, consents: 1 })
    expect(await store.recordConsent(consentOf(id, first.key, trace))).toEqual({ verdict: 'duplicate' })
    const other = consentOf(id, second.key, trace, { separation: false })
    expect(await store.recordConsent(other)).toEqual({ verdict: 'too_late' })
    expect((await store.entriesOfTrace(trace)).map(({ body }) => body)).not.toContain(other.entry.body)
    expect(await store.consents(id)).toHaveLength(1)
  })

  it.each([2, 3])('fills a quorum of %i exactly, while twice as many race', async (quorum) => {
    const { store } = given()
    const open = waiting(await parties(store), withQuorum(quorum))
    await store.openRequest(open)
    const people = await humans(store, quorum * 2)
    const { id, trace } = open.request
    const verdicts = await Promise.all(people.map(({ key }) => store.recordConsent(consentOf(id, key, trace))))
    const recorded = verdicts.filter((verdict) => verdict.verdict === 'recorded')
    expect(recorded.filter(({ approved }) => approved)).toHaveLength(1)
    expect(recorded.map(({ consents }) => consents).sort()).toEqual(Array.from({ length: quorum }, (_, n) => n + 1))
    expect(await store.request(id)).toMatchObject({ state: 'approved', consents: quorum })
    const entries = (await store.entriesOfTrace(trace)).filter(({ body }) => body.includes('"consent.given"'))
    expect(entries).toHaveLength(quorum)
  })

  it('counts one human once, however often they press at the same moment', async () => {
    const { store } = given()
    const open = waiting(await parties(store), withQuorum(2))
    await store.openRequest(open)
    const person = await enrol(store)
    const keys = [person.key, passkey(person.id), passkey(person.id)]
    for (const key of keys.slice(1)) await store.addPasskey({ passkey: key, by: person.key, entries: [] })
    const { id, trace } = open.request
    const presses = [...keys, ...keys].map((key) => store.recordConsent(consentOf(id, key, trace)))
    const verdicts = (await Promise.all(presses)).map(({ verdict }) => verdict)
    expect(verdicts.sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate', 'duplicate', 'recorded'])
    expect(await store.request(id)).toMatchObject({ state: 'pending', consents: 1 })
  })

  it('records several of one gesture, each with its own verdict and entry, and moves the counter once', async () => {
    const { store } = given()
    const of = await parties(store)
    const opens = [
      waiting(of),
      waiting(of),
      waiting(of, withQuorum(2)),
      waiting(of, { expiresAt: NOW + 1 }),
      waiting(of),
    ]
    for (const open of opens) await store.openRequest(open)
    const [first, decided, , expired, done] = opens.map(({ request }) => request)
    if (!first || !decided || !expired || !done) throw new Error('there are five')
    await store.withdraw({
      request: decided.id,
      agent: of.agent.id,
      now: NOW,
      entry: entry('request.withdrawn', decided.trace),
    })
    const { key } = await enrol(store)
    await store.recordConsent(consentOf(done.id, key, done.trace))
    const gesture = gestureOf(key, opens.map(({ request }) => request).reverse())
    expect(await store.recordConsents({ ...gesture, counter: 12 })).toEqual([
      { verdict: 'duplicate' },
      { verdict: 'too_late' },
      { verdict: 'recorded', approved: false, consents: 1 },
      { verdict: 'too_late' },
      { verdict: 'recorded', approved: true, consents: 1 },
    ])
    expect(await store.passkey(key.credentialId)).toMatchObject({ counter: 12 })
    expect(await store.consents(first.id)).toEqual([
      {
        approver: key.approver,
        credentialId: key.credentialId,
        consent: gesture.given[4]?.consent,
        givenAt: NOW + 5,
      },
    ])
    const written = await Promise.all(opens.map(async ({ request: { trace } }) => store.entriesOfTrace(trace)))
    expect(written.map((list) => list.filter(({ body }) => body.includes('"consent.given"')).length)).toEqual([
      1, 0, 1, 0, 1,
    ])
    const ids = opens.map(({ request }) => request.id)
    const member = { id: key.approver, groups: ['approver'] }
    expect(await store.consentedBy(ids)).toEqual(new Map([ids[0], ids[2], ids[4]].map((of) => [of, [member]])))
    expect(await store.consentedBy([])).toEqual(new Map())
  })

  it('records all or nothing of a gesture, where one of its entries cannot be written', async () => {
    const { store } = given()
    const of = await parties(store)
    const opens = [waiting(of), waiting(of)]
    for (const open of opens) await store.openRequest(open)
    const { key } = await enrol(store)
    const gesture = gestureOf(
      key,
      opens.map(({ request }) => request),
    )
    const [first, second] = gesture.given
    if (!first || !second) throw new Error('there are two')
    const broken = { ...second, entry: entry('consent.given', 'not a trace') }
    await expect(store.recordConsents({ ...gesture, given: [first, broken] })).rejects.toThrow()
    for (const { request } of opens) {
      expect(await store.request(request.id)).toMatchObject({ state: 'pending', consents: 0 })
      expect(await store.consents(request.id)).toEqual([])
    }
    expect((await store.recordConsents(gesture)).map(({ verdict }) => verdict)).toEqual(['recorded', 'recorded'])
  })

  it('records nothing of a gesture by a key that was revoked', async () => {
    const { store } = given()
    const of = await parties(store)
    const opens = [waiting(of), waiting(of)]
    for (const open of opens) await store.openRequest(open)
    const { key } = await enrol(store)
    const spare = passkey(key.approver)
    await store.addPasskey({ passkey: spare, by: key, entries: [] })
    await store.revokePasskey({
      credentialId: key.credentialId,
      approver: key.approver,
      by: null,
      at: NOW,
      entriesFor: async () => [],
    })
    const verdicts = await store.recordConsents(
      gestureOf(
        key,
        opens.map(({ request }) => request),
      ),
    )
    expect(verdicts).toEqual([{ verdict: 'too_late' }, { verdict: 'too_late' }])
  })

  it('has one winner for each request when gestures over the same ones race, in any order', async () => {
    const { store } = given()
    const of = await parties(store)
    const people = await humans(store, 3)
    for (let round = 0; round < 5; round++) {
      const opens = Array.from({ length: 8 }, () => waiting(of))
      for (const open of opens) await store.openRequest(open)
      const rows = opens.map(({ request }) => request)
      const [one, two, three] = people.map(({ key }) => key)
      if (!one || !two || !three) throw new Error('there are three')
      const [last] = rows
      if (!last) throw new Error('there are eight')
      const [answers] = await Promise.all([
        Promise.all([
          store.recordConsents(gestureOf(one, rows)),
          store.recordConsents(gestureOf(two, [...rows].reverse())),
          store.recordConsents(gestureOf(one, [...rows].reverse())),
        ]),
        store.recordConsent(consentOf(last.id, three, last.trace)),
        store.withdraw({
          request: rows[1]?.id ?? '',
          agent: of.agent.id,
          now: NOW,
          entry: entry('request.withdrawn', rows[1]?.trace),
        }),
      ])
      const given = answers.flat().filter(({ verdict }) => verdict === 'recorded').length
      const kept = await Promise.all(rows.map(async ({ id }) => (await store.consents(id)).length))
      expect(kept.every((count) => count <= 1)).toBe(true)
      const states = await Promise.all(rows.map(async ({ id }) => (await store.request(id))?.state))
      expect(states.filter((state) => state === 'approved')).toHaveLength(kept.filter((count) => count === 1).length)
      expect(kept.filter((count) => count === 1).length - given).toBeLessThanOrEqual(1)
      expect(states.slice(2)).toEqual(Array(6).fill('approved'))
    }
  })

  it('is denied once, with the words of the denial', async () => {
    const { store } = given()
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { id, trace } = open.request
    const words = payload(id, 'denial', 'Not today')
    expect(
      await store.recordDenial({
        request: id,
        approver: 'ada',
        now: NOW + 600,
        entry: entry('consent.denied'),
        payloads: [words],
      }),
    ).toBe(false)
    expect(
      await store.recordDenial({
        request: id,
        approver: 'ada',
        now: NOW + 7,
        entry: entry('consent.denied', trace),
        payloads: [words],
      }),
    ).toBe(true)
    expect(
      await store.recordDenial({
        request: id,
        approver: 'ada',
        now: NOW + 7,
        entry: entry('consent.denied'),
        payloads: [],
      }),
    ).toBe(false)
    expect(await store.request(id)).toMatchObject({ state: 'denied', decidedAt: NOW + 7 })
  })

  it('has one end when consent, denial, withdrawal and expiry race', async () => {
    const { store } = given()
    const of = await parties(store)
    const people = await humans(store, 3)
    for (let round = 0; round < 10; round++) {
      const open = waiting(of, { expiresAt: NOW + 30 })
      await store.openRequest(open)
      const { id, trace } = open.request
      const ends = await Promise.all([
        ...people.map(async ({ key }) => (await store.recordConsent(consentOf(id, key, trace))).verdict === 'recorded'),
        store.recordDenial({
          request: id,
          approver: 'ada',
          now: NOW,
          entry: entry('consent.denied', trace),
          payloads: [],
        }),
        store.withdraw({ request: id, agent: of.agent.id, now: NOW, entry: entry('request.withdrawn', trace) }),
        store
          .expireDue({ now: NOW + 30, limit: 1000, entryFor: async (due) => entry('request.expired', due.trace) })
          .then((due) => due.includes(id)),
      ])
      expect(ends.filter(Boolean)).toHaveLength(1)
      // Two of opening, one of the end.
      expect(await store.entriesOfTrace(trace)).toHaveLength(3)
    }
  })

  it('issues one token for an approved request, however many collect', async () => {
    const { store } = given()
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { key } = await enrol(store)
    const { request } = open
    const early = await store.issueToken({ token: issued(request), entry: entry('token.issued', request.trace) })
    expect(early).toEqual({ verdict: 'not_approved' })
    await store.recordConsent(consentOf(request.id, key, request.trace))
    const attempts = await Promise.all(
      Array.from({ length: 16 }, async () => ({
        token: await carrying(store, request),
        entry: entry('token.issued', request.trace),
      })),
    )
    const verdicts = await Promise.all(
      attempts.map((attempt) => store.issueToken({ token: attempt.token, entry: attempt.entry })),
    )
    const winner = verdicts.findIndex(({ verdict }) => verdict === 'issued')
    const { token, entry: written } = attempts[winner] ?? {}
    expect(verdicts[winner]).toEqual({ verdict: 'issued', leaf: written?.leaf })
    expect(verdicts.filter((_, n) => n !== winner)).toEqual(
      Array(15).fill({ verdict: 'already', claims: token?.claims }),
    )
    expect(await store.issuedClaims(request.id)).toEqual(token?.claims)
    const entries = (await store.entriesOfTrace(request.trace)).filter(({ body }) => body.includes('"token.issued"'))
    expect(entries).toHaveLength(1)
  })
}
