/**
 * `@countersign/verifier/proof`: what an auditor needs to check a ledger, and all of it.
 *
 * A check that fails throws a `ProofError`, which names it. Imports nothing but the platform's cryptography, not even
 * the rest of this package. RFC 6962, C2SP tlog.
 */
export { decodeBase64, encodeBase64 } from './base64.ts'
export {
  type Checkpoint,
  formatCheckpoint,
  type OpenedCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  parseSize,
} from './checkpoint.ts'
export {
  COSIGNATURE,
  cosignedMessage,
  ED25519,
  formatNoteKey,
  formatSignature,
  hex,
  isKeyName,
  keyId,
  type Note,
  type NoteKey,
  type NoteSignature,
  parseNote,
  parseNoteKey,
  type Signer,
  verifyNote,
} from './note.ts'
export { ProofError } from './proof-error.ts'
export { type CompactRange, createRange, type HashInto, type OnNode } from './range.ts'
export { sealDigest, verifySeal } from './seal.ts'
export { cosign, type NoteSigner, noteKeyOf, signNote } from './sign.ts'
export {
  formatBundle,
  parseBundle,
  parseTilePath,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
  tilesOf,
  tileWidth,
} from './tile.ts'
export { formatTlogProof, type ProvenEntry, parseTlogProof, type TlogProof, verifyTlogProof } from './tlog-proof.ts'
export {
  type Consistency,
  emptyRoot,
  HASH_BYTES,
  type Inclusion,
  leafHash,
  nodeHash,
  sameHash,
  verifyConsistency,
  verifyInclusion,
} from './tree.ts'
