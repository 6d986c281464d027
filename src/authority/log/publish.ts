/**
 * The third step of the log: it signs a checkpoint of the tree.
 *
 * In: the log's store and key. Out: the new checkpoint, or undefined where there is nothing new. It is stored by
 * compare-and-swap on the size before it is served, so one process publishes each size. Refuses to continue from a
 * checkpoint that it cannot verify. C2SP tlog-checkpoint.
 */
import { openCheckpoint } from '@countersign/verifier/proof'
import { type SignedCheckpoint, signCheckpoint } from '../../domain/ledger/checkpoint-signing.ts'
import { rootAt } from '../../domain/ledger/hash-range.ts'
import { type LogKey, noteKeysOf } from '../../domain/ledger/log-key.ts'
import type { LogStore } from '../../store/contract/log-store.ts'

/** `now`: epoch seconds. */
export async function publish(store: LogStore, key: LogKey, now: number): Promise<SignedCheckpoint | undefined> {
  const published = await store.checkpoint('published')
  const before = published?.size ?? 0
  const size = await store.treeSize()
  if (size <= before) return undefined
  if (published) await openCheckpoint(published.note, noteKeysOf(key))
  const root = await rootAt(size, store)
  const next = await signCheckpoint(size, root, key, now)
  return (await store.replaceCheckpoint({ kind: 'published', before, next })) ? next : undefined
}
