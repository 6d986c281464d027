/**
 * Ledger proofs: the hashes of an RFC 6962 tree.
 *
 * In:  an entry's bytes.
 * Out: its leaf hash, 32 bytes.
 *
 * Imports nothing, not even the rest of this package, so that an auditor can read all there is. RFC 6962 section 2.1.
 */

const LEAF_PREFIX = 0x00

/** Hash of a leaf: SHA-256(0x00 ‖ entry). The prefix keeps a leaf from being read as a node. */
export async function leafHash(entry: Uint8Array): Promise<Uint8Array> {
  const prefixed = new Uint8Array(entry.length + 1)
  prefixed[0] = LEAF_PREFIX
  prefixed.set(entry, 1)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', prefixed))
}
