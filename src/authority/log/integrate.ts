/**
 * The second step of the log: sequenced entries join the tree and the search index.
 *
 * In: the log's store. Out: how many leaves were added. Tiles, index rows and counts are one transaction: a process
 * that dies before it leaves the leaves to the next one. SPEC 8.
 */
import { LogDisagreement } from '../../domain/ledger/disagreement.ts'
import { growthOf, readLeaves, requestsOf } from '../../domain/ledger/growth.ts'
import { edgePlaces } from '../../domain/ledger/tile-tree.ts'
import type { LogStore } from '../../store/contract/log-store.ts'

/** Eight batches of the sequencer: few enough to keep a transaction short. */
export const INTEGRATE_AT_ONCE = 2048

export async function integrate(store: LogStore): Promise<number> {
  const size = await store.treeSize()
  const leaves = await store.leaves({ from: size, limit: INTEGRATE_AT_ONCE })
  if (leaves.length === 0) return 0
  if (leaves.some(({ index }, n) => index !== size + n)) {
    throw new LogDisagreement(`The log has a gap at leaf ${size} or soon after it.`)
  }
  const edge = await store.tiles(edgePlaces(size))
  const read = readLeaves(leaves)
  const growth = await growthOf({ size, edge }, read, await store.texts(requestsOf(read)))
  return (await store.grow(growth)) ? leaves.length : 0
}
