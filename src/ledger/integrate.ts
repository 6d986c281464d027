/**
 * The second step: sequenced entries become part of the tree, and can be found.
 *
 * In:  the log's store. Out: how many leaves were added. Tiles, index rows and counts are one transaction.
 * Dying before it leaves the leaves to the next; dying after it, nothing to do. Specification: DESIGN 8.
 */
import { LogDisagreement } from './disagreement.ts'
import { extendTree } from './extend.ts'
import { activityOf, type Entry, indexRow, parseEntry } from './index-row.ts'
import type { IndexRow, Leaf, LogStore } from './log-store.ts'
import { edgePlaces } from './tree.ts'

/** As many as keep a transaction short; eight batches of the sequencer. */
export const INTEGRATE_AT_ONCE = 2048

export async function integrate(store: LogStore, limit = INTEGRATE_AT_ONCE): Promise<number> {
  const size = await store.treeSize()
  const leaves = await store.leaves(size, limit)
  if (leaves.length === 0) return 0
  if (leaves.some(({ index }, n) => index !== size + n))
    throw new LogDisagreement(`The log has a gap at leaf ${size} or soon after it.`)
  const edge = await store.tiles(edgePlaces(size))
  const tiles = await extendTree(
    size,
    edge,
    leaves.map(({ hash }) => hash),
  )
  const erasedTraces = tracesErased(leaves)
  const rows = withoutErased(await rowsOf(leaves, store), erasedTraces)
  return (await store.grow({ tiles, rows, activity: activityOf(rows), erasedTraces })) ? leaves.length : 0
}

async function rowsOf(leaves: readonly Leaf[], store: LogStore): Promise<readonly IndexRow[]> {
  const requests = new Set(leaves.map(({ body }) => parseEntry(body).request))
  const resources = await store.resources([...requests].filter((request) => request !== undefined))
  return Promise.all(leaves.map((leaf) => indexRow(leaf, resources)))
}

/** The order to erase has the same type and names no payload. */
const isErasure = (entry: Entry): boolean => entry.type === 'payload.erased' && entry['payloads'] !== undefined

// An erasure comes after every entry that was indexed while its payload was still there.
const tracesErased = (leaves: readonly Leaf[]): readonly string[] => {
  const entries = leaves.map(({ body }) => parseEntry(body)).filter(isErasure)
  return [...new Set(entries.map(({ trace }) => trace))]
}

const withoutErased = (rows: readonly IndexRow[], traces: readonly string[]): readonly IndexRow[] =>
  rows.map((row) => (traces.includes(row.trace) ? { ...row, resource: null } : row))
