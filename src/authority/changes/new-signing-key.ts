/** A key that is to sign tokens: its row, and the members of its entry, sealed by the key of the log. SPEC 6, 10.4. */
import { signingKeyRow } from '../../domain/identity/configuration-rows.ts'
import type { LogKey } from '../../domain/ledger/log-key.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { type KeyLife, PUBLISH_AHEAD_SECONDS, type PublicHalf } from '../../domain/token/signing-keys.ts'

/** The first key of a database signs at once, a later one after it was published for a while. */
export async function newSigningKey(
  logKey: LogKey,
  { kid, alg, publicJwk }: PublicHalf,
  publishedAt: number,
  isFirst = false,
) {
  const signsFrom = isFirst ? publishedAt : publishedAt + PUBLISH_AHEAD_SECONDS
  const key: KeyLife = { kid, alg, publicJwk: { ...publicJwk }, publishedAt, signsFrom, retiredAt: null }
  const seal = await sealRow(logKey, signingKeyRow(key))
  const members = { key: kid, public_key: { ...publicJwk }, published: publishedAt, signs_from: signsFrom, seal }
  return { key, members }
}
