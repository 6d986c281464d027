/**
 * The status list: one bit a token, 1 for revoked, signed and short-lived. Positions come from the store in blocks and
 * are handed out in random order, so that an index reveals neither when nor how many tokens were issued.
 * draft-ietf-oauth-status-list section 4 and 5; SPEC 9.
 */
import { base64urlEncode, type JsonObject } from '@countersign/verifier'

/** Bits in one list: 16 KiB before compression. */
export const LIST_SIZE = 131_072
const BLOCK_SIZE = 256
/** Life of a list, in seconds. */
export const LIST_LIFE_SECONDS = 60

export interface StatusPlace {
  readonly list: number
  readonly index: number
}

export const statusUri = (issuer: string, list: number): string => `${issuer}/status/${list}`

export const placeOf = (position: number): StatusPlace => ({
  list: Math.floor(position / LIST_SIZE),
  index: position % LIST_SIZE,
})

/** Hands out places, each once among all processes. Concurrent callers share one reservation. */
export function createStatusPlaces(
  reserve: (count: number) => Promise<number>,
  randomBytes: (count: number) => Uint8Array,
): () => Promise<StatusPlace> {
  let free: number[] = []
  let refill: Promise<void> | null = null

  async function reserveBlock(): Promise<void> {
    const first = await reserve(BLOCK_SIZE)
    const block = Array.from({ length: BLOCK_SIZE }, (_, offset) => first + offset)
    const keys = randomBytes(BLOCK_SIZE * 4)
    const view = new DataView(keys.buffer, keys.byteOffset)
    const order = block.map((position, at) => ({ position, key: view.getUint32(at * 4) }))
    free = [...free, ...order.sort((a, b) => a.key - b.key).map(({ position }) => position)]
  }

  return async function next(): Promise<StatusPlace> {
    for (;;) {
      const position = free.pop()
      if (position !== undefined) return placeOf(position)
      refill ??= reserveBlock().finally(() => {
        refill = null
      })
      await refill
    }
  }
}

/** The claims of a status list token; `sub` is its own address. */
export async function statusListClaims(
  issuer: string,
  list: number,
  revoked: readonly number[],
  now: number,
): Promise<JsonObject> {
  return {
    iss: issuer,
    sub: statusUri(issuer, list),
    iat: now,
    exp: now + LIST_LIFE_SECONDS,
    ttl: 1,
    status_list: { bits: 1, lst: base64urlEncode(await deflate(bitsOf(revoked))) },
  }
}

/** Least significant bit first. */
function bitsOf(revoked: readonly number[]): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(LIST_SIZE / 8)
  for (const index of revoked) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
  return bits
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
