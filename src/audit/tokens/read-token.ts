/**
 * Reads the text of one token as the authority's archive serves it.
 *
 * Checks shape only: no signature, and nothing against the ledger. SPEC 6.
 */
import { type ApprovalClaims, type JsonObject, type JsonValue, parseClaims } from '@countersign/verifier'
import { canonicalText } from '@countersign/verifier/authority'
import { isObject } from '../log/read-entry.ts'

export interface ServedToken {
  /** `claims`, `signature` and `kid` as served. */
  readonly artifact: JsonObject
  readonly claims: ApprovalClaims
  /** The claims as a token signs them: in the order of minting, written as ECMAScript writes them. */
  readonly minted: string
  /** The RFC 8785 text of all claims but `log`, whose digest the ledger names. */
  readonly digested: string
}

/** Null for what is no JSON, for malformed claims, and for claims without a canonical form. */
export function readToken(text: string): ServedToken | null {
  try {
    const artifact: JsonValue = JSON.parse(text)
    if (!isObject(artifact)) return null
    const claims = parseClaims(artifact['claims'] ?? null)
    const { log, ...rest } = claims
    const digested = canonicalText(rest)
    const length = digested.length + ',"log":'.length + JSON.stringify(log).length
    // Bounds may name members by integers, which ECMAScript puts in an order of its own.
    const isClosed = claims.authorization_details[0].bounds === undefined
    const minted = (isClosed ? cutOut(text, length) : undefined) ?? JSON.stringify(artifact['claims'])
    return { artifact, claims, minted, digested }
  } catch {
    return null
  }
}

/** All of a line before the claims, and all after them, where the members stand in the order of archives. */
const BEFORE = /^\{(?:"index":\d+,)?"jti":"[\w-]{22}","claims":/
const AFTER = /^,"signature":"[\w-]+","kid":"[\w-]+"\}$/
const EXPONENT = /[:[,]\s*-?[\d.]+[eE]/

/**
 * Cuts the claims out of a line of JSON, which is faster than to write them. Undefined where ECMAScript might write
 * another text.
 *
 * `length` is that of their canonical text. No text without escapes and exponents is shorter, so one of this length has
 * neither white space nor a member twice, in the claims or beside them.
 */
function cutOut(line: string, length: number): string | undefined {
  const start = BEFORE.exec(line)?.[0].length
  if (start === undefined || !AFTER.test(line.slice(start + length))) return undefined
  const claims = line.slice(start, start + length)
  return claims.includes('\\') || EXPONENT.test(claims) ? undefined : claims
}
