/**
 * A database with a long log: entries, leaves, the tree and its tiles, the search index, and a signed checkpoint.
 *
 * In: an empty, migrated database, the log's key, stories. Out: what sequencer, integrator and publisher would have left.
 * Entries have no rows of requests, tokens or payloads behind them: nothing that is measured on it asks for those.
 * Indexes are taken away first and made again in the end, which is ten times as fast.
 */
import { hash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { createRange, TILE_WIDTH } from '@countersign/verifier/proof'
import type postgres from 'postgres'
import { leafPrefix } from '../../src/domain/ledger/leaf.ts'
import { hashInto } from './mirror.ts'
import type { StoryEntry } from './stories.ts'

/** Entries that are handed to the database at once. */
const AT_ONCE = 500

/** Columns of each table, in the order in which `rowsOf` writes them. */
const TABLES = {
  entries: 'id, type, at, trace, body, leaf',
  leaves: 'index, entry',
  entry_index:
    'leaf_index, at, type, trace, agent, principal, approver, executor, name, action, resource, outcome, origin, leaf_prefix',
  tiles: 'level, index, hashes',
} as const

type Table = keyof typeof TABLES
type Rows = Readonly<Record<Table, string[]>>

/** `sql` needs a connection for each table: every one is filled by a single COPY, all of them at the same time. */
export async function fillLog(sql: postgres.Sql, entries: Iterable<StoryEntry>): Promise<void> {
  const indexes = await dropIndexes(sql)
  await sql`alter table entries disable trigger entries_placed`
  const into = await openCopies(sql)
  const log = createGrowingLog()
  let rows = emptyRows()
  for (const entry of entries) {
    log.add(entry, rows)
    if (rows.entries.length < AT_ONCE) continue
    await into.write(rows)
    rows = emptyRows()
  }
  log.finish(rows)
  await into.write(rows)
  await into.end()
  await countAndIndex(sql, indexes)
}

async function dropIndexes(sql: postgres.Sql): Promise<readonly string[]> {
  const found = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'
    and tablename in ('entries', 'entry_index') and indexname not like '%pkey'`
  for (const { name } of found) await sql`drop index ${sql(name)}`
  return found.map(({ definition }) => definition)
}

const emptyRows = (): Rows => ({ entries: [], leaves: [], entry_index: [], tiles: [] })

async function openCopies(sql: postgres.Sql) {
  const open = async (table: Table): Promise<Writable> =>
    sql.unsafe(`copy ${table} (${TABLES[table]}) from stdin`).writable()
  const into = {
    entries: await open('entries'),
    leaves: await open('leaves'),
    entry_index: await open('entry_index'),
    tiles: await open('tiles'),
  }
  const tables = Object.keys(TABLES) as Table[]
  return {
    write: async (rows: Rows) => {
      const full = tables.filter((table) => rows[table].length > 0 && !into[table].write(rows[table].join('')))
      await Promise.all(full.map((table) => once(into[table], 'drain')))
    },
    end: async () => {
      const ended = tables.map((table) => once(into[table], 'finish'))
      for (const table of tables) into[table].end()
      await Promise.all(ended)
    },
  }
}

/** What the three steps of the log would have written for each entry. */
function createGrowingLog() {
  const leaf = new Uint8Array(32)
  const levels: { index: number; hashes: string[] }[] = []
  let writing: Rows = emptyRows()
  const close = (level: number, tile: { index: number; hashes: string[] }) => {
    writing.tiles.push(`${level}\t${tile.index++}\t\\\\x${tile.hashes.splice(0).join('')}\n`)
  }
  const range = createRange(hashInto, (height, hashed) => {
    if (height === 0) leaf.set(hashed)
    if (height % 8 !== 0) return
    levels[height / 8] ??= { index: 0, hashes: [] }
    const tile = levels[height / 8]
    if (tile && tile.hashes.push(hex(hashed)) === TILE_WIDTH) close(height / 8, tile)
  })
  return {
    add(entry: StoryEntry, rows: Rows) {
      writing = rows
      const index = range.size()
      range.appendEntry(Buffer.from(entry.body))
      rows.entries.push(`${index + 1}\t${entry.type}\t${entry.at}\t${entry.trace}\t${entry.body}\t\\\\x${hex(leaf)}\n`)
      rows.leaves.push(`${index}\t${index + 1}\n`)
      rows.entry_index.push(indexRowOf(index, entry, leafPrefix(leaf)))
    },
    /** The tiles that are not full. */
    finish(rows: Rows) {
      writing = rows
      for (const [level, tile] of levels.entries()) if (tile.hashes.length > 0) close(level, tile)
    },
  }
}

const SEARCHED = ['agent', 'principal', 'approver', 'executor', 'name', 'action'] as const

/** No value of a story holds what COPY would need escaped. */
function indexRowOf(index: number, { at, type, trace, members, resource }: StoryEntry, prefix: number): string {
  const values = SEARCHED.map((member) => members[member] ?? '\\N')
  const hashed = resource === null ? '\\N' : `\\\\x${hash('sha256', resource)}`
  const { outcome = '\\N', origin = '\\N' } = members
  return `${[index, at, type, trace, ...values, hashed, outcome, origin, prefix].join('\t')}\n`
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

async function countAndIndex(sql: postgres.Sql, indexes: readonly string[]): Promise<void> {
  await sql`alter table entries enable always trigger entries_placed`
  await sql`select setval('entries_id_seq', (select max(id) from entries))`
  await sql`
    insert into activity select width, at - at % width, type, count(*), min(leaf_index), max(leaf_index)
    from entry_index, (values (60), (3600)) as widths (width) group by 1, 2, 3`
  for (const definition of indexes) await sql.unsafe(definition)
  for (const table of ['entries', 'leaves', 'tiles', 'entry_index', 'activity']) await sql`vacuum analyze ${sql(table)}`
  await sql`checkpoint`
}
