/** What a statement of the log takes at a time: many words of many requests, and no one statement has them all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UNIT } from '../../src/domain/ledger/block-places.ts'
import {
  firstWithin,
  portions,
  TEXT_TOGETHER,
  WORDS_AT_ONCE,
  WORDS_TOGETHER,
} from '../../src/domain/ledger/portions.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database, Runner } from '../../src/store/driver/database.ts'
import { entry, migrationsOnDisk, parties, payload, waiting } from '../store/fixtures.ts'
import { type DatabaseKind, type Ground, runnerOn, settle, startGround, writeEntries } from './ground.ts'

describe('portions', () => {
  const sizes = (all: readonly number[], most: number) => portions(all, (one) => one, most)

  it('have as many as fit, in order', () => {
    expect(sizes([1, 2, 3, 4], 5)).toEqual([[1, 2], [3], [4]])
    expect(sizes([5, 5, 0], 5)).toEqual([[5], [5, 0]])
    expect(sizes([], 5)).toEqual([])
  })

  it('of what fits nowhere have it alone', () => {
    expect(sizes([1, 9, 1], 5)).toEqual([[1], [9], [1]])
  })
})

describe('the first entries', () => {
  const within = (requests: readonly string[], most: number) =>
    firstWithin(
      requests,
      (one) => one,
      new Map([
        ['a', 3],
        ['b', 4],
        ['large', 9],
      ]),
      most,
    ).join(' ')

  it('are those whose requests fit together, each counted once', () => {
    expect(within(['a', 'a', 'b', 'a', 'large'], 7)).toBe('a a b a')
    expect(within(['a', 'none', 'b', 'none'], 6)).toBe('a none')
    expect(within(['none', 'none'], 0)).toBe('none none')
  })

  it('have one request that is larger', () => {
    expect(within(['none', 'large', 'large', 'a'], 7)).toBe('none large large')
  })
})

describe.each<DatabaseKind>(['postgres', 'pglite'])('the log on %s', (kind) => {
  let ground: Ground
  const REQUESTS = 6
  const WORDS = 4000
  /** Rows that were given to statements, or that they gave, and words among these. */
  const most = { rowsGiven: 0, wordsGiven: 0, wordsRead: 0, textRead: 0, rowsTogether: 0 }

  let rowsTogether = 0

  beforeAll(async () => {
    ground = await startGround(kind)
    const store = createStore(recorded(ground.database), migrationsOnDisk())
    const of = await parties(store)
    for (let at = 0; at < REQUESTS; at++) {
      const text = Array.from({ length: WORDS }, (_, n) => `w${at}x${n}`).join(' ')
      const open = waiting(of)
      const created = entry('request.created', open.request.trace, { request: open.request.id })
      const payloads = [payload(open.request.id, 'action', { name: 'forum.post', resource: 'r', arguments: { text } })]
      expect((await store.openRequest({ ...open, entries: [created], payloads })).verdict).toBe('opened')
    }
    await writeEntries(store, UNIT)
    await settle(runnerOn(store, ground.key, ground.errors), store)
  })
  afterAll(() => ground.stop())

  /** Of the statements of the log and its index alone. */
  function recorded(database: Database): Database {
    const recording = (runner: Runner): Runner => ({
      async run(statement, values = {}) {
        const rows = await runner.run(statement, values)
        const given = Object.values(values).find((value) => Array.isArray(value)) ?? []
        if (/INTO "facts"/.test(statement.text)) {
          rowsTogether += given.length
          most.rowsTogether = Math.max(most.rowsTogether, rowsTogether)
          most.rowsGiven = Math.max(most.rowsGiven, given.length)
        }
        if (/array_to_tsvector/.test(statement.text)) most.wordsGiven = Math.max(most.wordsGiven, wordsOf(given))
        if (/tsvector_to_array/.test(statement.text)) most.wordsRead = Math.max(most.wordsRead, wordsOf(rows))
        if (/AS "sensitive"/.test(statement.text)) most.textRead = Math.max(most.textRead, JSON.stringify(rows).length)
        return rows
      },
    })
    return {
      ...database,
      ...recording(database),
      transaction: (work) =>
        database.transaction((transaction) => {
          rowsTogether = 0
          return work(recording(transaction))
        }),
    }
  }
  const wordsOf = (rows: readonly unknown[]): number =>
    rows.reduce<number>((sum, row) => sum + ((row as { words?: readonly string[] }).words ?? []).length, 0)

  it('gives no statement more rows or words than it works on at a time', () => {
    expect(ground.errors).toEqual([])
    expect(most.rowsGiven).toBe(500)
    expect(most.wordsGiven).toBe(WORDS + 3)
    expect(most.wordsRead).toBe(WORDS + 3)
    expect(most.wordsRead).toBeLessThanOrEqual(WORDS_AT_ONCE)
    expect(most.textRead).toBeLessThanOrEqual(TEXT_TOGETHER)
    // With the few facts that the entries themselves have.
    expect(most.rowsTogether).toBeGreaterThan(2 * WORDS)
    expect(most.rowsTogether).toBeLessThan(WORDS_TOGETHER)
  })

  it('has all of them in its index', async () => {
    const text = `SELECT count(*)::integer AS count FROM facts WHERE convert_from(fact, 'UTF8') ~ '^~w[0-9]+x[0-9]+$'`
    expect(await ground.database.run({ text, parameters: [] })).toEqual([{ count: REQUESTS * WORDS }])
  })
})
