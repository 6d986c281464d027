/**
 * The log in SQL: leaf indexes, tiles and checkpoints. The state of each step is its last row, so there is no queue and
 * no cursor that could disagree. Entries are counted in the transaction of their tiles, so each is counted once. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import { hex } from '../../domain/hex.ts'
import type { Growth } from '../../domain/ledger/growth.ts'
import type { Leaf } from '../../domain/ledger/leaf.ts'
import type { SignedCheckpoint } from '../../domain/ledger/log-key.ts'
import { portions, WORDS_AT_ONCE } from '../../domain/ledger/portions.ts'
import { type LeafRun, readRuns } from '../../domain/ledger/read-leaf.ts'
import type { Tile } from '../../domain/ledger/tile-tree.ts'
import type { ShownText } from '../../domain/ledger/words.ts'
import type { CheckpointKind, LogStanding, LogStore } from '../contract/log-store.ts'
import { type Database, isDuplicate, type Runner } from '../driver/database.ts'
import { fields, insert, insertMany, placeholders, statement } from '../driver/sql-statement.ts'
import { isConfiguration } from '../schema/configuration-entries.ts'
import { activity, checkpoints, entries, leaves, payloads, tiles } from '../schema/tables.ts'
import { among, oneOf } from '../sql/among.ts'
import { announce } from '../sql/entry-rows.ts'
import { hasSensitive } from '../sql/request-fields.ts'
import { sizeOfTree } from '../sql/tree-size.ts'
import { indexEntries, indexedCount, isUnitWaiting } from './fact-index.ts'

const given = sql.placeholder

/** The office of sequencer, held by a session or for one transaction. */
const OFFICE = 'countersign/log'

// The last leaf is the cursor: entries after it in the order by (xid, id) are still to be sequenced.
export const following = (final: SQL) => sql`
  ${lastLeaf}, waiting AS MATERIALIZED (SELECT ${entries.xid} AS xid, ${entries.id} AS id ${afterLast(final)})`

const lastLeaf = sql`
  last AS MATERIALIZED (
    SELECT ${leaves.index} AS index, ${entries.xid} AS xid, ${entries.id} AS id
    FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry} ORDER BY ${leaves.index} DESC LIMIT 1
  )`
const afterLast = (final: SQL) => sql`
  FROM ${entries} WHERE (${entries.xid}, ${entries.id}) >
    (COALESCE((SELECT xid FROM last), '0'::xid8), COALESCE((SELECT id FROM last), 0)) AND ${final}
  ORDER BY ${entries.xid}, ${entries.id} LIMIT ${given('limit')}::integer`

// Every transaction before `pg_snapshot_xmin` has ended and adds no more rows, so the order up to there is final. Later
// commits wait for earlier transactions that have not ended, since those come first.
const isFinal = sql`${entries.xid} < pg_snapshot_xmin(pg_current_snapshot())`

/** As `leafPrefix` does. */
const prefixOf = (leaf: SQL) => sql`('x' || encode(substr(${leaf}, 1, 6), 'hex'))::bit(48)::bigint`

// Two concurrent calls start at the same index; the unique key lets one of them win.
// A row has many leaves, since rows take the driver longer than all else that is done here, and not all of them: values
// of hundreds of kilobytes are copied several times, each time into memory that the system has yet to give.
const LEAVES_OF_A_ROW = sql.raw('64')
const sequence = statement<LeafRun>(sql`
  WITH ${lastLeaf},
  numbered AS MATERIALIZED (
    SELECT COALESCE((SELECT index FROM last), -1) + row_number() OVER (ORDER BY xid, id) AS index, id, leaf, body
    FROM (SELECT ${sql.join([entries.xid, entries.id, entries.leaf, entries.body], sql`, `)} ${afterLast(isFinal)}) AS waiting
  ),
  added AS (INSERT INTO ${leaves} (index, entry, prefix) SELECT index, id, ${prefixOf(sql`leaf`)} FROM numbered)
  SELECT min(index)::bigint AS "first", string_agg(leaf, '' ORDER BY index) AS "hashes",
    string_agg(body, ',' ORDER BY index) AS "bodies"
  FROM numbered GROUP BY index / ${LEAVES_OF_A_ROW} ORDER BY index / ${LEAVES_OF_A_ROW}`)

const ofCheckpoint = (column: SQL, kind: CheckpointKind) =>
  sql`(SELECT ${column} FROM ${checkpoints} WHERE ${checkpoints.kind} = ${sql.raw(`'${kind}'`)})`
const standing = statement<Omit<LogStanding, 'unindexed'> & { readonly indexed: number }>(sql`
  WITH ${following(sql`true`)}
  SELECT (SELECT count(*)::integer FROM waiting) AS "outstanding",
    COALESCE((SELECT index + 1 FROM last), 0)::bigint AS "sequenced", ${sizeOfTree} AS "grown",
    ${ofCheckpoint(sql`note`, 'configuration')} AS "seal",
    COALESCE(${ofCheckpoint(sql`size`, 'configuration')}, 0)::bigint AS "sealed",
    COALESCE(${ofCheckpoint(sql`size`, 'published')}, 0)::bigint AS "published", ${indexedCount}::bigint AS "indexed"`)
const sequenced = statement<{ count: number }>(
  sql`SELECT COALESCE(max(${leaves.index}) + 1, 0)::bigint AS "count" FROM ${leaves}`,
)
const leavesFrom = statement<Leaf>(sql`
  SELECT ${leaves.index} AS "index", ${entries.leaf} AS "hash", ${entries.body} AS "body"
  FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  WHERE ${leaves.index} >= ${given('from')}::bigint AND ${leaves.index} < ${given('from')}::bigint + ${given('limit')}::bigint
  ORDER BY ${leaves.index}`)

const inSpan = (index: SQL) => sql`${index} >= ${given('from')}::bigint AND ${index} < ${given('to')}::bigint`
const configurationOfFew = statement<{ body: string }>(sql`
  SELECT ${entries.body} AS "body" FROM ${entries} JOIN ${leaves} ON ${leaves.entry} = ${entries.id}
  WHERE ${isConfiguration} AND ${inSpan(sql`${leaves.index}`)} ORDER BY ${leaves.index}`)
/** Begins at the index of these entries, also where the planner takes them for many: then it would read all leaves. */
const configurationOfMany = statement<{ body: string }>(sql`
  WITH placed AS MATERIALIZED (
    SELECT ${entries.body} AS body, (SELECT ${leaves.index} FROM ${leaves} WHERE ${leaves.entry} = ${entries.id}) AS index
    FROM ${entries} WHERE ${isConfiguration}
  )
  SELECT body AS "body" FROM placed WHERE ${inSpan(sql`index`)} ORDER BY index`)
/** Leaves that are read sooner than all entries about configuration. */
const FEW_LEAVES = 1000

const treeSize = statement<{ size: number }>(sql`SELECT ${sizeOfTree} AS "size"`)
const tilesAt = statement<Tile>(sql`
  SELECT ${fields(tiles)} FROM ${tiles} JOIN json_to_recordset(${given('places')}::text::json)
    AS place (level integer, index bigint) ON ${tiles.level} = place.level AND ${tiles.index} = place.index`)

const growTiles = statement(sql`
  WITH grown AS MATERIALIZED (
    SELECT * FROM json_to_recordset(${given('tiles')}::text::json)
      AS tile (level integer, index bigint, hashes text, before integer)
  )
  INSERT INTO ${tiles} (level, index, hashes) SELECT level, index, decode(hashes, 'hex') FROM grown
  ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes
    WHERE length(${tiles.hashes}) =
      (SELECT before FROM grown WHERE grown.level = excluded.level AND grown.index = excluded.index)
  RETURNING level`)

const shown = sql`FROM ${payloads} WHERE ${payloads.kind} IN ('action', 'preview', 'reason')
    AND ${among(payloads.subject, 'requests')}`
const textSizes = statement<{ request: string; bytes: number }>(sql`
  SELECT ${payloads.subject} AS "request", sum(octet_length(${payloads.content}))::integer AS "bytes" ${shown}
  GROUP BY ${payloads.subject}`)
const texts = statement<ShownText>(sql`
  SELECT ${payloads.subject} AS "request", ${payloads.kind} AS "kind", ${payloads.content} AS "content",
    ${hasSensitive(sql`${payloads.subject}`)} AS "sensitive" ${shown}`)

const checkpoint = statement<SignedCheckpoint>(
  sql`SELECT ${fields(checkpoints, ['kind'])} FROM ${checkpoints} WHERE ${checkpoints.kind} = ${given('kind')}`,
)
const allCheckpoints = statement<SignedCheckpoint & { readonly kind: CheckpointKind }>(
  sql`SELECT ${fields(checkpoints)} FROM ${checkpoints}`,
)
const replaceCheckpoint = statement(sql`
  WITH replaced AS (
    ${insert(checkpoints, placeholders(checkpoints))}
    ON CONFLICT (kind) DO UPDATE
      SET size = excluded.size, root = excluded.root, note = excluded.note, signed_at = excluded.signed_at
      WHERE ${checkpoints.size} = ${given('before')}::bigint
    RETURNING size
  )
  SELECT size, ${announce(sql`'log'`)} FROM replaced`)

export const isFromElsewhere = statement<{ elsewhere: boolean }>(sql`
  SELECT COALESCE((SELECT ${entries.xid} FROM ${entries} ORDER BY ${entries.xid} DESC LIMIT 1)
    >= pg_snapshot_xmax(pg_current_snapshot()), false) AS "elsewhere"`)

const addActivity = statement(sql`${insertMany(activity, 'activity')}
  ON CONFLICT (width, start, type) DO UPDATE SET count = ${activity.count} + excluded.count,
    first = LEAST(${activity.first}, excluded.first), last = GREATEST(${activity.last}, excluded.last)`)

const keepWords = statement(sql`
  WITH said AS MATERIALIZED (
    SELECT * FROM json_to_recordset(${given('words')}::text::json) AS one (request text, words json)
  )
  UPDATE ${payloads} SET words = array_to_tsvector(ARRAY(SELECT json_array_elements_text(said.words))) FROM said
  WHERE ${payloads.subject} = said.request AND ${payloads.kind} = 'action'
    AND ${oneOf(payloads.subject, sql`SELECT request FROM said`)}`)

/** Thrown to roll back when another process was faster. */
class Overtaken extends Error {}

async function grow(transaction: Runner, growth: Growth): Promise<void> {
  const grown = growth.tiles.map(({ level, index, hashes, grownFrom }) => ({
    level,
    index,
    hashes: hex(hashes),
    before: grownFrom,
  }))
  const moved = await transaction.run(growTiles, { tiles: grown })
  if (moved.length !== grown.length) throw new Overtaken('The tree was extended by another process')
  await transaction.run(addActivity, { activity: growth.activity })
  for (const words of portions(growth.words, (one) => one.words.length, WORDS_AT_ONCE))
    await transaction.run(keepWords, { words })
}

// One driver gives a Buffer, the other a Uint8Array.
const bytes = (value: Uint8Array) => new Uint8Array(value)
const leavesOf = (rows: readonly Leaf[]): readonly Leaf[] =>
  rows.map(({ index, hash, body }) => ({ index, hash: bytes(hash), body }))

export const logVerbs = (database: Database): LogStore => ({
  async sequence(limit) {
    try {
      const runs = await database.run(sequence, { limit })
      return readRuns(runs.map((run) => ({ ...run, hashes: bytes(run.hashes) })))
    } catch (error) {
      if (isDuplicate(error)) return []
      throw error
    }
  },
  async grow(growth) {
    try {
      await database.transaction((transaction) => grow(transaction, growth))
      return true
    } catch (error) {
      if (error instanceof Overtaken || isDuplicate(error)) return false
      throw error
    }
  },
  async replaceCheckpoint({ next, ...swap }) {
    return (await database.run(replaceCheckpoint, { ...swap, ...next })).length > 0
  },
  candidacy: () => database.candidacy(OFFICE),
  inTurn: (work) => database.inTurn(OFFICE, work),
  async standing(limit) {
    const [row] = await database.run(standing, { limit })
    if (!row) throw new Error('The standing of the log is one row')
    const { indexed, ...found } = row
    return { ...found, unindexed: isUnitWaiting({ indexed, size: found.grown }) }
  },
  sequenced: async () => (await database.run(sequenced))[0]?.count ?? 0,
  leaves: async (span) => leavesOf(await database.run(leavesFrom, span)),
  async configurationLeaves(span) {
    const by = span.to - span.from <= FEW_LEAVES ? configurationOfFew : configurationOfMany
    return (await database.run(by, span)).map(({ body }) => body)
  },
  treeSize: async () => (await database.run(treeSize))[0]?.size ?? 0,
  tiles: async (places) =>
    (await database.run(tilesAt, { places })).map((tile) => ({ ...tile, hashes: bytes(tile.hashes) })),
  textSizes: async (requests) => {
    const sizes = requests.length === 0 ? [] : await database.run(textSizes, { requests })
    return new Map(sizes.map(({ request, bytes }) => [request, bytes]))
  },
  texts: async (requests) => (requests.length === 0 ? [] : database.run(texts, { requests })),
  indexEntries: (limit, known) => indexEntries(database, limit, known),
  async checkpoint(kind) {
    const [row] = await database.run(checkpoint, { kind })
    return row && { ...row, root: bytes(row.root) }
  },
  checkpoints: async () =>
    new Map((await database.run(allCheckpoints)).map(({ kind, ...row }) => [kind, { ...row, root: bytes(row.root) }])),
  isFromElsewhere: async () => (await database.run(isFromElsewhere))[0]?.elsewhere ?? false,
})

const steps = [
  // Rewrites every row, which may take a while.
  sql`SET LOCAL statement_timeout = 0`,
  sql`LOCK TABLE ${entries}, ${leaves} IN ACCESS EXCLUSIVE MODE`,
  sql`ALTER TABLE ${entries} DISABLE TRIGGER entries_append_only`,
  sql`UPDATE ${entries} SET xid = (CASE
    WHEN NOT EXISTS (SELECT FROM ${leaves} WHERE ${leaves.entry} = ${entries.id}) THEN '2'
    WHEN ${entries.id} = (SELECT entry FROM ${leaves} ORDER BY index DESC LIMIT 1) THEN '1'
    ELSE '0' END)::xid8`,
  sql`ALTER TABLE ${entries} ENABLE ALWAYS TRIGGER entries_append_only`,
].map((step) => statement(step))

/**
 * Adopts the entries of a log that was restored into another server; false where there was nothing to do. Needs a database
 * without other writers. Transaction numbers of another server may lie ahead of this one's, so new entries would come
 * before old ones. Sequenced entries keep their leaves, and the last stays last; the others follow by id. No server gives
 * the numbers 0, 1 and 2 to a transaction.
 */
export function adoptLog(database: Database): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const [found] = await transaction.run(isFromElsewhere)
    if (!found?.elsewhere) return false
    for (const step of steps) await transaction.run(step)
    return true
  })
}
