/**
 * A database with a long log: entries, leaves, the tree and its tiles, the index of searches, and a signed checkpoint.
 *
 * In: an empty, migrated database, the log's key, stories. Out: what the steps of the log would have left.
 * Entries have no rows of requests, tokens or payloads behind them: nothing that is measured on it asks for those.
 * Indexes are taken away first and made again in the end, which is ten times as fast.
 */
import { hash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { createRange, TILE_WIDTH } from '@countersign/verifier/proof'
import type postgres from 'postgres'
import { BLOCK, blockOf, packPlaces, UNIT } from '../../src/domain/ledger/block-places.ts'
import { factReader, resourceFact, wordFact } from '../../src/domain/ledger/entry-facts.ts'
import { leafPrefix } from '../../src/domain/ledger/leaf.ts'
import { hashInto } from './mirror.ts'
import { resourceOf, type StoryEntry, wordsOf } from './stories.ts'

/** Entries that are handed to the database at once. */
const AT_ONCE = 500

/** Columns of each table, in the order in which `rowsOf` writes them. */
const TABLES = {
  entries: 'id, type, at, trace, body, leaf',
  leaves: 'index, entry, prefix',
  facts: 'block, fact, places',
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
    and tablename in ('entries', 'leaves') and indexdef not like 'CREATE UNIQUE %'`
  for (const { name } of found) await sql`drop index ${sql(name)}`
  return found.map(({ definition }) => definition)
}

const emptyRows = (): Rows => ({ entries: [], leaves: [], facts: [], tiles: [] })

async function openCopies(sql: postgres.Sql) {
  const open = async (table: Table): Promise<Writable> =>
    sql.unsafe(`copy ${table} (${TABLES[table]}) from stdin`).writable()
  const into = {
    entries: await open('entries'),
    leaves: await open('leaves'),
    facts: await open('facts'),
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

/** What the steps of the log would have written for each entry. */
function createGrowingLog() {
  const leaf = new Uint8Array(32)
  const levels: { index: number; hashes: string[] }[] = []
  let writing: Rows = emptyRows()
  const close = (level: number, tile: { index: number; hashes: string[] }) => {
    writing.tiles.push(`${level}\t${tile.index++}\t\\\\x${tile.hashes.splice(0).join('')}\n`)
  }
  const block = createGrowingBlock()
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
      rows.leaves.push(`${index}\t${index + 1}\t${leafPrefix(leaf)}\n`)
      block.add(index, entry, rows)
    },
    /** The tiles that are not full. */
    finish(rows: Rows) {
      writing = rows
      block.finish(rows)
      for (const [level, tile] of levels.entries()) if (tile.hashes.length > 0) close(level, tile)
    },
  }
}

/** The index of a block at a time. Of the last one only whole units are indexed, and the rest is left to the product. */
function createGrowingBlock() {
  const facts = new Map<string, number[]>()
  let [unit, units]: [(readonly [number, StoryEntry])[], number] = [[], 0]
  const [texts, factsOf] = [createTexts(), factReader()]
  const close = (rows: Rows) => {
    for (const [fact, offsets] of [...facts].sort()) {
      const written = [fact, packPlaces(offsets)].map((bytes) => `\\\\x${Buffer.from(bytes).toString('hex')}`)
      rows.facts.push(`${blockOf(units * UNIT - 1)}\t${written.join('\t')}\n`)
    }
    facts.clear()
  }
  const index = (at: number, { members, type, at: time, trace, story }: StoryEntry) => {
    const entry = { ...(members as object), v: 1, type, at: time, trace } as const
    for (const fact of [...factsOf(entry), ...texts(story)]) {
      const offsets = facts.get(fact)
      if (offsets) offsets.push(at % BLOCK)
      else facts.set(fact, [at % BLOCK])
    }
  }
  return {
    add(at: number, entry: StoryEntry, rows: Rows) {
      if (unit.push([at, entry]) < UNIT) return
      for (const one of unit.splice(0)) index(...one)
      if (++units % (BLOCK / UNIT) === 0) close(rows)
    },
    finish: close,
  }
}

/** The facts of a story's texts; entries of one story follow one another. */
function createTexts() {
  let last: { readonly story: number | null; readonly facts: readonly string[] } = { story: null, facts: [] }
  return (story: number | null): readonly string[] => {
    if (story === null) return []
    if (last.story !== story) {
      const resource = resourceFact(hash('sha256', resourceOf(story), 'buffer'))
      last = { story, facts: [resource, ...wordsOf(story).map(wordFact)] }
    }
    return last.facts
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

async function countAndIndex(sql: postgres.Sql, indexes: readonly string[]): Promise<void> {
  await sql`alter table entries enable always trigger entries_placed`
  await sql`select setval('entries_id_seq', (select max(id) from entries))`
  await sql`
    insert into activity select width, at - at % width, type, count(*), min(index), max(index)
    from leaves join entries on id = entry, (values (60), (3600)) as widths (width) group by 1, 2, 3`
  await sql`insert into log_cursors select 'facts', count(*) / ${UNIT} * ${UNIT} - 1 from leaves`
  for (const definition of indexes) await sql.unsafe(definition)
  for (const table of ['entries', 'leaves', 'tiles', 'facts', 'activity']) await sql`vacuum analyze ${sql(table)}`
  await sql`checkpoint`
}
