/**
 * The third step: the log signs what it is.
 *
 * In: the log's store and key. Out: the new checkpoint, or nothing where there is nothing new. It is written to the
 * database, by compare-and-swap on the size, before anyone can see it: of two processes one publishes, and what it
 * signed is what is served. Never signs on top of a checkpoint that it cannot verify. C2SP tlog-checkpoint.
 */
import { formatCheckpoint, openCheckpoint } from '@countersign/verifier/proof'
import { rootAt } from '../../domain/ledger/hash-range.ts'
import { type LogKey, noteKeysOf, signAll } from '../../domain/ledger/log-key.ts'
import type { HashNode } from '../../domain/ledger/tile-tree.ts'
import type { LogStore, StoredCheckpoint } from '../../store/contract/log-store.ts'

/** `now`: epoch seconds. `hashNode`: Web Crypto where nothing is said. */
export async function publish(
  store: LogStore,
  key: LogKey,
  now: number,
  hashNode?: HashNode,
): Promise<StoredCheckpoint | undefined> {
  const before = await store.checkpoint('published')
  const size = await store.treeSize()
  if (size <= (before?.size ?? 0)) return undefined
  if (before) await openCheckpoint(before.note, noteKeysOf(key))
  const root = await rootAt(size, { tiles: store.tiles, hashNode })
  const text = formatCheckpoint({ origin: key.signer.name, size, root })
  const next = { size, root, note: `${text}\n${await signAll(text, key)}`, signedAt: now }
  return (await store.replaceCheckpoint('published', before?.size ?? 0, next)) ? next : undefined
}
