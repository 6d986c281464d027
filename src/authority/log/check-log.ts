/**
 * Checks that tree, entries and the published checkpoint agree, before anything is built on them. Checks the right
 * edge, where the log grows, and the last checkpoint; an auditor checks the rest. SPEC 8.
 */
import { leafHash, openCheckpoint, ProofError, sameHash, TILE_WIDTH } from '@countersign/verifier/proof'
import { type LogKey, noteKeysOf } from '../../domain/ledger/log-key.ts'
import { rootAt } from '../../domain/ledger/prove.ts'
import { edgePlaces, hashAbove, hashesIn, LogDisagreement, type Tile } from '../../domain/ledger/tile-tree.ts'
import type { LogStore } from '../../store/contract/log-store.ts'

/** Throws `LogDisagreement`. */
export async function checkLog(store: LogStore, key: LogKey): Promise<void> {
  if (await store.isFromElsewhere()) {
    throw new LogDisagreement(
      'Entries were written by transactions that this database has yet to begin: it was restored into another server. ' +
        'If it is the latest backup, and nothing else runs on it, run `countersign restored`, then start again.',
    )
  }
  const [size, sequenced] = [await store.treeSize(), await store.sequenced()]
  if (size > sequenced) {
    throw new LogDisagreement(`The tree has ${size} leaves, but only ${sequenced} entries were sequenced.`)
  }
  await checkEdge(store, size)
  await checkPublished(store, key, size)
}

/** Checks the last leaves against their entries, and each edge tile against the full tiles below it. */
async function checkEdge(store: LogStore, size: number): Promise<void> {
  if (size === 0) return
  const first = size - 1 - ((size - 1) % TILE_WIDTH)
  const [tile] = await store.tiles([{ level: 0, index: first / TILE_WIDTH }])
  const hashes = tile ? hashesIn(tile) : []
  for (const { index, body } of await store.leaves({ from: first, limit: size - first })) {
    const hash = hashes[index - first]
    if (hash && sameHash(hash, await leafHash(new TextEncoder().encode(body)))) continue
    throw new LogDisagreement(`Entry ${index} is not the one that the tree was built from.`)
  }
  for (const edge of await store.tiles(edgePlaces(size))) await checkBelow(store, edge)
  // Needs every tile of the edge.
  await rootAt(size, store)
}

async function checkBelow(store: LogStore, { level, index, hashes }: Tile): Promise<void> {
  if (level === 0) return
  const all = hashesIn({ hashes })
  const [below] = await store.tiles([{ level: level - 1, index: index * TILE_WIDTH + all.length - 1 }])
  const last = all.at(-1)
  if (below && last && sameHash(last, await hashAbove(hashesIn(below)))) return
  throw new LogDisagreement(`Tile ${level}/${index} does not stand on the tiles below it.`)
}

async function checkPublished(store: LogStore, key: LogKey, size: number): Promise<void> {
  const published = await store.checkpoint('published')
  if (!published) return
  if (published.size > size) {
    throw new LogDisagreement(`The published checkpoint is of ${published.size} entries, but the tree has ${size}.`)
  }
  const signed = await openCheckpoint(published.note, noteKeysOf(key)).catch((error) => {
    if (!(error instanceof ProofError)) throw error
    throw new LogDisagreement(
      `The published checkpoint was not signed by this log's key (${error.message}). ` +
        'Processes that share a database share COUNTERSIGN_LOG_KEY and COUNTERSIGN_ORIGIN.',
    )
  })
  const root = await rootAt(published.size, store)
  if (signed.size === published.size && sameHash(signed.root, root)) return
  throw new LogDisagreement(`The published checkpoint of ${published.size} entries has another root than the tree.`)
}
