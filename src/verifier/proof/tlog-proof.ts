/**
 * A `.tlog-proof` file: proves that one entry is in a log, offline, with nothing but the log's key.
 *
 * C2SP tlog-proof. The entry itself travels beside the proof, or in `extra`.
 */
import { decodeBase64, encodeBase64 } from './base64.ts'
import { type OpenedCheckpoint, openCheckpoint, parseSize } from './checkpoint.ts'
import type { NoteKey } from './note.ts'
import { ProofError } from './proof-error.ts'
import { HASH_BYTES, verifyInclusion } from './tree.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'
const MAX_PATH = 63

export interface TlogProof {
  /** Anything the log adds, proven by nothing; ours puts the entry's bytes here. Null where there is none. */
  readonly extra: Uint8Array | null
  readonly index: number
  readonly path: readonly Uint8Array[]
  /** The signed checkpoint, whole. */
  readonly checkpoint: string
}

export function formatTlogProof({ extra, index, path, checkpoint }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra ? [`extra ${encodeBase64(extra)}`] : []),
    `index ${index}`,
    ...path.map(encodeBase64),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Takes a proof apart. Checks form only. */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n')
  if (split < 0) throw new ProofError('The proof has no checkpoint')
  const [header, ...lines] = text.slice(0, split).split('\n')
  if (header !== HEADER) throw new ProofError('This is not a tlog-proof')
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64((lines.shift() ?? '').slice('extra '.length)) : null
  const index = parseSize(/^index (.*)$/.exec(lines.shift() ?? '')?.[1] ?? '')
  if (index === undefined || lines.length > MAX_PATH) throw new ProofError('The proof is malformed')
  const path = lines.map(decodeBase64)
  if (path.some((hash) => hash.length !== HASH_BYTES))
    throw new ProofError('The proof holds something else than hashes')
  return { extra, index, path, checkpoint: text.slice(split + 2) }
}

/** The proven position of an entry. */
export interface ProvenEntry {
  readonly index: number
  readonly checkpoint: OpenedCheckpoint
}

/**
 * Proves that `leaf` (32 bytes, `leafHash` of the entry) is in the log of `logKey`. The result names the `witnesses` that
 * cosigned: the caller decides how many are enough. Throws `ProofError`.
 */
export async function verifyTlogProof(
  { index, path, checkpoint: note }: TlogProof,
  leaf: Uint8Array,
  logKey: NoteKey,
  witnesses: readonly NoteKey[] = [],
): Promise<ProvenEntry> {
  const checkpoint = await openCheckpoint(note, logKey, witnesses)
  await verifyInclusion({ leaf, index, size: checkpoint.size, root: checkpoint.root, path })
  return { index, checkpoint }
}
