/**
 * Which entries of a block of the log have a fact: a bit an entry. Packed, a block is a sequence of runs, each of some
 * entries of one unit: `unit, count, offset…`, or `unit, 0` and a bitmap of 32 bytes. The union of the runs counts, so
 * later entries are appended to what is stored. SPEC 8.
 */

/** Entries of a block: a row of the index is of one fact in one block. */
export const BLOCK = 16_384
/** Entries of a unit: an offset within it is a byte. */
export const UNIT = 256

/** One bit an entry of a block. */
export type Places = Uint32Array

export const noPlaces = (): Places => new Uint32Array(BLOCK / 32)

export const everyPlace: Readonly<Places> = noPlaces().fill(0xffffffff)

const BITMAP_BYTES = UNIT / 8

/** `offsets` within one block, ascending. */
export function packPlaces(offsets: readonly number[]): Uint8Array {
  const packed: number[] = []
  for (let at = 0; at < offsets.length; ) {
    const unit = Math.floor((offsets[at] ?? 0) / UNIT)
    const run: number[] = []
    for (; Math.floor((offsets[at] ?? BLOCK) / UNIT) === unit; at++) run.push((offsets[at] ?? 0) % UNIT)
    packed.push(unit, ...(run.length < BITMAP_BYTES ? [run.length, ...run] : [0, ...bitmapOf(run)]))
  }
  // The constructor copies a list where `from` iterates it.
  return new Uint8Array(packed)
}

function bitmapOf(offsets: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(BITMAP_BYTES)
  for (const offset of offsets) bitmap[offset >> 3] = (bitmap[offset >> 3] ?? 0) | (1 << (offset & 7))
  return bitmap
}

export function addPlace(places: Places, offset: number): void {
  places[offset >> 5] = (places[offset >> 5] ?? 0) | (1 << (offset & 31))
}

/** Adds what `packPlaces` packed. */
export function addPacked(places: Places, packed: Uint8Array): void {
  for (let at = 0; at < packed.length; ) {
    const [unit, count] = [packed[at] ?? 0, packed[at + 1] ?? 0]
    at += 2
    for (let n = 0; n < count; n++) addPlace(places, unit * UNIT + (packed[at + n] ?? 0))
    if (count === 0) addBitmap(places, unit, packed.subarray(at, at + BITMAP_BYTES))
    at += count === 0 ? BITMAP_BYTES : count
  }
}

// Iterators would take longer than the rest: a search of a long log goes through millions of these bytes and words.
function addBitmap(places: Places, unit: number, bitmap: Uint8Array): void {
  const first = (unit * UNIT) / 32
  for (let at = 0; at < bitmap.length; at++) {
    const word = first + (at >> 2)
    places[word] = (places[word] ?? 0) | ((bitmap[at] ?? 0) << ((at & 3) * 8))
  }
}

export function keepCommon(places: Places, others: Readonly<Places>): void {
  for (let at = 0; at < places.length; at++) places[at] = (places[at] ?? 0) & (others[at] ?? 0)
}

export function removePlaces(places: Places, others: Readonly<Places>): void {
  for (let at = 0; at < places.length; at++) places[at] = (places[at] ?? 0) & ~(others[at] ?? 0)
}

/** The offsets, ascending. */
export function offsetsOf(places: Places): readonly number[] {
  const offsets: number[] = []
  for (let at = 0; at < places.length; at++) {
    for (let rest = places[at] ?? 0; rest !== 0; rest &= rest - 1) offsets.push(at * 32 + 31 - Math.clz32(rest & -rest))
  }
  return offsets
}

export const blockOf = (index: number): number => Math.floor(index / BLOCK)

/** Leaf indexes as places of their blocks. */
export function placesByBlock(indexes: Iterable<number>): Map<number, Places> {
  const found = new Map<number, Places>()
  for (const index of indexes) {
    const places = found.get(blockOf(index)) ?? noPlaces()
    addPlace(places, index % BLOCK)
    found.set(blockOf(index), places)
  }
  return found
}
