/**
 * Reads the text of one token as the authority's archive serves it.
 *
 * Checks shape only: no signature, and nothing against the ledger. SPEC 6.
 */
import { type ApprovalClaims, type JsonObject, type JsonValue, parseClaims } from '@countersign/verifier'
import { canonicalText } from '../log/canonical-text.ts'
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
