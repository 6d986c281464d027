/**
 * Opens an approval token: what it is, and that the authority signed it.
 *
 * In: the token's text, and a way to find the authority's key by its id.
 * Out: header and claims, or an `ApprovalError`.
 *
 * Not a verification: issuer, audience, time, action, consents and status are checked by `verify`. SPEC 6 and 7.
 */
import { type ApprovalClaims, parseClaims } from './claims.ts'
import type { JsonObject } from './json.ts'
import {
  type CompactJws,
  HEADER_MEMBERS,
  isSigningAlgorithm,
  readJws,
  type SigningAlgorithm,
  type VerificationKey,
  verifyJws,
} from './jws.ts'
import { demand, refusing } from './refuse.ts'

/** Longest token that is looked at, in bytes (a token is ASCII). */
export const MAX_TOKEN_BYTES = 12_288

/** The header of an approval token, exactly. */
export type TokenHeader = { readonly alg: SigningAlgorithm; readonly kid: string; readonly typ: 'approval+jwt' }

/** Finds the authority's key by its RFC 7638 thumbprint; undefined when there is none. A key at hand need not wait. */
export type ResolveKey = (kid: string) => VerificationKey | undefined | Promise<VerificationKey | undefined>

/** A token whose signature is being checked: believe nothing of it before `proof` has resolved. */
export type UnprovenToken = {
  readonly header: TokenHeader
  readonly claims: ApprovalClaims
  /** Resolves when the signature holds, else rejects with the code at fault. */
  readonly proof: Promise<void>
}

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
  const { header, claims, proof } = beginToken(token, resolveKey)
  await proof
  return { header, claims }
}

/**
 * The first part of `openToken`. Signatures are checked on another thread, which is slow to wake: it is set to work as
 * soon as header and key are known, and the claims are read meanwhile.
 */
export function beginToken(token: string, resolveKey: ResolveKey): UnprovenToken {
  demand(typeof token === 'string' && token.length <= MAX_TOKEN_BYTES, 'token_malformed')
  const jws = refusing('token_malformed', () => readJws(token, HEADER_MEMBERS))
  const header = readHeader(jws.header)
  const proof = proveSignature(header, jws, resolveKey(header.kid))
  // Claims of the wrong shape are refused first, and then nobody looks at the signature any more.
  proof.catch(() => {})
  const payload = refusing('token_malformed', jws.payload)
  return { header, claims: parseClaims(payload), proof }
}

function readHeader({ alg, kid, typ }: JsonObject): TokenHeader {
  demand(typ === 'approval+jwt', 'token_type')
  demand(isSigningAlgorithm(alg), 'token_algorithm')
  demand(typeof kid === 'string', 'token_malformed')
  return { alg, kid, typ }
}

/** The key says which algorithm it is for; the token's `alg` can only agree. */
async function proveSignature(header: TokenHeader, jws: CompactJws, found: ReturnType<ResolveKey>): Promise<void> {
  const key = found instanceof Promise ? await found : found
  demand(key !== undefined, 'token_signature')
  demand(key.alg === header.alg, 'token_algorithm')
  demand(await verifyJws(jws, key), 'token_signature')
}
