/**
 * The proof that the authority erased texts, and not somebody with access to the database: the log's key seals the entry
 * `payload.erased`. Who ordered the erasure is decided before. SPEC 8.1.
 */
import { isJsonObject } from '@countersign/verifier/authority'
import type { NoteKey } from '@countersign/verifier/proof'
import { type SealableRow, sealedBy } from './row-seal.ts'

/** What a seal covers. `payloads`: the digests of the erased texts, as far as an entry holds them; `erased`: how many. */
export interface ErasureContent {
  readonly order: string
  readonly payloads: readonly string[]
  readonly erased: number
}

/** `request`: whose texts they were. */
export const erasedRow = (request: string, { order, payloads, erased }: ErasureContent): SealableRow => ({
  kind: 'erased',
  id: request,
  content: { order, payloads, erased },
})

export type Cover = (digest: string) => boolean

/** Which texts of a request were erased, by entries that one of these keys sealed. */
export async function erasureCover(
  keys: readonly NoteKey[],
  request: string,
  erasures: readonly string[],
): Promise<Cover> {
  const covers = await Promise.all(erasures.map((body) => coverOf(keys, request, body)))
  return (digest) => covers.some((covered) => covered(digest))
}

const NONE: Cover = () => false

async function coverOf(keys: readonly NoteKey[], request: string, body: string): Promise<Cover> {
  const entry: unknown = JSON.parse(body)
  if (!isJsonObject(entry) || !Array.isArray(entry['payloads'])) return NONE
  const { order, payloads, erased, seal } = entry
  const named = payloads.map(String)
  const row = erasedRow(request, { order: String(order), payloads: named, erased: Number(erased) })
  if ((await sealedBy(keys, row, String(seal))) === 0) return NONE
  return named.length < Number(erased) ? () => true : (digest) => named.includes(digest)
}
