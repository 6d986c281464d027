/**
 * `test/vectors/proofs.json`: that it is what `make-vectors.ts` makes, and that every case comes out as it says.
 * Written anew with `npx vitest run --config test/vitest.config.ts test/proof/vectors.test.ts -u`.
 */
import { createHash } from 'node:crypto'
import {
  createRange,
  decodeBase64,
  leafHash,
  openCheckpoint,
  ProofError,
  parseNote,
  parseNoteKey,
  parseTlogProof,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
  verifyTlogProof,
} from '@countersign/verifier/proof'
import { describe, expect, it } from 'vitest'
import { makeVectors } from './make-vectors.ts'

const vectors = makeVectors()

interface Cases<T> {
  readonly accept: readonly T[]
  readonly reject: readonly (T & { readonly name: string })[]
}

/** Accepts what is to be accepted, and refuses the rest with a `ProofError` and nothing else. */
function holds<T>(cases: Cases<T>, check: (one: T) => Promise<unknown>): void {
  it('accepts', async () => {
    for (const one of cases.accept) await check(one)
  })
  it.each(cases.reject.map((one) => [one.name, one] as const))('refuses: %s', async (_, one) => {
    await expect((async () => check(one))()).rejects.toThrow(ProofError)
  })
}

it('the file is what is made here', async () => {
  await expect(`${JSON.stringify(vectors, null, 1)}\n`).toMatchFileSnapshot('../vectors/proofs.json')
})

it('leaves and roots', async () => {
  for (const { entry, hash } of vectors.leaves) expect(await leafHash(decodeBase64(entry))).toEqual(decodeBase64(hash))
  const range = createRange((data, into) => into.set(createHash('sha256').update(data).digest()))
  for (const { size, root } of vectors.roots) {
    while (range.size() < size) {
      range.appendEntry(new TextEncoder().encode(range.size() === 0 ? '' : `entry ${range.size()}`))
    }
    expect(range.root()).toEqual(decodeBase64(root))
  }
})

describe('inclusion', () => {
  holds(vectors.inclusion, ({ leaf, index, size, root, path }) =>
    verifyInclusion({ leaf: decodeBase64(leaf), index, size, root: decodeBase64(root), path: path.map(decodeBase64) }),
  )
})

describe('consistency', () => {
  holds(vectors.consistency, (one) =>
    verifyConsistency({
      oldSize: one.old_size,
      oldRoot: decodeBase64(one.old_root),
      newSize: one.new_size,
      newRoot: decodeBase64(one.new_root),
      path: one.path.map(decodeBase64),
    }),
  )
})

describe('vkey', () => {
  const { accept, reject } = vectors.vkey
  holds({ accept: accept.map((vkey) => ({ vkey })), reject }, ({ vkey }) => parseNoteKey(vkey))
})

describe('note', () => {
  holds(vectors.note, async ({ note, vkeys }) =>
    verifyNote(parseNote(note), await Promise.all(vkeys.map(parseNoteKey))),
  )
})

describe('checkpoint', () => {
  holds(vectors.checkpoint, async ({ checkpoint, vkey }) => openCheckpoint(checkpoint, await parseNoteKey(vkey)))
})

describe('tlog-proof', () => {
  holds(vectors.tlog_proof, async ({ entry, proof }) =>
    verifyTlogProof(
      parseTlogProof(proof),
      await leafHash(decodeBase64(entry)),
      await parseNoteKey(vectors.tlog_proof.vkey),
    ),
  )
})
