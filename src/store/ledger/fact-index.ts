/**
 * The index of auditors' searches, kept behind the log: rows say which entries of a block have a fact. Whoever changes it
 * first locks its cursor, so an entry is indexed once, and no fact of a text is added after that text was erased. SPEC 8.
 */
import { sql } from 'drizzle-orm'
import { hex } from '../../domain/hex.ts'
import {
  addPacked,
  BLOCK,
  blockOf,
  noPlaces,
  offsetsOf,
  type Places,
  packPlaces,
  placesByBlock,
  removePlaces,
  UNIT,
} from '../../domain/ledger/block-places.ts'
import { erasableFacts, FIRST_ERASABLE, factReader, type IndexedTexts } from '../../domain/ledger/entry-facts.ts'
import { parseEntry } from '../../domain/ledger/leaf.ts'
import { firstWithin, portions, WORDS_AT_ONCE, WORDS_TOGETHER } from '../../domain/ledger/portions.ts'
import { leavesWithin, type ReadLeaf } from '../../domain/ledger/read-leaf.ts'
import type { Database, Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { entries, facts, leaves, logCursors, payloads } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { sizeOfTree } from '../sql/tree-size.ts'

const given = sql.placeholder
const isCursor = sql`${logCursors.name} = 'facts'`

/** How many entries of the log are indexed. */
export const indexedCount = sql`COALESCE((SELECT ${logCursors.leafIndex} + 1 FROM ${logCursors} WHERE ${isCursor}), 0)`

export interface Reach {
  readonly indexed: number
  readonly size: number
}

export const reach = statement<Reach>(sql`SELECT ${indexedCount} AS "indexed", ${sizeOfTree} AS "size"`)

const lockCursor = statement<{ indexed: number }>(sql`
  INSERT INTO ${logCursors} (name, leaf_index) VALUES ('facts', -1)
  ON CONFLICT (name) DO UPDATE SET leaf_index = ${logCursors.leafIndex} RETURNING ${logCursors.leafIndex} + 1 AS "indexed"`)
const moveCursor = statement(sql`UPDATE ${logCursors} SET leaf_index = ${given('to')}::bigint - 1 WHERE ${isCursor}`)

const inSpan = sql`${leaves.index} >= ${given('from')}::bigint AND ${leaves.index} < ${given('to')}::bigint`
const bodies = statement<{ index: number; body: string }>(sql`
  SELECT ${leaves.index} AS "index", ${entries.body} AS "body"
  FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry} WHERE ${inSpan} ORDER BY ${leaves.index}`)

const ofRequests = sql`FROM ${payloads} WHERE ${payloads.kind} = 'action' AND ${payloads.words} IS NOT NULL
    AND ${among(payloads.subject, 'requests')}`
const wordCounts = statement<{ request: string; words: number }>(sql`
  SELECT ${payloads.subject} AS "request", length(${payloads.words}) AS "words" ${ofRequests}`)
const indexedTexts = statement<IndexedTexts>(sql`
  SELECT ${payloads.subject} AS "request", ${payloads.content} AS "content",
    array_to_json(tsvector_to_array(${payloads.words})) AS "words" ${ofRequests}`)

const addFacts = statement(sql`
  INSERT INTO ${facts} (block, fact, places)
  SELECT ${given('block')}::integer, convert_to(fact, 'UTF8'), decode(places, 'hex')
  FROM ROWS FROM (json_array_elements_text(${given('found')}::text::json),
    json_array_elements_text(${given('places')}::text::json)) AS many (fact, places)
  ON CONFLICT (block, fact) DO UPDATE SET places = ${facts.places} || excluded.places`)

/** The texts of `request` say more of it. */
export type FactualEntry = Pick<ReadLeaf, 'index' | 'request' | 'facts'>

/** The entries of a span of leaf indexes, with the facts that they keep. */
export async function readFacts(
  runner: Runner,
  span: { readonly from: number; readonly to: number },
): Promise<readonly FactualEntry[]> {
  if (span.from === span.to) return []
  const factsOf = factReader()
  return (await runner.run(bodies, span)).map(({ index, body }) => {
    const entry = parseEntry(body)
    return { index, request: entry.request, facts: factsOf(entry) }
  })
}

/** The same, where some of the leaves are known. */
async function factsWithin(
  runner: Runner,
  { from, to }: { readonly from: number; readonly to: number },
  known: readonly ReadLeaf[],
): Promise<readonly FactualEntry[]> {
  const first = Math.min(to, Math.max(from, known[0]?.index ?? to))
  const within = leavesWithin(known, { from: first, limit: to - first })
  return [
    ...(await readFacts(runner, { from, to: first })),
    ...within,
    ...(await readFacts(runner, { from: first + within.length, to })),
  ]
}

const requestsOf = (read: readonly FactualEntry[]) =>
  [...new Set(read.map(({ request }) => request))].filter((request) => request !== undefined)

/** How many words the texts of these entries' requests have, by request. */
export async function countWords(runner: Runner, read: readonly FactualEntry[]): Promise<ReadonlyMap<string, number>> {
  const requests = requestsOf(read)
  const counts = requests.length === 0 ? [] : await runner.run(wordCounts, { requests })
  return new Map(counts.map(({ request, words }) => [request, words]))
}

/** The erasable facts of these entries' requests, by request, some requests at a time. */
export async function* readErasableFacts(
  runner: Runner,
  read: readonly FactualEntry[],
  words: ReadonlyMap<string, number>,
): AsyncGenerator<ReadonlyMap<string, readonly string[]>> {
  const said = requestsOf(read).filter((request) => words.has(request))
  for (const requests of portions(said, (request) => words.get(request) ?? 0, WORDS_AT_ONCE)) {
    yield await erasableFacts(await runner.run(indexedTexts, { requests }))
  }
}

/** The offsets of the entries that have a fact, by block. */
function offsetsByBlock(read: readonly FactualEntry[]): ReadonlyMap<number, ReadonlyMap<string, readonly number[]>> {
  const blocks = new Map<number, Map<string, number[]>>()
  for (const { index, facts: ofEntry } of read) {
    const block = blocks.get(blockOf(index)) ?? new Map<string, number[]>()
    blocks.set(blockOf(index), block)
    for (const fact of ofEntry) {
      const offsets = block.get(fact)
      if (offsets) offsets.push(index % BLOCK)
      else block.set(fact, [index % BLOCK])
    }
  }
  return blocks
}

/** Whole units only, so that a log that grows slowly does not append to its rows entry by entry. */
const wholeUnits = ({ indexed, size }: Reach, limit: number): number =>
  Math.floor(Math.min(size - indexed, limit) / UNIT) * UNIT

export const isUnitWaiting = (reach: Reach): boolean => wholeUnits(reach, UNIT) > 0

/** Rows of a statement: the embedded database computes for some 10 ms on them. */
const ROWS_AT_ONCE = 500

async function write(transaction: Runner, read: readonly FactualEntry[]): Promise<void> {
  for (const [block, offsets] of offsetsByBlock(read)) {
    const found = [...offsets.keys()]
    const places = Array.from(offsets.values(), (ofFact) => hex(packPlaces(ofFact)))
    for (let at = 0; at < found.length; at += ROWS_AT_ONCE) {
      const end = at + ROWS_AT_ONCE
      await transaction.run(addFacts, { block, found: found.slice(at, end), places: places.slice(at, end) })
    }
  }
}

export async function indexEntries(
  database: Database,
  limit: number,
  known: readonly ReadLeaf[] = [],
): Promise<number> {
  const [found] = await database.run(reach)
  if (!found || wholeUnits(found, limit) === 0) return 0
  return database.transaction(async (transaction) => {
    const [{ indexed } = { indexed: 0 }] = await transaction.run(lockCursor)
    const count = wholeUnits({ indexed, size: found.size }, limit)
    if (count <= 0) return 0
    const waiting = await factsWithin(transaction, { from: indexed, to: indexed + count }, known)
    const words = await countWords(transaction, waiting)
    const read = firstWithin(waiting, ({ request }) => request, words, WORDS_TOGETHER)
    await write(transaction, read)
    for await (const said of readErasableFacts(transaction, read, words))
      await write(
        transaction,
        read.map((one) => ({ ...one, facts: said.get(one.request ?? '') ?? [] })),
      )
    await transaction.run(moveCursor, { to: indexed + read.length })
    return read.length
  })
}

const erasable = sql`${facts.fact} >= convert_to(${sql.raw(`'${FIRST_ERASABLE}'`)}, 'UTF8')`
const indexedLeaves = statement<{ index: number }>(sql`
  SELECT ${leaves.index} AS "index" FROM ${entries} JOIN ${leaves} ON ${leaves.entry} = ${entries.id}
  WHERE ${among(entries.trace, 'traces', 'uuid')}
    AND ${leaves.index} < ${given('indexed')}::bigint`)
// A run names its unit by a byte, so what has not these bytes has no place in these units.
const erasableOf = statement<{ fact: string; places: Uint8Array }>(sql`
  SELECT encode(${facts.fact}, 'hex') AS "fact", ${facts.places} AS "places" FROM ${facts}
  WHERE ${facts.block} = ${given('block')}::integer AND ${erasable} AND EXISTS
    (SELECT FROM json_array_elements_text(${given('units')}::text::json) AS unit
    WHERE position(decode(unit, 'hex') IN ${facts.places}) > 0)`)
const replaceFacts = statement(sql`
  WITH cleared AS (
    SELECT decode(fact, 'hex') AS fact, decode(places, 'hex') AS places
    FROM json_to_recordset(${given('rows')}::text::json) AS many (fact text, places text)
  ),
  gone AS (DELETE FROM ${facts} USING cleared WHERE ${facts.block} = ${given('block')}::integer
    AND ${facts.fact} = cleared.fact AND length(cleared.places) = 0)
  UPDATE ${facts} SET places = cleared.places FROM cleared WHERE ${facts.block} = ${given('block')}::integer
    AND ${facts.fact} = cleared.fact AND length(cleared.places) > 0`)

/** To be called before texts are erased in the same transaction: what is erased meanwhile is not indexed. */
export async function beginForgetting(transaction: Runner): Promise<(traces: readonly string[]) => Promise<void>> {
  const [{ indexed } = { indexed: 0 }] = await transaction.run(lockCursor)
  return async (traces) => {
    const found = traces.length === 0 ? [] : await transaction.run(indexedLeaves, { traces, indexed })
    for (const [block, erased] of placesByBlock(found.map(({ index }) => index)))
      await clear(transaction, block, erased)
  }
}

async function clear(transaction: Runner, block: number, erased: Places): Promise<void> {
  const units = [...new Set(offsetsOf(erased).map((offset) => hex(Uint8Array.of(offset / UNIT))))]
  const rows = (await transaction.run(erasableOf, { block, units })).flatMap(({ fact, places: packed }) => {
    const places = noPlaces()
    addPacked(places, packed)
    const before = offsetsOf(places).length
    removePlaces(places, erased)
    const offsets = offsetsOf(places)
    return offsets.length === before ? [] : [{ fact, places: hex(packPlaces(offsets)) }]
  })
  if (rows.length > 0) await transaction.run(replaceFacts, { block, rows })
}
