/** Tiles, bundles, notes: what is written is what is read, and nothing else is read. */
import {
  COSIGNATURE,
  cosign,
  decodeBase64,
  ED25519,
  encodeBase64,
  formatBundle,
  formatCheckpoint,
  formatNoteKey,
  formatTlogProof,
  noteKeyOf,
  openCheckpoint,
  ProofError,
  parseBundle,
  parseCheckpoint,
  parseNote,
  parseNoteKey,
  parseTilePath,
  parseTlogProof,
  signNote,
  TILE_WIDTH,
  tilePath,
  tilesOf,
  tileWidth,
  verifyNote,
} from '@countersign/verifier/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSigner } from '../setup/note-signer.ts'

const address = fc.record({
  level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
  index: fc.maxSafeNat(),
  width: fc.integer({ min: 1, max: TILE_WIDTH }),
})
const bytes = (most: number) => fc.uint8Array({ minLength: 0, maxLength: most })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('tiles', () => {
  it('have one path each', () =>
    fc.assert(
      fc.property(address, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual(tile)
      }),
    ))

  it('stand where C2SP says', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 'entries', index: 0, width: 1 })).toBe('tile/entries/000.p/1')
    expect(tilePath({ level: 12, index: 1000, width: 255 })).toBe('tile/12/x001/000.p/255')
  })

  it('of 70,000 entries are those of the specification', () => {
    const tiles = [...tilesOf(70_000)]
    const shown = (level: number) => tiles.filter((tile) => tile.level === level).map(({ width }) => width)
    expect(shown(0)).toEqual([...Array<number>(273).fill(256), 112])
    expect([shown(1), shown(2), shown(3)]).toEqual([[256, 17], [1], []])
    expect([...tilesOf(256)].map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1'])
    expect([...tilesOf(0)]).toEqual([])
    expect(tileWidth('entries', 273, 70_000)).toBe(112)
  })

  it.each([
    'tile/0/0',
    'tile/0/x000/001',
    'tile/00/001',
    'tile/64/001',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/01',
    'tile/0/x001/x234/67',
    'tile/0/001/',
    '/tile/0/001',
    'tile/entries/../001',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('%s is no path', (path) => {
    expect(() => parseTilePath(path)).toThrow(ProofError)
  })
})

describe('bundles', () => {
  it('give back their entries', () =>
    fc.assert(
      fc.property(fc.array(bytes(300), { maxLength: 20 }), (entries) => {
        expect([...parseBundle(formatBundle(entries))]).toEqual(entries)
      }),
    ))

  it('refuse to end inside an entry', () =>
    fc.assert(
      fc.property(fc.array(bytes(20), { minLength: 1, maxLength: 5 }), fc.nat(), (entries, cut) => {
        const bundle = formatBundle(entries)
        const last = 2 + (entries.at(-1)?.length ?? 0)
        const short = bundle.subarray(0, bundle.length - 1 - (cut % (last - 1)))
        expect(() => [...parseBundle(short)]).toThrow(ProofError)
      }),
    ))

  it('refuse an entry they cannot hold', () => {
    expect(() => formatBundle([new Uint8Array(65_536)])).toThrow(ProofError)
  })
})

describe('notes and checkpoints', () => {
  it('come back as they were written', () =>
    fc.assert(
      fc.property(fc.constantFrom('a.example/log', 'ä'), fc.maxSafeNat(), hash, (origin, size, root) => {
        const text = formatCheckpoint({ origin, size, root })
        expect(parseCheckpoint(text)).toEqual({ origin, size, root })
      }),
    ))

  it('keep extension lines, and refuse an empty one', () => {
    const text = `a.example/log\n0\n${encodeBase64(new Uint8Array(32))}\none\ntwo\n`
    expect(formatCheckpoint(parseCheckpoint(text))).toBe(text)
    expect(() => parseCheckpoint(`${text}\n`)).toThrow(ProofError)
  })

  it('are opened by the log’s key, with the witnesses that are known', async () => {
    const [log, witness, stranger] = await Promise.all([
      makeSigner('a.example/log'),
      makeSigner('w.example'),
      makeSigner('x'),
    ])
    const text = formatCheckpoint({ origin: log.name, size: 0, root: new Uint8Array(32) })
    const note = `${text}\n${await signNote(text, log)}${await cosign(text, witness, 1_800_000_000)}${await signNote(text, stranger)}`
    const [logKey, witnessKey] = [await noteKeyOf(log, ED25519), await noteKeyOf(witness, COSIGNATURE)]
    const opened = await openCheckpoint(note, logKey, [witnessKey])
    expect(opened.witnesses).toEqual([{ key: witnessKey, signedAt: 1_800_000_000 }])
    expect(await parseNoteKey(await formatNoteKey(log.name, ED25519, log.publicKey))).toEqual(logKey)
    await expect(openCheckpoint(note, witnessKey, [logKey])).rejects.toThrow('another log')
    const unsigned = `${text}\n${await cosign(text, witness, 1)}`
    await expect(openCheckpoint(unsigned, logKey, [witnessKey])).rejects.toThrow('The log itself')
  })

  it('a bad signature of a known key spoils a note, however many good ones stand beside it', async () => {
    const log = await makeSigner('a.example/log')
    const other = await makeSigner('b.example')
    const text = 'one\n'
    const bad = await signNote('two\n', other)
    const note = parseNote(`${text}\n${await signNote(text, log)}${bad}`)
    const keys = [await noteKeyOf(log, ED25519), await noteKeyOf(other, ED25519)]
    await expect(verifyNote(note, keys)).rejects.toThrow('b.example does not verify')
    expect(await verifyNote(note, keys.slice(0, 1))).toHaveLength(1)
  })

  it('are nothing without a final newline and a possible name', async () => {
    const log = await makeSigner('a b')
    await expect(signNote('text\n', log)).rejects.toThrow(ProofError)
    await expect(signNote('text', { ...log, name: 'a' })).rejects.toThrow(ProofError)
  })
})

describe('tlog-proof', () => {
  it('comes back as it was written', () =>
    fc.assert(
      fc.property(fc.option(bytes(100)), fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), (extra, index, path) => {
        const proof = { extra, index, path, checkpoint: 'a\n1\nb\n\n— c d\n' }
        expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof)
      }),
    ))
})

describe('base64', () => {
  it('has one spelling', () => {
    fc.assert(
      fc.property(bytes(50), (data) => {
        expect(decodeBase64(encodeBase64(data))).toEqual(data)
      }),
    )
    for (const text of ['AA', 'AB==', 'A A=', 'AA==\n', '-_==', '====']) {
      expect(() => decodeBase64(text), text).toThrow(ProofError)
    }
  })
})
