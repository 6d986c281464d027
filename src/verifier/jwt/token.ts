/**
 * Opens an approval token: what it is, and that the authority signed it.
 *
 * Not a verification: issuer, audience, time, action, consents and status are checked by `verify`. SPEC 6 and 7.
 */
import type { JsonObject } from '../data/json.ts'
import { demand, refusing } from '../errors/refuse.ts'
import { HEADER_MEMBERS, isSigningAlgorithm, type ResolveKey, readJws, type SigningAlgorithm } from '../keys/jws.ts'
import { type ApprovalClaims, parseClaims } from './claims.ts'

/** Longest token that is looked at, in bytes (a token is ASCII). */
const MAX_TOKEN_BYTES = 12_288

/** The header of an approval token, exactly. */
export type TokenHeader = { readonly alg: SigningAlgorithm; readonly kid: string; readonly typ: 'approval+jwt' }

/**
 * Opens a token: size and shape, `typ`, `alg`, signature, in this order.
 *
 * Throws `token_malformed`, `token_type`, `token_algorithm`, `token_signature`, and whatever `resolveKey` throws.
 * Does not check issuer, audience, time, action, consents, status or whether it was spent. SPEC 7.
 */
export async function openToken(
  token: string,
  resolveKey: ResolveKey,
): Promise<{ readonly header: TokenHeader; readonly claims: ApprovalClaims }> {
  demand(typeof token === 'string' && token.length <= MAX_TOKEN_BYTES, 'token_malformed')
  const jws = refusing('token_malformed', () => readJws(token, HEADER_MEMBERS))
  const header = readHeader(jws.header)
  const claims = parseClaims(refusing('token_malformed', jws.payload))
  const key = await resolveKey(header.kid)
  demand(key !== undefined, 'token_signature')
  // The key says which algorithm it is for; the token's `alg` can only agree.
  demand(key.alg === header.alg, 'token_algorithm')
  demand(await key.verify(jws.signature, jws.signingInput), 'token_signature')
  return { header, claims }
}

function readHeader({ alg, kid, typ }: JsonObject): TokenHeader {
  demand(typ === 'approval+jwt', 'token_type')
  demand(isSigningAlgorithm(alg), 'token_algorithm')
  demand(typeof kid === 'string', 'token_malformed')
  return { alg, kid, typ }
}
