/**
 * The index of auditors' searches, which follows what is published. It takes in whole units, so that what a pass has
 * sequenced may wait for a later one. SPEC 8.
 */
import { UNIT } from '../../domain/ledger/block-places.ts'
import type { ReadLeaf } from '../../domain/ledger/read-leaf.ts'
import type { LogStore } from '../../store/contract/log-store.ts'

/** Entries that the index takes in at once: few enough to keep a transaction short. */
const AT_ONCE = 1024
/** Entries that one call takes in at most; the next calls take in the rest. */
const IN_ONE_CALL = 4096

/** To be called after each pass with what it sequenced, of which the end is kept: what makes no whole unit yet. */
export type IndexBehind = (sequenced: readonly ReadLeaf[]) => Promise<void>

export function createIndexBehind(store: LogStore): IndexBehind {
  let kept: readonly ReadLeaf[] = []
  return async (sequenced) => {
    kept = [...kept, ...sequenced].slice(-IN_ONE_CALL)
    let taken = 0
    for (let count = AT_ONCE; count > 0 && taken < IN_ONE_CALL; taken += count)
      count = await store.indexEntries(AT_ONCE, kept)
    kept = kept.slice(-UNIT)
  }
}
