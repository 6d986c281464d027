/**
 * The log as files: its checkpoint, its tiles, and proofs of single entries. Nothing of it lies beyond the published
 * checkpoint, though the tiles may have grown further. The endpoint table decides who may read. C2SP tlog-tiles; SPEC
 * 8.
 */
import { base64urlDecode } from '@countersign/verifier'
import { formatBundle, formatTlogProof, HASH_BYTES, type TileAddress, tileWidth } from '@countersign/verifier/proof'
import { leafPrefix } from '../../domain/ledger/leaf.ts'
import { inclusionProof } from '../../domain/ledger/prove.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { LogStore } from '../../store/contract/log-store.ts'
import type { SearchStore } from '../../store/contract/search-store.ts'
import type { Uses } from '../deps.ts'

type LogDeps = Uses<LogStore & Pick<SearchStore, 'indexOfLeaf'>>

export interface ProofFile {
  readonly name: string
  readonly text: string
}

const encoder = new TextEncoder()
const BUNDLE_WIDTH = 256

const notYet = (what: string) => refuse('not_found', `The log has no ${what}, or has not published it yet.`)

export async function readCheckpoint({ store }: LogDeps): Promise<Result<string>> {
  const published = await store.checkpoint('published')
  return published ? ok(published.note) : notYet('checkpoint')
}

export async function readTile({ store }: LogDeps, { level, index, width }: TileAddress): Promise<Result<Uint8Array>> {
  const published = await store.checkpoint('published')
  if (width > tileWidth(level, index, published?.size ?? 0)) return notYet('such tile')
  if (level !== 'entries') {
    const [found] = await store.tiles([{ level, index }])
    return found ? ok(found.hashes.subarray(0, width * HASH_BYTES)) : notYet('such tile')
  }
  const leaves = await store.leaves({ from: index * BUNDLE_WIDTH, limit: width })
  return ok(formatBundle(leaves.map(({ body }) => encoder.encode(body))))
}

/**
 * Proves an entry from the cosigned checkpoint where that one covers it, else from the published one. `id`: a leaf
 * index in decimal, or `sha-256:` and the leaf hash.
 */
export async function proveEntry({ store }: LogDeps, id: string): Promise<Result<ProofFile>> {
  const [index, checkpoints] = await Promise.all([indexOf(store, id), store.checkpoints()])
  if (index === undefined) return notYet('such entry')
  const candidates = [checkpoints.get('cosigned'), checkpoints.get('published')]
  const covering = candidates.find((candidate) => candidate !== undefined && candidate.size > index)
  if (!covering) return notYet('such entry')
  const [path, [leaf]] = await Promise.all([
    inclusionProof(index, covering.size, store),
    store.leaves({ from: index, limit: 1 }),
  ])
  if (!leaf) throw new Error(`Leaf ${index} is in the tree and not in the log`)
  const text = formatTlogProof({ extra: encoder.encode(leaf.body), index, path, checkpoint: covering.note })
  return ok({ name: `entry-${index}.tlog-proof`, text })
}

async function indexOf(store: Pick<SearchStore, 'indexOfLeaf'>, id: string): Promise<number | undefined> {
  if (/^(0|[1-9]\d{0,14})$/.test(id)) return Number(id)
  if (!/^sha-256:[A-Za-z0-9_-]{43}$/.test(id)) return undefined
  const hash = base64urlDecode(id.slice('sha-256:'.length))
  return store.indexOfLeaf({ hash, prefix: leafPrefix(hash) })
}
