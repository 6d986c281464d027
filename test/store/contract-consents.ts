/** Consents: one per human, an exact quorum, and one winner between consent, denial, withdrawal and expiry. */
import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import { consentOf, entry, issued, NOW, parties, passkey, payload, waiting, withQuorum } from './fixtures.ts'

async function humans(store: Store, count: number) {
  return Promise.all(Array.from({ length: count }, () => enrol(store)))
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
      { approver: key.approver, credentialId: key.credentialId, consent: input.consent },
    ])
    expect(await store.passkey(key.credentialId)).toMatchObject({ counter: 9, backedUp: false, lastUsedAt: NOW + 5 })
    expect((await store.entriesOfTrace(open.request.trace)).map(({ body }) => body)).toContain(input.entry.body)
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
    for (const key of keys.slice(1)) await store.addPasskey(key, [])
    const { id, trace } = open.request
    const presses = [...keys, ...keys].map((key) => store.recordConsent(consentOf(id, key, trace)))
    const verdicts = (await Promise.all(presses)).map(({ verdict }) => verdict)
    expect(verdicts.sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate', 'duplicate', 'recorded'])
    expect(await store.request(id)).toMatchObject({ state: 'pending', consents: 1 })
  })

  it('is denied once, with the words of the denial', async () => {
    const { store } = given()
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { id, trace } = open.request
    const words = payload(id, 'denial', 'Not today')
    expect(await store.recordDenial(id, 'someone', NOW + 600, entry('consent.denied'), [words])).toBe(false)
    expect(await store.recordDenial(id, 'someone', NOW + 7, entry('consent.denied', trace), [words])).toBe(true)
    expect(await store.recordDenial(id, 'someone', NOW + 7, entry('consent.denied'), [])).toBe(false)
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
        store.recordDenial(id, 'someone', NOW, entry('consent.denied', trace), []),
        store.withdraw(id, of.agent.id, NOW, entry('request.withdrawn', trace)),
        store
          .expireDue(NOW + 30, 1000, async (due) => entry('request.expired', due.trace))
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
    const early = await store.issueToken(issued(request), entry('token.issued', request.trace))
    expect(early).toEqual({ verdict: 'not_approved' })
    await store.recordConsent(consentOf(request.id, key, request.trace))
    const attempts = Array.from({ length: 16 }, () => ({
      token: issued(request),
      entry: entry('token.issued', request.trace),
    }))
    const verdicts = await Promise.all(attempts.map((attempt) => store.issueToken(attempt.token, attempt.entry)))
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
