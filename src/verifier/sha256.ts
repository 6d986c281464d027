/**
 * SHA-256 of short messages, without leaving the thread.
 *
 * In: bytes.
 * Out: 32 bytes.
 *
 * Web Crypto hashes on another thread, and waking it takes several times as long as hashing what a verifier hashes. Only
 * for public data: nothing here takes care to run in constant time. FIPS 180-4.
 */

type Bytes = Uint8Array<ArrayBuffer>

const BLOCK = 64

/** The first 32 bits of the fractional part of a number. */
const fraction = (value: number): number => Math.floor((value % 1) * 2 ** 32)

const PRIMES: number[] = []
for (let candidate = 2; PRIMES.length < 64; candidate++) {
  if (PRIMES.every((prime) => candidate % prime !== 0)) PRIMES.push(candidate)
}
const ROUND_CONSTANTS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)))
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

/** SHA-256. Meant for messages of up to a few kilobytes. */
export function hashShort(message: Uint8Array): Bytes {
  const state = INITIAL.slice()
  const schedule = new Int32Array(64)
  const padded = pad(message)
  for (let offset = 0; offset < padded.byteLength; offset += BLOCK) {
    expand(schedule, padded, offset)
    compress(state, schedule)
  }
  const digest = new DataView(new ArrayBuffer(32))
  for (let word = 0; word < 8; word++) digest.setInt32(word * 4, at(state, word))
  return new Uint8Array(digest.buffer)
}

/** Appends the bit 1, zeros, and the length in bits: whole blocks. */
function pad(message: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, message.length * 8)
  return view
}

function expand(schedule: Int32Array, message: DataView, offset: number): void {
  for (let round = 0; round < 16; round++) schedule[round] = message.getInt32(offset + round * 4)
  for (let round = 16; round < 64; round++) {
    const w15 = at(schedule, round - 15)
    const w2 = at(schedule, round - 2)
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
    schedule[round] = at(schedule, round - 16) + s0 + at(schedule, round - 7) + s1
  }
}

function compress(state: Int32Array, schedule: Int32Array): void {
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let round = 0; round < 64; round++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + at(ROUND_CONSTANTS, round) + at(schedule, round)) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  add(state, a, b, c, d, e, f, g, h)
}

function add(state: Int32Array, ...words: readonly number[]): void {
  for (let index = 0; index < 8; index++) state[index] = at(state, index) + (words[index] ?? 0)
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0
}
