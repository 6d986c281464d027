/**
 * The proof that an entry was committed, without which nothing can be signed.
 *
 * In: the prepared entry and the leaf hash the database returned for it. Out: a `LedgerReceipt`, made only here.
 * Says nothing about sequencing or publication: those happen after the commit.
 * SPEC 8.
 */
import type { Digest } from '@countersign/verifier'
import { base64urlEncode } from '@countersign/verifier'
import type { PreparedEntry } from './entry.ts'

declare const receiptBrand: unique symbol

/** Exists only for an entry that is in the ledger. */
export interface LedgerReceipt {
  readonly leaf: Digest
  readonly [receiptBrand]: true
}

export const leafDigest = (leaf: Uint8Array): Digest => `sha-256:${base64urlEncode(leaf)}`

/** Throws when the committed leaf is not the prepared one: the database changed what was written. */
export function receiptFor(entry: PreparedEntry, committedLeaf: Uint8Array): LedgerReceipt {
  const leaf = leafDigest(entry.leaf)
  if (leaf !== leafDigest(committedLeaf))
    throw new Error(`The ledger holds another ${entry.type} entry than was written`)
  return { leaf } as LedgerReceipt
}
