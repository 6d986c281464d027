/** The index of auditors' searches: every filter finds what reading the whole log finds, however far the index is behind. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestOfTrace } from '../../src/domain/approval/approval-request.ts'
import { addPacked, BLOCK, noPlaces, offsetsOf, packPlaces, UNIT } from '../../src/domain/ledger/block-places.ts'
import type { EntryType, PreparedEntry } from '../../src/domain/ledger/entry.ts'
import { type EntryQuery, filterOf, matchesFilter } from '../../src/domain/ledger/entry-filter.ts'
import { parseEntry } from '../../src/domain/ledger/leaf.ts'
import { wordsIn } from '../../src/domain/ledger/words.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { LedgerList } from '../../src/web/ledger/ledger-page.tsx'
import { type Cast, credentialFor, startCast } from '../http/cast.ts'
import { bearer } from '../http/raw.ts'
import { mustSucceed } from '../setup/authority.ts'
import { hash, NOW, trace } from '../store/fixtures.ts'
import { type DatabaseKind, eventually, type Ground, runnerOn, settle, startGround, writeEntries } from './ground.ts'

describe('places in a block', () => {
  const unpacked = (...packed: readonly Uint8Array[]) => {
    const places = noPlaces()
    for (const run of packed) addPacked(places, run)
    return offsetsOf(places)
  }

  it.each([
    ['none', []],
    ['the first and the last', [0, BLOCK - 1]],
    ['one in each unit', Array.from({ length: BLOCK / UNIT }, (_, unit) => unit * UNIT + unit)],
    ['thirty-one of a unit', Array.from({ length: 31 }, (_, n) => 512 + n * 8)],
    ['thirty-two of a unit', Array.from({ length: 32 }, (_, n) => 512 + n * 8)],
    ['all', Array.from({ length: BLOCK }, (_, n) => n)],
  ])('are what was packed: %s', (_, offsets) => {
    expect(unpacked(packPlaces(offsets))).toEqual(offsets)
  })

  it('are the union of what was appended', () => {
    expect(unpacked(packPlaces([1, 300]), packPlaces([2, 301]), packPlaces([4095]))).toEqual([1, 2, 300, 301, 4095])
  })

  it('of a fact that every entry has take a seventh of a byte each', () => {
    expect(packPlaces(Array.from({ length: BLOCK }, (_, n) => n))).toHaveLength((BLOCK / UNIT) * 34)
  })
})

/** Their entries begin a second block. */
const REQUESTS = 4200
const pick = (list: readonly string[], n: number): string => list[n % 2 === 0 ? 0 : n % list.length] ?? ''
const AGENTS = Array.from({ length: 40 }, (_, n) => `agent-${n}`)
const PEOPLE = Array.from({ length: 30 }, (_, n) => `person-${n}`)
const VERBS = ['restart', 'remove', 'rename', 'publish']

interface Told {
  readonly trace: string
  readonly resource: string
  readonly text: string
}

/** Requests whose entries are told one after another, and some that go on much later. */
function tellStories() {
  const told: Told[] = []
  const [now, later]: [PreparedEntry[], PreparedEntry[]] = [[], []]
  for (let n = 0; n < REQUESTS; n++) {
    const of = trace()
    const parties = {
      request: requestOfTrace(of),
      agent: pick(AGENTS, n),
      principal: pick(PEOPLE, n),
      name: `do.${n % 3}`,
    }
    const write = (type: EntryType, into: PreparedEntry[], own: object) =>
      into.push(prepared(type, of, NOW + n * 30, { ...parties, ...own }))
    write('request.created', now, { action: `sha-256:${hash()}` })
    write('request.decided', now, n % 10 === 0 ? {} : { origin: 'policy' })
    if (n % 10 === 0) write('consent.given', now, { approver: pick(PEOPLE, n + 1), origin: 'human' })
    write('token.redeemed', now, { executor: `https://e${n % 7}.example` })
    write('outcome.reported', n % 100 === 7 ? later : now, { outcome: n % 50 === 0 ? 'failed' : 'succeeded' })
    told.push({ trace: of, resource: `forum:${n % 300}`, text: `${VERBS[n % 4]} router ${n} of ${pick(PEOPLE, n)}` })
  }
  return { told, entries: [...now, ...later] }
}

function prepared(type: EntryType, of: string, at: number, members: object): PreparedEntry {
  const body = JSON.stringify({ at, trace: of, type, v: 1, ...members })
  return { type, at, trace: of, body, leaf: new Uint8Array(createHash('sha256').update(`\0${body}`).digest()) }
}

/** Of every condition values that are common, rare, in no entry, and of a kind that somebody tries. */
const drawnQuery: fc.Arbitrary<EntryQuery> = fc
  .record(
    {
      agent: fc.constantFrom('agent-0', 'agent-0', 'agent-7', 'agent', '%', "agent-7' OR '1'='1", '\\x', '\u{10ffff}'),
      principal: fc.constantFrom('person-0', 'person-3', 'person-11', 'nobody'),
      type: fc.constantFrom('token.redeemed', 'outcome.reported', 'consent.given', 'agent.added'),
      outcome: fc.constantFrom('succeeded', 'failed', 'aborted'),
      resource: fc.constantFrom('forum:3', 'forum:14', 'nowhere', '@', '~'),
      words: fc.constantFrom(
        'r',
        'router',
        'restart person-0',
        '1 2',
        '7 70 703',
        'zzz',
        '~',
        'r\u0001',
        "';--",
        '\u{10ffff}',
        '%_',
      ),
      text: fc.constantFrom('agent-7', 'person-3', '=', '~router', 'x'.repeat(512)),
    },
    { requiredKeys: [] },
  )
  .filter((query) => Object.keys(query).length > 0)

/** As the store has them; of every fifth request the texts are gone. */
const hasTexts = (n: number) => n % 5 !== 4

async function insertTexts({ database }: Ground, told: readonly Told[]): Promise<void> {
  const rows = told.flatMap(({ trace: of, resource, text }, n) => {
    const content = { salt: 'x', content: { name: 'do', resource, arguments: { text } } }
    return hasTexts(n)
      ? [{ subject: requestOfTrace(of), kind: 'action', digest: hash(), content: JSON.stringify(content) }]
      : []
  })
  const values = rows.map(
    (row) =>
      `(${Object.values(row)
        .map((value) => `'${value}'`)
        .join(', ')})`,
  )
  await database.run({ text: `INSERT INTO payloads (subject, kind, digest, content) VALUES ${values}`, parameters: [] })
}

it('is told what passes had that it has yet to take in: of earlier ones while the log runs, else of the last alone', async () => {
  const ground = await startGround('pglite')
  const known: (number | undefined)[] = []
  const noting: Store = {
    ...ground.store,
    indexEntries(limit, given) {
      known.push(given?.[0]?.index)
      return ground.store.indexEntries(limit, given)
    },
  }
  const runner = runnerOn(noting, ground.key, ground.errors)
  const indexed = async () => (await ground.store.backlog(NOW)).unindexed < UNIT
  for (const count of [300, 300]) {
    await writeEntries(ground.store, count)
    await settle(runner, ground.store)
  }
  expect(new Set(known.filter((index) => index !== undefined))).toEqual(new Set([0, 300]))
  known.length = 0
  const stop = runner.start()
  for (const size of [900, 1200]) {
    await writeEntries(ground.store, 300)
    await eventually(async () => (await ground.store.checkpoint('published'))?.size === size && (await indexed()))
  }
  await stop()
  expect(known).toContain(900 - UNIT)
  expect(ground.errors).toEqual([])
  await ground.stop()
})

describe.each<DatabaseKind>(['postgres', 'pglite'])('a search on %s', (kind) => {
  let ground: Ground
  let told: readonly Told[]
  let log: readonly { readonly index: number; readonly body: string }[]

  beforeAll(async () => {
    ground = await startGround(kind)
    const { entries, ...made } = tellStories()
    told = made.told
    await insertTexts(ground, told)
    for (let at = 0; at < entries.length; at += 500) await ground.store.appendEntries(entries.slice(at, at + 500))
    // The log is published without its index.
    const unindexed: Store = { ...ground.store, indexEntries: async () => 0 }
    await settle(runnerOn(unindexed, ground.key, ground.errors), unindexed)
    log = await ground.store.leaves({ from: 0, limit: entries.length })
    expect(log).toHaveLength(entries.length)
    expect(log.length).toBeGreaterThan(BLOCK + 2 * UNIT)
  })
  afterAll(() => ground.stop())

  /** By reading the whole log. */
  async function expected(query: EntryQuery): Promise<readonly number[]> {
    const { resource, words, ...members } = query
    const filter = await filterOf(members)
    const traceOfAction = log.map(({ body }) => parseEntry(body)).find(({ action }) => action === query.action)?.trace
    const texts = new Map(told.map((one, n) => [one.trace, hasTexts(n) ? one : undefined]))
    return log.flatMap(({ index, body }) => {
      const entry = parseEntry(body)
      const { action, ...others } = filter
      const matches = matchesFilter(entry, others) && (action === undefined || entry.trace === traceOfAction)
      const said = texts.get(entry.trace)
      const isOf = resource === undefined || said?.resource === resource
      const known = said ? wordsIn(`do ${said.resource} ${said.text}`) : []
      // A search for a text without words finds nothing.
      const prefixes = words === undefined ? undefined : wordsIn(words)
      const says = prefixes?.every((prefix) => known.some((word) => word.startsWith(prefix))) ?? true
      return matches && isOf && says && prefixes?.length !== 0 ? [index] : []
    })
  }

  async function found(query: EntryQuery, order: 'newest' | 'oldest', limit: number) {
    const indexes: number[] = []
    let through: number | null = null
    for (let after: number | null = null; ; after = indexes.at(-1) ?? null) {
      const page = await ground.store.search({ filter: await filterOf(query), page: { order, after, limit } })
      indexes.push(...page.entries.map(({ index }) => index))
      through = page.indexedThrough
      if (page.entries.length < limit) return { indexes, through }
    }
  }

  const queries = (): readonly EntryQuery[] => {
    const [first, some, last] = [told[0], told[703], told.at(-1)]
    const bodyOf = (of: string | undefined) =>
      parseEntry(log.find(({ body }) => body.includes(String(of)))?.body ?? '{}')
    return [
      ...['agent-0', 'agent-7', 'nobody'].map((agent) => ({ agent })),
      { principal: 'person-3' },
      { approver: 'person-1' },
      { executor: 'https://e3.example' },
      { name: 'do.1' },
      { type: 'consent.given' },
      { outcome: 'failed' },
      { origin: 'human' },
      { trace: String(some?.trace) },
      { trace: trace() },
      { action: String(bodyOf(last?.trace).action) },
      { action: `sha-256:${hash()}` },
      { resource: 'forum:3' },
      { resource: 'forum:4' },
      { resource: 'nowhere' },
      { words: 'restart' },
      { words: 'r 7' },
      { words: 'publish person-1' },
      { words: 'restart remove' },
      { words: '703' },
      { text: 'person-2' },
      { text: String(first?.trace) },
      { text: requestOfTrace(String(last?.trace)) },
      { from: NOW + 9000, to: NOW + 9300 },
      { from: NOW + 20_000 },
      { to: NOW + 100 },
      { agent: 'agent-7', type: 'token.redeemed' },
      { agent: 'agent-7', text: 'person-2', from: NOW + 9000 },
      { words: 'router', agent: 'agent-9', outcome: 'succeeded' },
      { words: 'router', trace: String(some?.trace), type: 'request.created' },
      { resource: 'forum:3', type: 'outcome.reported' },
      { agent: 'agent-1', executor: 'https://e3.example', name: 'do.2', to: NOW + 40_000 },
    ]
  }

  /** A filter by trace and period needs no index. */
  const needsIndex = ({ trace: _trace, from: _from, to: _to, ...members }: EntryQuery) =>
    Object.keys(members).length > 0

  async function compare(reach: number, asked = queries()): Promise<void> {
    for (const query of asked) {
      const all = await expected(query)
      const through = needsIndex(query) && reach < log.length ? reach - 1 : null
      const within = all.filter((index) => index <= (through ?? log.length))
      // An action is found by its first entry.
      const oldest = query.action !== undefined && (all[0] ?? 0) > (through ?? log.length) ? [] : within
      expect({ query, ...(await found(query, 'oldest', 2000)) }).toEqual({ query, indexes: oldest, through })
      expect({ query, ...(await found(query, 'newest', 997)) }).toEqual({
        query,
        indexes: oldest.toReversed(),
        through,
      })
    }
  }

  it('reads the first 1,024 entries where nothing is indexed, and says so', () => compare(1024), 120_000)

  it('reads what is indexed and the next 1,024', async () => {
    expect(await ground.store.indexEntries(1024)).toBe(1024)
    await compare(2048)
  }, 120_000)

  it('reaches every entry once the index has less than that to do; two that index at once do it once', async () => {
    const counts = async () => {
      let count = 0
      for (let added = 1; added > 0; count += added) added = await ground.store.indexEntries(777)
      return count
    }
    const [one, other] = await Promise.all([counts(), counts()])
    expect(1024 + one + other).toBe(Math.floor(log.length / UNIT) * UNIT)
    expect((await ground.store.backlog(NOW)).unindexed).toBe(log.length % UNIT)
    await compare(log.length)
  }, 120_000)

  it(
    'meets any conditions at once, rare ones and hostile ones',
    () => compare(log.length, fc.sample(drawnQuery, 60)),
    120_000,
  )

  it('finds a leaf by its hash', async () => {
    const leaves = await ground.store.leaves({ from: 0, limit: log.length })
    const { leafPrefix } = await import('../../src/domain/ledger/leaf.ts')
    for (const leaf of [leaves[0], leaves[5000], leaves.at(-1)]) {
      const asked = { hash: leaf?.hash ?? new Uint8Array(), prefix: leafPrefix(leaf?.hash ?? new Uint8Array()) }
      expect(await ground.store.indexOfLeaf(asked)).toBe(leaf?.index)
      expect(await ground.store.indexOfLeaf({ ...asked, hash: new Uint8Array(32) })).toBeUndefined()
    }
  })

  it('counts what it finds, up to a limit', async () => {
    const count = async (query: EntryQuery, limit: number) =>
      ground.store.count({ filter: await filterOf(query), limit })
    for (const query of [
      { agent: 'agent-7' },
      { type: 'token.redeemed', executor: 'https://e3.example' },
      { to: NOW + 900 },
    ])
      expect(await count(query, 100_000)).toBe((await expected(query)).length)
    expect(await count({ agent: 'agent-0' }, 1000)).toBe(1000)
  })
})

describe('while the index is behind', () => {
  let cast: Cast
  beforeAll(async () => {
    cast = await startCast()
    Object.assign(cast.authority.store, { indexEntries: async () => 0 })
    await writeEntries(cast.authority.store, 1500)
    await settle(cast.authority.services.ledger, cast.authority.store)
  })
  afterAll(() => cast.authority.stop())

  it('answers say how far they reach: of a search and of an export', async () => {
    const secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
    const auditor = cast.authority.client(secret)
    const list = async (query: object) => mustSucceed(await auditor.call('listEntries', { query })).indexed_through
    expect(await list({ type: 'token.refused' })).toBe(1023)
    expect(await list({ words: 'nothing' })).toBe(1023)
    expect(await list({})).toBe(null)
    expect(await list({ from: '1' })).toBe(null)
    const ask = (path: string) => cast.authority.fetch(cast.authority.config.origin + path, { headers: bearer(secret) })
    const exported = await ask('/ledger/export?type=token.refused')
    expect(exported.headers.get('countersign-indexed-through')).toBe('1023')
    expect((await exported.text()).split('\n').length - 1).toBeLessThan(1024)
    expect((await ask('/ledger/export?from=1')).headers.get('countersign-indexed-through')).toBe(null)
  })

  it.each([
    [1023, true],
    [null, false],
  ])('the page says the same: %j', (indexedThrough, isSaid) => {
    const filter = { values: { type: 'token.refused' }, looked: {}, after: undefined, fault: null }
    const page = { filter, entries: [], unproved: [], next: null, checkpoint: null, nameOf: (id: string) => id }
    const shown = String(LedgerList({ listed: { ...page, indexedThrough } }))
    expect(shown.includes('covers the entries up to 1023')).toBe(isSaid)
  })
})
