/** Entries about configuration are read by their index, however many others there are: counted in blocks by PostgreSQL. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NotedStore, startNotedStore } from '../store/noted-store.ts'

const ENTRIES = 60_000
const CONFIGURATION = 40

const fill = [
  sql`INSERT INTO entries (type, at, trace, body, leaf)
    SELECT CASE WHEN n <= ${sql.raw(String(CONFIGURATION))} THEN 'agent.added'
      ELSE (ARRAY['request.created', 'request.decided', 'token.issued', 'token.redeemed', 'outcome.reported'])[n % 5 + 1] END,
      n, gen_random_uuid(), repeat('b', 500), decode('00', 'hex')
    FROM generate_series(1, ${sql.raw(String(ENTRIES))}) AS n`,
  sql`INSERT INTO leaves (index, entry, prefix) SELECT id - 1, id, id FROM entries`,
  sql`VACUUM ANALYZE entries`,
  sql`VACUUM ANALYZE leaves`,
]

describe('entries about configuration in a long log', () => {
  let noted: NotedStore
  beforeAll(async () => {
    noted = await startNotedStore(fill)
  }, 120_000)
  afterAll(() => noted?.stop())

  const lastId = async () => (await noted.store.configurationEntries(0)).at(-1)?.id ?? 0

  it.each([
    ['from the first on', () => noted.store.configurationEntries(0), CONFIGURATION],
    ['from the last on', async () => noted.store.configurationEntries((await lastId()) - 1), 1],
    ['of all leaves', () => noted.store.configurationLeaves({ from: 0, to: ENTRIES }), CONFIGURATION],
    ['of few leaves', () => noted.store.configurationLeaves({ from: 0, to: 100 }), CONFIGURATION],
  ])('are read by their index: %s', async (_, read, count) => {
    await expectFewBlocks(read, count)
  })

  it.each([
    ['of all leaves', { from: 0, to: ENTRIES }, CONFIGURATION],
    ['of few leaves', { from: 0, to: 100 }, CONFIGURATION],
  ])('are read by their index where the planner takes nearly all for such: %s', async (_, span, count) => {
    await noted.database.run({ text: 'DROP STATISTICS IF EXISTS entries_subject', parameters: [] }, {})
    await expectFewBlocks(() => noted.store.configurationLeaves(span), count)
  })

  async function expectFewBlocks(read: () => Promise<readonly unknown[]>, count: number) {
    const { database, ran } = noted
    ran.length = 0
    expect(await read()).toHaveLength(count)
    const [{ text, parameters } = { text: '', parameters: [] }, values] = ran.at(-1) ?? []
    const explained = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, parameters }
    const [row] = await database.run<{ 'QUERY PLAN': readonly { readonly Plan: Record<string, number> }[] }>(
      explained,
      values,
    )
    const { 'Shared Hit Blocks': hit = 0, 'Shared Read Blocks': missed = 0 } = row?.['QUERY PLAN'][0]?.Plan ?? {}
    expect(hit + missed).toBeGreaterThan(0)
    // The table has some 5,000.
    expect(hit + missed).toBeLessThan(500)
  }
})
