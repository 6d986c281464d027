/**
 * Leaf indexes that meet conditions, in order: block by block from the index of facts, and beyond it, for a bounded
 * number of entries, from the entries themselves. SPEC 8.2.
 */
import { type SQL, sql } from 'drizzle-orm'
import {
  addPacked,
  BLOCK,
  blockOf,
  everyPlace,
  keepCommon,
  noPlaces,
  offsetsOf,
  type Places,
  placesByBlock,
} from '../../domain/ledger/block-places.ts'
import { hasFact, type WantedFact } from '../../domain/ledger/entry-facts.ts'
import type { EntryPage } from '../../domain/ledger/found-entry.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { facts } from '../schema/tables.ts'
import { countWords, type FactualEntry, type Reach, readErasableFacts, readFacts } from './fact-index.ts'

const given = sql.placeholder

/** Entries beyond the index that a search reads at most: some 10 ms. */
export const MOST_UNINDEXED = 1024

/** A batch grows by this factor while nothing is taken from the one before. */
export const GROWTH = 4
export const FIRST_BATCH = 256

/** The entries with this fact, or with one of these leaf indexes. */
export interface Condition {
  readonly fact: WantedFact | null
  readonly indexes: readonly number[]
}

/** Leaf indexes, both included. */
export interface Span {
  readonly first: number
  readonly last: number
}

type Order = EntryPage['order']

export interface Search {
  readonly runner: Runner
  readonly conditions: readonly Condition[]
  readonly order: Order
  readonly reach: Reach
  /** Whether a condition is on texts, which the tail has to be read for. */
  readonly withTexts: boolean
}

/** All of the span that meet every condition, some at a time: reads little beyond what is taken. */
export async function* matching(search: Search, { first, last }: Span): AsyncGenerator<readonly number[]> {
  const { conditions, order, reach } = search
  if (conditions.every(({ fact }) => fact === null)) return yield* listed(search, { first, last })
  const parts = [
    () => inBlocks(search, { first, last: Math.min(last, reach.indexed - 1) }),
    () => inTail(search, { first: Math.max(first, reach.indexed), last }),
  ]
  for (const part of order === 'newest' ? parts.reverse() : parts) yield* part()
}

const isIn =
  ({ first, last }: Span) =>
  (index: number): boolean =>
    index >= first && index <= last

const inOrder = (indexes: readonly number[], order: Order): readonly number[] =>
  order === 'newest' ? indexes.toSorted((a, b) => b - a) : indexes.toSorted((a, b) => a - b)

/** Without a condition on facts: what all conditions list, or the whole span. */
async function* listed({ conditions, order }: Search, span: Span): AsyncGenerator<readonly number[]> {
  const [one, ...others] = conditions.map(({ indexes }) => new Set(indexes))
  if (one) return yield inOrder([...one].filter(isIn(span)), order).filter((at) => others.every((set) => set.has(at)))
  const count = Math.max(0, span.last - span.first + 1)
  for (let done = 0, size = FIRST_BATCH; done < count; done += size, size *= GROWTH) {
    const length = Math.min(size, count - done)
    const place = (n: number) => (order === 'newest' ? span.last - done - n : span.first + done + n)
    yield Array.from({ length }, (_, n) => place(n))
  }
}

/** The entries that are not indexed yet are read and examined. */
async function* inTail({ runner, conditions, order, withTexts }: Search, { first, last }: Span) {
  if (first > last) return
  const read = await readFacts(runner, { from: first, to: last + 1 })
  const wanted = conditions.flatMap(({ fact }) => fact ?? [])
  // What is not wanted of the texts is not kept.
  const said = new Map<string, readonly string[]>()
  if (withTexts)
    for await (const portion of readErasableFacts(runner, read, await countWords(runner, read)))
      for (const [request, facts] of portion)
        said.set(
          request,
          facts.filter((one) => wanted.some((fact) => hasFact([one], fact))),
        )
  const factsOf = ({ request = '', facts }: FactualEntry) => [...facts, ...(said.get(request) ?? [])]
  const meets = (one: FactualEntry) =>
    conditions.every(({ fact, indexes }) => (fact && hasFact(factsOf(one), fact)) || indexes.includes(one.index))
  yield inOrder(
    read.filter(meets).map(({ index }) => index),
    order,
  )
}

const FIRST_BLOCKS = 1
const MOST_BLOCKS = 256

async function* inBlocks(search: Search, span: Span): AsyncGenerator<readonly number[]> {
  const { order } = search
  const blocks = blocksOf(search, span)
  for (let at = 0, size = FIRST_BLOCKS; at < blocks.length; at += size, size = Math.min(size * GROWTH, MOST_BLOCKS)) {
    const found = await commonPlaces(search, blocks.slice(at, at + size))
    for (const [block, places] of order === 'newest' ? found.toReversed() : found) {
      const indexes = offsetsOf(places).map((offset) => block * BLOCK + offset)
      yield (order === 'newest' ? indexes.toReversed() : indexes).filter(isIn(span))
    }
  }
}

/** The blocks of a span in order; where a condition lists indexes only, those that have any of them. */
function blocksOf({ conditions, order }: Search, { first, last }: Span): readonly number[] {
  if (first > last) return []
  const list = conditions.find(({ fact }) => fact === null)?.indexes
  if (list) return inOrder([...new Set(list.filter(isIn({ first, last })).map(blockOf))], order)
  const all = Array.from({ length: blockOf(last) - blockOf(first) + 1 }, (_, n) => blockOf(first) + n)
  return inOrder(all, order)
}

const upTo: Readonly<Record<'fact' | 'prefix', SQL>> = {
  fact: sql`${facts.fact} = convert_to(${given('fact')}, 'UTF8')`,
  prefix: sql`${facts.fact} >= convert_to(${given('fact')}, 'UTF8')
    AND ${facts.fact} < convert_to(${given('fact')}, 'UTF8') || '\\xff'::bytea`,
}

// The union of packed places is their sequence, so a prefix takes one row a block, however many words begin with it.
const factsIn = (condition: SQL) =>
  statement<{ block: number; places: Uint8Array }>(sql`
  SELECT wanted.block AS "block", found.places AS "places"
  FROM (SELECT one::integer AS block FROM json_array_elements_text(${given('blocks')}::text::json) AS one) AS wanted
  CROSS JOIN LATERAL (SELECT string_agg(${facts.places}, ''::bytea) AS places FROM ${facts}
    WHERE ${facts.block} = wanted.block AND ${condition}) AS found
  WHERE found.places IS NOT NULL`)
const FACTS = { fact: factsIn(upTo.fact), prefix: factsIn(upTo.prefix) }

/** Of each of these blocks the places that meet all conditions; ascending, without those that have none. */
async function commonPlaces({ runner, conditions }: Search, blocks: readonly number[]) {
  let common: Map<number, Places> | undefined
  for (const { fact, indexes } of inTurn(conditions)) {
    const asked = common ? [...common.keys()] : blocks
    if (asked.length === 0) return []
    const found = placesByBlock(indexes)
    for (const { block, places } of fact ? await read(runner, fact, asked) : []) {
      const into = found.get(block) ?? noPlaces()
      addPacked(into, places)
      found.set(block, into)
    }
    common = intersection(found, common ?? new Map(asked.map((block) => [block, everyPlace])))
  }
  return [...(common ?? [])].sort(([a], [b]) => a - b)
}

const read = (runner: Runner, { fact, isPrefix }: WantedFact, blocks: readonly number[]) =>
  runner.run(isPrefix ? FACTS.prefix : FACTS.fact, { fact, blocks })

/** Lists first, whole facts next, then the longest words: what has few places leaves few blocks to the others. */
const inTurn = (conditions: readonly Condition[]) => {
  const cost = ({ fact }: Condition) => (fact === null ? 0 : fact.isPrefix ? 2 + 1 / fact.fact.length : 1)
  return conditions.toSorted((a, b) => cost(a) - cost(b))
}

function intersection(
  one: ReadonlyMap<number, Places>,
  other: ReadonlyMap<number, Readonly<Places>>,
): Map<number, Places> {
  const common = new Map<number, Places>()
  for (const [block, places] of one) {
    const others = other.get(block)
    if (!others) continue
    keepCommon(places, others)
    if (places.some((word) => word !== 0)) common.set(block, places)
  }
  return common
}
