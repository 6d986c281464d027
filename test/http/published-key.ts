/**
 * A signing key that the authority publishes, in the hands of a thief: tokens with any claims, signed as if by it.
 *
 * The key stands in the key set the way the next one does before it signs: it supersedes no other meanwhile.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import { importSigningKey, signJws } from '@countersign/verifier/authority'
import { decodeJwt } from 'jose'
import { signingKeyRow } from '../../src/domain/identity/configuration-rows.ts'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { sealRow } from '../../src/domain/ledger/row-seal.ts'
import { generateSigningKey, publicHalf, type SigningKey } from '../../src/domain/token/signing-keys.ts'
import type { TestAuthority } from '../setup/authority.ts'

const YEAR = 365 * 86_400

export interface PublishedKey {
  readonly kid: string
  readonly key: Pick<SigningKey, 'alg' | 'kid' | 'sign'>
  /** The claims of `token`, with `changes` in place, signed. */
  readonly sign: (token: string, changes?: Partial<ApprovalClaims>, header?: object) => Promise<string>
}

/** Moves the clock by the few seconds after which processes read the keys anew. */
export async function publishedKey(
  authority: Pick<TestAuthority, 'store' | 'logKey' | 'now' | 'advance'>,
): Promise<PublishedKey> {
  const jwk = await generateSigningKey('ES256')
  const half = await publicHalf(jwk)
  const { kid } = half
  const publishedAt = authority.now()
  const key = { ...half, publicJwk: { ...half.publicJwk }, publishedAt, signsFrom: publishedAt + YEAR, retiredAt: null }
  const members = {
    key: kid,
    public_key: { ...half.publicJwk },
    published: key.publishedAt,
    signs_from: key.signsFrom,
    seal: await sealRow(authority.logKey, signingKeyRow(key)),
  }
  const entry = await prepareEntry('key.rotated', key.publishedAt, '0'.repeat(32), members)
  await authority.store.ensureSigningKey({ key, entry })
  authority.advance(5)
  const sign = await importSigningKey(jwk, 'ES256')
  return {
    kid,
    key: { alg: 'ES256', kid, sign },
    sign: (token, changes = {}, header = {}) =>
      signJws({ alg: 'ES256', kid, typ: 'approval+jwt', ...header }, { ...decodeJwt(token), ...changes }, sign),
  }
}
