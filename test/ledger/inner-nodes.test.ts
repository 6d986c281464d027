/** Proofs from kept hashes are those of the tiles that were read: while a log grows, beside another log, and after a change. */
import { createHash, hash } from 'node:crypto'
import { createRange, ProofError, verifyInclusion } from '@countersign/verifier/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inclusionProof, rootAt, type TileSource } from '../../src/domain/ledger/prove.ts'
import { LogDisagreement } from '../../src/domain/ledger/tile-tree.ts'

const HASH = 32
const WIDTH = 256
/** Three levels of tiles, none of them full at the edge. */
const SIZE = WIDTH ** 2 + 3 * WIDTH + 7

interface Log extends TileSource {
  readonly leaf: (index: number) => Uint8Array
  readonly roots: ReadonlyMap<number, Uint8Array>
  /** The hashes of a level, to be changed. */
  readonly level: (level: number) => Uint8Array
  /** It shows no more than the tiles of a tree of so many leaves. */
  readonly through: (size: number) => TileSource
}

/** `sizes`: those whose roots are to be known. */
function logOf(name: string, sizes: readonly number[]): Log {
  const levels: number[][][] = []
  const roots = new Map<number, Uint8Array>()
  const range = createRange(
    (data, into) => into.set(createHash('sha256').update(data).digest()),
    (height, hashed) => {
      if (height % 8 !== 0) return
      levels[height / 8] ??= []
      levels[height / 8]?.push([...hashed])
    },
  )
  for (let n = 0; n < SIZE; n++) {
    range.append(hash('sha256', `${name} ${n}`, 'buffer'))
    if (sizes.includes(n + 1)) roots.set(n + 1, range.root().slice())
  }
  const packed = levels.map((hashes) => Uint8Array.from(hashes.flat()))
  const through = (size: number): TileSource => ({
    tiles: async (places) =>
      places.flatMap(({ level, index }) => {
        const end = Math.floor(size / WIDTH ** level) * HASH
        const hashes = packed[level]?.slice(index * WIDTH * HASH, Math.min(end, (index + 1) * WIDTH * HASH))
        return hashes && hashes.length > 0 ? [{ level, index, hashes }] : []
      }),
  })
  return {
    ...through(SIZE),
    through,
    roots,
    level: (level) => packed[level] ?? new Uint8Array(),
    leaf: (index) => packed[0]?.subarray(index * HASH, (index + 1) * HASH) ?? new Uint8Array(),
  }
}

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1
}

const SIZES = [WIDTH, WIDTH + 1, 40 * WIDTH, 40 * WIDTH + 200, WIDTH ** 2, SIZE - 1, SIZE]

async function proves(log: Log, index: number, size: number, source: TileSource = log): Promise<void> {
  const path = await inclusionProof(index, size, source)
  await verifyInclusion({ leaf: log.leaf(index), index, size, root: log.roots.get(size) ?? new Uint8Array(), path })
}

describe('the hashes within tiles', () => {
  const [one, other] = [logOf('one', SIZES), logOf('other', SIZES)]

  it('prove any leaf at any size, of two logs in turns, however far their tiles have grown', async () => {
    const drawn = fc.tuple(fc.constantFrom(one, other), fc.constantFrom(...SIZES), fc.nat(SIZE - 1), fc.nat(SIZE - 1))
    await fc.assert(
      fc.asyncProperty(drawn, async ([log, size, at, beyond]) => {
        await proves(log, at % size, size, log.through(Math.max(size, beyond)))
        expect(await rootAt(size, log.through(Math.max(size, beyond)))).toEqual(log.roots.get(size))
      }),
      { numRuns: 300 },
    )
  })

  it('do not hide that a hash of a tile was changed', async () => {
    const changed = logOf('one', SIZES)
    await proves(changed, 5, SIZE)
    // The sibling of the fifth subtree of 256 leaves.
    flip(changed.level(1), 4 * HASH)
    await expect(proves(changed, 5 * WIDTH, SIZE)).rejects.toThrow(ProofError)
    await expect(proves(changed, 5, SIZE)).rejects.toThrow(ProofError)
    flip(changed.level(1), 4 * HASH)
    await proves(changed, 5 * WIDTH, SIZE)
  })

  it('do not stand for a tile that is gone or shorter', async () => {
    await proves(one, 5, SIZE)
    const without: TileSource = { tiles: async (places) => one.tiles(places.filter(({ level }) => level !== 1)) }
    await expect(proves(one, 5, SIZE, without)).rejects.toThrow(LogDisagreement)
    await expect(proves(one, 5, SIZE, one.through(WIDTH ** 2 - 1))).rejects.toThrow(LogDisagreement)
  })

  it('are kept of some tiles only, and found again for the others', async () => {
    const places = Array.from({ length: 300 }, (_, n) => n)
    const far: TileSource = {
      tiles: async (asked) =>
        asked.map((place) => ({ ...place, hashes: new Uint8Array(WIDTH * HASH).fill(place.index % 251) })),
    }
    const prove = (n: number) => inclusionProof(n * WIDTH ** 2, 300 * WIDTH ** 2, far)
    const first = await Promise.all(places.map(prove))
    expect(await Promise.all(places.map(prove))).toEqual(first)
  })
})
