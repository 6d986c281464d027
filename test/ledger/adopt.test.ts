/** A database that was dumped and restored into a server whose transactions count from elsewhere: the log goes on. */
import { afterEach, describe, expect, it } from 'vitest'
import { checkLog } from '../../src/authority/log/check-log.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { adoptLog } from '../../src/store/ledger/log-verbs.ts'
import { type DatabaseKind, type Ground, readLog, runnerOn, settle, startGround, writeEntries } from './ground.ts'

const grounds: Ground[] = []
afterEach(async () => {
  for (const ground of grounds.splice(0)) await ground.stop()
})

async function begin(kind: DatabaseKind): Promise<Ground> {
  const ground = await startGround(kind)
  grounds.push(ground)
  return ground
}

const query = <Row>(database: Database, text: string) => database.run<Row>({ text, parameters: [] })

const TABLES = ['entries', 'leaves', 'tiles', 'checkpoints', 'facts', 'log_cursors', 'activity']
/** By so much the first server was ahead. */
const AHEAD = 10n ** 12n

/** What a dump holds, row by row, as the other server wrote it. */
async function restore(from: Database, into: Database): Promise<void> {
  // A restore brings triggers back after the rows.
  await query(into, 'ALTER TABLE entries DISABLE TRIGGER entries_placed')
  for (const table of TABLES) {
    const [dumped] = await query<{ rows: Record<string, unknown>[] }>(
      from,
      `SELECT coalesce(json_agg(row), '[]') AS rows FROM ${table} AS row`,
    )
    const rows = (dumped?.rows ?? []).map((row) =>
      'xid' in row ? { ...row, xid: String(BigInt(String(row['xid'])) + AHEAD) } : row,
    )
    await query(
      into,
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
        SELECT * FROM json_populate_recordset(NULL::${table}, '${JSON.stringify(rows).replaceAll("'", "''")}')`,
    )
  }
  await query(into, 'ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_placed')
  await query(into, `SELECT setval(pg_get_serial_sequence('entries', 'id'), (SELECT max(id) FROM entries))`)
}

describe.each<DatabaseKind>(['pglite', 'postgres'])('a log restored into %s', (kind) => {
  it('is refused, adopted once, and goes on with every entry in its place and each once', async () => {
    const old = await begin(kind)
    const sequenced = await writeEntries(old.store, 300)
    await settle(old.runner, old.store)
    const before = await old.store.checkpoint('published')
    const waiting = await writeEntries(old.store, 20)

    const { database, store } = await begin(kind)
    await restore(old.database, database)
    const restored = { store, key: old.key }
    await expect(checkLog(store, old.key)).rejects.toThrow('countersign restored')
    expect(await adoptLog(database)).toBe(true)
    expect(await adoptLog(database)).toBe(false)
    await checkLog(store, old.key)

    const later = await writeEntries(store, 5)
    const runner = runnerOn(store, old.key)
    await settle(runner, store)
    expect(await readLog(restored)).toEqual([...sequenced, ...waiting, ...later])
    expect((await store.checkpoint('published'))?.size).toBe(325)
    expect(before?.size).toBe(300)
    await expect(query(database, `UPDATE entries SET type = 'token.issued'`)).rejects.toThrow('stays written')
  })

  it('leaves a log alone that is at home', async () => {
    const { database, store, runner } = await begin(kind)
    await writeEntries(store, 3)
    await settle(runner, store)
    expect(await adoptLog(database)).toBe(false)
  })
})
