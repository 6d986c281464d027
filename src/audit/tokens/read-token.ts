/**
 * Reads the text of one token as the authority's archive serves it.
 *
 * Checks shape only: no signature, and nothing against the ledger. SPEC 6.
 */
import { type ApprovalClaims, canonicalize, type JsonObject, type JsonValue, parseClaims } from '@countersign/verifier'
import { isObject } from '../log/read-entry.ts'

export interface ServedToken {
  /** `claims`, `signature` and `kid` as served. */
  readonly artifact: JsonObject
  readonly claims: ApprovalClaims
  /** The RFC 8785 text of all claims but `log`, whose digest the ledger names. */
  readonly digested: string
}

/** Null for what is no JSON, for malformed claims, and for claims without a canonical form. */
export function readToken(text: string): ServedToken | null {
  try {
    const artifact: JsonValue = JSON.parse(text)
    if (!isObject(artifact)) return null
    const claims = parseClaims(artifact['claims'] ?? null)
    const { log: _, ...rest } = claims
    return { artifact, claims, digested: canonicalText(rest) }
  } catch {
    return null
  }
}

/**
 * By the platform's own writer, which is faster: `parseClaims` gives members in canonical order, all but the arguments of
 * bounds. A text that needs an escape goes through `canonicalize`, which refuses values without a canonical form.
 */
function canonicalText(claims: Omit<ApprovalClaims, 'log'>): string {
  if (claims.authorization_details[0].bounds !== undefined) return canonicalize(claims)
  const text = JSON.stringify(claims)
  return text.includes('\\') ? canonicalize(claims) : text
}
