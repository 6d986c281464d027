/**
 * Thousands of tokens in a second, for verifiers that redeem none: the claims of one that the authority minted, with ids
 * of their own.
 *
 * In: that token, the authority's signing key, a count. Out: tokens that verifiers take for the authority's.
 * The authority knows none of them, and would refuse each.
 */
import { randomBytes } from 'node:crypto'
import { type ApprovalClaims, newSalt, parseClaims, parseJson } from '@countersign/verifier'
import { importSigningKey } from '@countersign/verifier/authority'
import type { JWK } from 'jose'
import { createClient } from '../../src/client/client.ts'
import type { SigningKey } from '../../src/domain/token/signing-keys.ts'
import { sign } from '../../src/domain/token/signing-keys.ts'
import { FORUM, forumAction, mustSucceed, type Parties } from './parties.ts'
import type { Product } from './product.ts'

export interface MintedToken {
  readonly token: string
  readonly claims: ApprovalClaims
}

const LIFE_SECONDS = 600
const AT_ONCE = 1000

/** The claims of a token that the policy allowed at once. */
export async function patternOf({ origin }: Product, { agentCredential }: Parties): Promise<ApprovalClaims> {
  const agent = createClient({ origin, credential: agentCredential })
  const body = { audience: FORUM, action: forumAction('forum.read') }
  const { token } = mustSucceed(await agent.propose({ body }))
  if (token === undefined) throw new Error('The authority did not allow a read at once')
  return parseClaims(parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()))
}

export async function mintTokens(pattern: ApprovalClaims, signingKey: JWK, count: number): Promise<MintedToken[]> {
  const key = await keyOf(signingKey)
  const minted: MintedToken[] = []
  while (minted.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - minted.length) }, () => mintLike(pattern, key))
    minted.push(...(await Promise.all(batch)))
  }
  return minted
}

async function keyOf(jwk: JWK): Promise<SigningKey> {
  if (jwk.kid === undefined) throw new TypeError('Not a signing key')
  return { kid: jwk.kid, alg: 'ES256', sign: await importSigningKey(jwk, 'ES256') }
}

async function mintLike(pattern: ApprovalClaims, key: SigningKey): Promise<MintedToken> {
  const request = newSalt()
  const now = Math.floor(Date.now() / 1000)
  const claims: ApprovalClaims = {
    ...pattern,
    jti: newSalt(),
    iat: now,
    exp: now + LIFE_SECONDS,
    txn: request,
    approval: { ...pattern.approval, request },
    log: { ...pattern.log, leaf: `sha-256:${randomBytes(32).toString('base64url')}` },
  }
  return { token: await sign('approval+jwt', claims, key), claims }
}
