/**
 * Signs the tree of one size as a checkpoint.
 *
 * In: size, root hash and the log's key. Out: the signed note, ready to be stored and then served.
 * Stores nothing and does not check that the tree grew. C2SP tlog-checkpoint; SPEC 8.
 */
import { formatCheckpoint } from '@countersign/verifier/proof'
import { type LogKey, signAll } from './log-key.ts'

export interface SignedCheckpoint {
  readonly size: number
  readonly root: Uint8Array
  /** The signed note. */
  readonly note: string
  /** Epoch seconds. */
  readonly signedAt: number
}

export async function signCheckpoint(
  size: number,
  root: Uint8Array,
  key: LogKey,
  now: number,
): Promise<SignedCheckpoint> {
  const text = formatCheckpoint({ origin: key.signer.name, size, root })
  return { size, root, note: `${text}\n${await signAll(text, key)}`, signedAt: now }
}
