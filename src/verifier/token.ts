/**
 * Opens an approval token: what it is, and that the authority signed it.
 *
 * In:  the token's text, and a way to find the authority's key by its id.
 * Out: header and claims, or an `ApprovalError`.
 *
 * Not a verification: issuer, audience, time, action, consents and status are checked by `verify`. DESIGN 6 and 7.
 */
import { type ApprovalClaims, parseClaims } from './claims.ts'
import { ApprovalError } from './errors.ts'
import {
  type CompactJws,
  isSigningAlgorithm,
  readJws,
  type SigningAlgorithm,
  type VerificationKey,
  verifyJws,
} from './jws.ts'

/** Longest token that is looked at, in bytes (a token is ASCII). */
export const MAX_TOKEN_BYTES = 12_288

/** The header of an approval token, exactly. */
export type TokenHeader = { readonly alg: SigningAlgorithm; readonly kid: string; readonly typ: 'approval+jwt' }

/** Finds the authority's key by its RFC 7638 thumbprint; undefined when there is none. */
export type ResolveKey = (kid: string) => Promise<VerificationKey | undefined>

/** A token whose signature is not checked yet. */
export type UnprovenToken = { readonly header: TokenHeader; readonly claims: ApprovalClaims; readonly jws: CompactJws }

/**
 * Opens a token: size and shape, `typ`, `alg`, signature, in this order.
 *
 * Throws `token_malformed`, `token_type`, `token_algorithm`, `token_signature`, and whatever `resolveKey` throws.
 * Does not check issuer, audience, time, action, consents, status or whether it was spent. DESIGN 7.
 */
export async function openToken(
  token: string,
  resolveKey: ResolveKey,
): Promise<{ readonly header: TokenHeader; readonly claims: ApprovalClaims }> {
  const { header, claims, jws } = readToken(token)
  await verifyTokenSignature(header, jws, resolveKey)
  return { header, claims }
}

/** The first half of `openToken`: everything that needs no key. */
export function readToken(token: string): UnprovenToken {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_BYTES) throw new ApprovalError('token_malformed')
  const jws = takeApart(token)
  const { alg, kid, typ } = jws.header
  if (typ !== 'approval+jwt') throw new ApprovalError('token_type')
  if (!isSigningAlgorithm(alg)) throw new ApprovalError('token_algorithm')
  if (typeof kid !== 'string') throw new ApprovalError('token_malformed')
  return { header: { alg, kid, typ }, claims: parseClaims(jws.payload), jws }
}

/** The second half of `openToken`. The key says which algorithm it is for; the token's `alg` can only agree. */
export async function verifyTokenSignature(
  header: TokenHeader,
  jws: CompactJws,
  resolveKey: ResolveKey,
): Promise<void> {
  const key = await resolveKey(header.kid)
  if (key === undefined) throw new ApprovalError('token_signature')
  if (key.alg !== header.alg) throw new ApprovalError('token_algorithm')
  if (!(await verifyJws(jws, key))) throw new ApprovalError('token_signature')
}

function takeApart(token: string): CompactJws {
  try {
    return readJws(token, ['alg', 'kid', 'typ'])
  } catch (cause) {
    throw new ApprovalError('token_malformed', { cause })
  }
}
