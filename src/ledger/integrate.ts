/**
 * The second step: sequenced entries become part of the tree, and can be found.
 *
 * In:  the log's store. Out: how many leaves were added. Tiles, index rows and counts are one transaction.
 * Dying before it leaves the leaves to the next; dying after it, nothing to do. Specification: DESIGN 8.
 */
import { LogDisagreement } from './disagreement.ts'
import { extendTree } from './extend.ts'
import { activityOf, hashResource, indexRow, parseEntry, type ReadLeaf } from './index-row.ts'
import type { IndexRow, LogStore } from './log-store.ts'
import { edgePlaces, type HashNode } from './tree.ts'

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
  const rows = withoutErased(await rowsOf(read, store), erasedTraces)
  return (await store.grow({ tiles, rows, activity: activityOf(rows), erasedTraces })) ? leaves.length : 0
}

async function rowsOf(read: readonly ReadLeaf[], store: LogStore): Promise<readonly IndexRow[]> {
  const requests = new Set(read.map(({ entry }) => entry.request))
  const texts = await store.resources([...requests].filter((request) => request !== undefined))
  const resources = new Map<string | undefined, Uint8Array>()
  for (const [request, text] of texts) resources.set(request, await hashResource(text))
  return read.map((leaf) => indexRow(leaf, resources.get(leaf.entry.request) ?? null))
}

// The order to erase has the same type and names no payload. An erasure comes after every entry that was indexed while
// its payload was still there.
const tracesErased = (read: readonly ReadLeaf[]): readonly string[] => {
  const erasures = read.filter(({ entry }) => entry.type === 'payload.erased' && entry['payloads'] !== undefined)
  return [...new Set(erasures.map(({ entry }) => entry.trace))]
}

const withoutErased = (rows: readonly IndexRow[], traces: readonly string[]): readonly IndexRow[] =>
  rows.map((row) => (traces.includes(row.trace) ? { ...row, resource: null } : row))
