/**
 * The second step: sequenced entries become part of the tree, and can be found.
 *
 * In: the log's store. Out: how many leaves were added. Tiles, index rows and counts are one transaction.
 * Dying before it leaves the leaves to the next; dying after it, nothing to do. SPEC 8.
 */
import { LogDisagreement } from '../../domain/ledger/disagreement.ts'
import { extendTree } from '../../domain/ledger/extend.ts'
import {
  activityOf,
  type Entry,
  hashResource,
  indexRow,
  parseEntry,
  type ReadLeaf,
} from '../../domain/ledger/index-row.ts'
import { edgePlaces, type HashNode } from '../../domain/ledger/tile-tree.ts'
import { wordsOfPayload } from '../../domain/ledger/words.ts'
import type { Growth, IndexRow, LogStore, ShownText } from '../../store/contract/log-store.ts'

/** As many as keep a transaction short; eight batches of the sequencer. */
export const INTEGRATE_AT_ONCE = 2048

/** `hashNode`: Web Crypto where nothing is said. */
export async function integrate(store: LogStore, hashNode?: HashNode): Promise<number> {
  const size = await store.treeSize()
  const leaves = await store.leaves(size, INTEGRATE_AT_ONCE)
  if (leaves.length === 0) return 0
  if (leaves.some(({ index }, n) => index !== size + n))
    throw new LogDisagreement(`The log has a gap at leaf ${size} or soon after it.`)
  const edge = await store.tiles(edgePlaces(size))
  const tiles = await extendTree(
    size,
    edge,
    leaves.map(({ hash }) => hash),
    hashNode,
  )
  const read = leaves.map((leaf) => ({ leaf, entry: parseEntry(leaf.body) }))
  const erasedTraces = tracesErased(read)
  const texts = await textsOf(read, store)
  const rows = withoutErased(await rowsOf(read, texts), erasedTraces)
  const grown = { tiles, rows, activity: activityOf(rows), words: wordsByRequest(read, texts), erasedTraces }
  return (await store.grow(grown)) ? leaves.length : 0
}

const textsOf = (read: readonly ReadLeaf[], store: LogStore): Promise<readonly ShownText[]> =>
  store.texts(requestsOf(read), requestsOf(read.filter(isNew)))

const isNew = ({ entry }: { readonly entry: Entry }): boolean => entry.type === 'request.created'

const requestsOf = (read: readonly ReadLeaf[]): readonly string[] =>
  [...new Set(read.map(({ entry }) => entry.request))].filter((request) => request !== undefined)

async function rowsOf(read: readonly ReadLeaf[], texts: readonly ShownText[]): Promise<readonly IndexRow[]> {
  const resources = new Map<string | undefined, Uint8Array>()
  for (const { request, kind, content } of texts) {
    if (kind === 'action') resources.set(request, await hashResource(JSON.parse(content).content.resource))
  }
  return read.map((leaf) => indexRow(leaf, resources.get(leaf.entry.request) ?? null))
}

function wordsByRequest(read: readonly ReadLeaf[], texts: readonly ShownText[]): Growth['words'] {
  const found = new Map(requestsOf(read.filter(isNew)).map((request) => [request, new Set<string>()]))
  for (const { request, content } of texts) {
    for (const word of found.has(request) ? wordsOfPayload(content) : []) found.get(request)?.add(word)
  }
  return [...found].map(([request, words]) => ({ request, words: [...words] }))
}

// The order to erase has the same type and names no payload. An erasure comes after every entry that was indexed while
// its payload was still there.
const tracesErased = (read: readonly ReadLeaf[]): readonly string[] => {
  const erasures = read.filter(({ entry }) => entry.type === 'payload.erased' && entry['payloads'] !== undefined)
  return [...new Set(erasures.map(({ entry }) => entry.trace))]
}

const withoutErased = (rows: readonly IndexRow[], traces: readonly string[]): readonly IndexRow[] =>
  rows.map((row) => (traces.includes(row.trace) ? { ...row, resource: null } : row))
