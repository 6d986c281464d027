/**
 * Checkpoints: what a log commits to, `origin`, size and root.
 *
 * Keeps no memory: compare with an older one by `verifyConsistency`. C2SP tlog-checkpoint, tlog-cosignature.
 */
import { decodeBase64, encodeBase64 } from './base64.ts'
import { type NoteKey, parseNote, type Signer, verifyNote } from './note.ts'
import { ProofError } from './proof-error.ts'
import { HASH_BYTES } from './tree.ts'

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  /** Lines after the root. Their content cannot be audited. */
  readonly extensions?: readonly string[]
}

/** A checkpoint that its log signed. */
export interface OpenedCheckpoint extends Checkpoint {
  /** The known witnesses that cosigned it. Whether they are enough is the caller's to decide. */
  readonly witnesses: readonly Signer[]
}

/** A decimal number below 2^53 in its one spelling, else undefined. */
export function parseSize(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) return undefined
  return Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}

/** Reads the body of a checkpoint. Throws `ProofError`. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeLine = '', rootLine, ...rest] = text.split('\n')
  const extensions = rest.slice(0, -1)
  if (!origin || rootLine === undefined || rest.at(-1) !== '' || extensions.includes('')) {
    throw new ProofError('The checkpoint is malformed')
  }
  const size = parseSize(sizeLine)
  if (size === undefined) throw new ProofError('The checkpoint has no size')
  const root = decodeBase64(rootLine)
  if (root.length !== HASH_BYTES) throw new ProofError('The checkpoint has no root')
  return { origin, size, root, ...(extensions.length > 0 && { extensions }) }
}

/** Writes the body of a checkpoint. Throws `ProofError` for an origin that no one could read back. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  const lines = [origin, String(size), encodeBase64(root), ...extensions]
  if (lines.some((line) => line === '' || line.includes('\n'))) throw new ProofError('The checkpoint is malformed')
  return `${lines.join('\n')}\n`
}

/**
 * Opens a checkpoint signed by the log itself, whose key has the name of its `origin`. Of several keys, while one takes
 * over from another, one suffices. A signature of a known key that does not verify spoils it. Throws `ProofError`.
 */
export async function openCheckpoint(
  note: string,
  logKey: NoteKey | readonly NoteKey[],
  witnesses: readonly NoteKey[] = [],
): Promise<OpenedCheckpoint> {
  const logKeys = 'name' in logKey ? [logKey] : logKey
  const parsed = parseNote(note)
  const signers = await verifyNote(parsed, [...logKeys, ...witnesses])
  const own = signers.find(({ key }) => logKeys.includes(key))
  if (own === undefined) throw new ProofError('The log itself did not sign this checkpoint')
  const checkpoint = parseCheckpoint(parsed.text)
  if (checkpoint.origin !== own.key.name) throw new ProofError('The checkpoint is of another log')
  return { ...checkpoint, witnesses: signers.filter(({ key }) => !logKeys.includes(key)) }
}
