/** The inbox: pages that no agent fills alone, counted; read once for as long as nothing of it changes. */
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import type { InboxFilter } from '../../src/domain/approval/request-filter.ts'
import type { RequestRow } from '../../src/store/contract/request-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { statement } from '../../src/store/driver/sql-statement.ts'
import { inboxReading } from '../setup/inbox-reading.ts'
import type { Given } from './contract.ts'
import { engagement } from './contract-kill-switches.ts'
import { enrol } from './contract-people.ts'
import {
  consentOf,
  entry,
  id,
  migrationsOnDisk,
  NOW,
  opening,
  parties,
  payload,
  waiting,
  withQuorum,
} from './fixtures.ts'

const inboxOf = async (store: Store, changes: Parameters<typeof inboxReading>[0]) =>
  (await store.inbox(inboxReading({ now: NOW, decidedSince: NOW, ...changes }))).requests

export function inboxContract(given: Given): void {
  it('shows the inbox: what waits by deadline, then what was decided lately', async () => {
    const { store } = given()
    const of = await parties(store)
    const [late, soon, over, denied] = [
      waiting(of, { expiresAt: NOW + 400 }),
      waiting(of, { expiresAt: NOW + 300 }),
      waiting(of, { expiresAt: NOW + 10 }),
      waiting(of),
    ]
    for (const open of [late, soon, over, denied]) await store.openRequest(open)
    await store.recordDenial({
      approver: 'ada',
      request: denied.request.id,
      now: NOW + 20,
      entry: entry('consent.denied'),
      payloads: [],
    })
    const mine = (await inboxOf(store, { now: NOW + 20, decidedSince: NOW + 20, answeredLimit: 1000 })).filter(
      ({ agent }) => agent === of.agent.id,
    )
    expect(mine.map(({ id: request }) => request)).toEqual([soon, late, denied].map(({ request }) => request.id))
    const later = await inboxOf(store, { now: NOW + 20, decidedSince: NOW + 21 })
    expect(later.map(({ id: request }) => request)).not.toContain(denied.request.id)
    expect(await inboxOf(store, { now: NOW + 20, limit: 1, answeredLimit: 0 })).toHaveLength(1)
  })
  it.each([
    ['its row', (id: string) => sql`UPDATE requests SET policy = policy || 'x' WHERE id = ${sql.raw(id)}`],
    ['a text', (id: string) => sql`UPDATE payloads SET content = content || ' ' WHERE subject = ${sql.raw(id)}`],
    ['a text that is gone', (id: string) => sql`DELETE FROM payloads WHERE subject = ${sql.raw(id)}`],
    [
      'an entry beside its own',
      (id: string) => sql`INSERT INTO entries (type, at, trace, body, leaf)
        SELECT type, at, trace, body || ' ', sha256(leaf) FROM entries
        WHERE trace = (SELECT trace FROM requests WHERE id = ${sql.raw(id)})`,
    ],
    [
      'a token',
      (id: string) => sql`INSERT INTO tokens
        (jti, request, agent, audience, status_list, status_index, uses, issued_at, expires_at, claims_digest, added)
        SELECT 'jti' || id, id, agent, audience, 0, 0, 1, created_at, expires_at, digest, 0
        FROM requests WHERE id = ${sql.raw(id)}`,
    ],
    [
      'the use of its grant',
      (id: string) => sql`INSERT INTO grants (id, agent, audience, name, expires_at, uses, used, summed)
        SELECT id, agent, audience, name, expires_at, 2, 1, 0 FROM requests WHERE id = ${sql.raw(id)}`,
    ],
  ])('is read for the inbox once, and again after a change of %s', async (_, change) => {
    const { store, database } = given()
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { id: mine, agent } = open.request
    const input = { filter: { agent }, decidedSince: NOW, limit: 10 }
    const [first] = await inboxOf(store, input)
    expect(first).toEqual((await store.requestsById([mine]))[0])
    expect((await inboxOf(store, input))[0]).toBe(first)
    await database.run(statement(change(`'${mine}'`)))
    const [later] = await inboxOf(store, input)
    expect(later).not.toBe(first)
    expect(later).toEqual((await store.requestsById([mine]))[0])
  })
  it('is kept for the next reading, up to a length of all calls together', async () => {
    const { store, database } = given()
    const of = await parties(store)
    const text = 'x'.repeat(7900)
    for (let at = 0; at < 260; at++) {
      const open = waiting(of)
      const action = { name: open.request.name, resource: 'forum:eng', arguments: { text }, salt: id() }
      const payloads = [payload(open.request.id, 'action', action)]
      await store.openRequest({ ...open, payloads, entries: opening(open.request, payloads) })
    }
    let read = 0
    const run: typeof database.run = (query, values = {}) => {
      if (Array.isArray(values['ids'])) read += values['ids'].length
      return database.run(query, values)
    }
    const watched = createStore({ ...database, run }, migrationsOnDisk())
    const readAgain = async (limit: number) => {
      const reading = { filter: { agent: of.agent.id }, limit, answeredLimit: 0 }
      expect(await inboxOf(watched, reading)).toHaveLength(limit)
      read = 0
      await inboxOf(watched, reading)
      return read
    }
    expect(await readAgain(200)).toBe(0)
    expect(await readAgain(260)).toBeGreaterThan(0)
  })

  it('is found in the inbox by its members, its danger and its words, also beyond the length of a list', async () => {
    const { store } = given()
    const of = await parties(store)
    const title = 'Erase the board \u0000 “{board}” for good'
    const risky = waiting(of, {
      name: 'forum.delete',
      catalogueEntry: { name: 'forum.delete', effect: 'destructive', title },
      expiresAt: NOW + 900,
    })
    for (const open of [waiting(of), waiting(of), waiting(of), risky]) await store.openRequest(open)
    const found = async (filter: InboxFilter, limit = 2) => {
      const input = { now: NOW + 20, decidedSince: NOW + 20, limit }
      return (await inboxOf(store, { ...input, filter: { agent: of.agent.id, ...filter } })).map(({ name }) => name)
    }
    const deletion = ['forum.delete']
    expect(await found({})).toEqual(['forum.post', 'forum.post'])
    expect(await found({ name: 'forum.delete' })).toEqual(deletion)
    expect(await found({ executor: of.executor.audience, danger: 'irreversible' })).toEqual(deletion)
    expect(await found({ danger: 'destructive' })).toEqual(deletion)
    expect(await found({ danger: 'read' })).toEqual([])
    expect(await found({ executor: 'https://elsewhere.example' })).toEqual([])
    expect(await found({ words: ['board', 'good'] })).toEqual(deletion)
    expect(await found({ words: ['hello'] }, 10)).toHaveLength(4)
    expect(await found({ words: ['hello', 'nowhere'] }, 10)).toEqual([])
  })

  it('gives each agent its turn on a page, has changes to the authority first, and counts all', async () => {
    const { store } = given()
    const group = id()
    const issuer = 'https://approve.example'
    const [noisy, other] = [await parties(store), await parties(store)]
    const open = async (of: typeof noisy, fields: Partial<RequestRow>) => {
      const one = waiting(of, { ...withQuorum(1, group), ...fields })
      await store.openRequest(one)
      return one.request.id
    }
    const flood: string[] = []
    for (let at = 0; at < 9; at++) flood.push(await open(noisy, { expiresAt: NOW + 100 + at }))
    const late = [await open(other, { expiresAt: NOW + 900 }), await open(other, { expiresAt: NOW + 901 })]
    const change = await open(other, { audience: issuer, expiresAt: NOW + 9000 })
    const page = async (skip: number, changes: Parameters<typeof inboxReading>[0] = {}) =>
      store.inbox(inboxReading({ groups: [group], issuer, now: NOW, decidedSince: NOW, skip, limit: 5, ...changes }))
    const listed = async (skip: number) => (await page(skip)).requests.map((one) => one.id)
    expect(await listed(0)).toEqual([change, ...flood.slice(0, 2), ...late])
    expect(await listed(5)).toEqual(flood.slice(2, 7))
    expect(await listed(10)).toEqual(flood.slice(7))
    expect(await page(0)).toMatchObject({ waiting: 12, unsureBeyond: 0, onPage: 5 })
    expect(await page(20)).toMatchObject({ requests: [], waiting: 12, unsureBeyond: 0, onPage: 0 })
    expect(await page(0, { filter: { agent: noisy.agent.id } })).toMatchObject({ waiting: 9 })
  })

  it('leaves a page to what waits for the person, beside what they have answered, and says what it is not sure of', async () => {
    const { store } = given()
    const of = await parties(store)
    const { key } = await enrol(store)
    const rows: RequestRow[] = []
    for (let at = 0; at < 6; at++) {
      const one = waiting(of, { ...withQuorum(2), expiresAt: NOW + 100 + at })
      await store.openRequest(one)
      rows.push(one.request)
    }
    const ids = rows.map((row) => row.id)
    for (const { id: request, trace } of rows.slice(0, 2)) await store.recordConsent(consentOf(request, key, trace))
    const span = { filter: { agent: of.agent.id }, now: NOW, decidedSince: NOW, limit: 3, answeredLimit: 1 }
    const mine = await store.inbox(inboxReading({ ...span, approver: key.approver }))
    expect(mine.requests.map((one) => one.id)).toEqual([...ids.slice(2, 5), ids[0]])
    expect(mine).toMatchObject({ waiting: 4, onPage: 3, unsureBeyond: 0 })
    const theirs = await store.inbox(inboxReading({ ...span, skip: 3 }))
    expect(theirs).toMatchObject({ waiting: 6, onPage: 3, unsureBeyond: 2 })
  })

  it('comes with who has consented and what a kill switch stops, as they are read alone', async () => {
    const { store } = given()
    const of = await parties(store)
    const { key } = await enrol(store)
    const [free, begun, stopped] = [waiting(of), waiting(of, withQuorum(2)), waiting(of)]
    for (const open of [free, begun, stopped]) await store.openRequest(open)
    await store.recordConsent(consentOf(begun.request.id, key, begun.request.trace))
    expect(await store.engage(engagement({ request: stopped.request.id }))).toEqual({ verdict: 'engaged' })
    const ids = [free, begun, stopped].map(({ request }) => request.id)
    const page = await store.inbox(inboxReading({ filter: { agent: of.agent.id }, now: NOW, decidedSince: NOW }))
    expect(page.consented).toEqual(await store.consentedBy(ids))
    expect([...page.consented.keys()]).toEqual([begun.request.id])
    expect(page.stopped).toEqual(await store.stoppedAmong(ids))
    expect([...page.stopped]).toEqual([stopped.request.id])
  })
}
