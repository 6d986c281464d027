/**
 * The receipt for a committed entry, made only here; a token cannot be minted without one. It does not say that the
 * entry is sequenced or published: those steps follow the commit. SPEC 8.
 */
import { base64urlEncode, type Digest } from '@countersign/verifier'
import type { PreparedEntry } from './entry.ts'

declare const receiptBrand: unique symbol

/** Exists only for a committed entry. */
export interface LedgerReceipt {
  readonly leaf: Digest
  readonly [receiptBrand]: true
}

export const leafDigest = (leaf: Uint8Array): Digest => `sha-256:${base64urlEncode(leaf)}`

/** Throws when the committed leaf differs from the prepared one: the database changed the entry. */
export function receiptFor(entry: PreparedEntry, committedLeaf: Uint8Array): LedgerReceipt {
  const leaf = leafDigest(entry.leaf)
  if (leaf !== leafDigest(committedLeaf))
    throw new Error(`The ledger holds another ${entry.type} entry than was written`)
  return { leaf } as LedgerReceipt
}
