/**
 * Reads one ledger entry, as strictly as it was written.
 *
 * Canonical form is compared by a fast path first, since audits read millions of entries. SPEC 8; RFC 8785.
 */
import { canonicalize, type JsonObject, type JsonValue, parseJson } from '@countersign/verifier'
import { isOrdered } from '@countersign/verifier/authority'
import type { FindingCode } from '../finding.ts'

/** The members that every entry has, and all of them. */
export interface LedgerEntry {
  readonly type: string
  readonly at: number
  /** 32 hex. */
  readonly trace: string
  readonly members: JsonObject
}

/** Whether an executor is the authority of this log, which is named by its host. */
export const isAuthorityOf =
  (origin: string) =>
  (executor: string): boolean =>
    `${executor.replace(/^https?:\/\//, '')}/log` === origin

export type ReadEntry = { readonly entry: LedgerEntry } | { readonly fault: FindingCode; readonly detail: string }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TRACE = /^[0-9a-f]{32}$/

export function readEntry(bytes: Uint8Array): ReadEntry {
  const fault = (code: FindingCode, detail: string) => ({ fault: code, detail })
  let text: string
  let value: JsonValue
  try {
    text = utf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    return fault('entry_malformed', 'it is not JSON')
  }
  if (!isObject(value)) return fault('entry_malformed', 'it is no object')
  if (!isCanonical(text, value)) return fault('entry_not_canonical', '')
  const { v, type, at, trace } = value
  if (v !== 1 || typeof type !== 'string') return fault('entry_malformed', 'v or type')
  if (!Number.isSafeInteger(at) || typeof at !== 'number') return fault('entry_malformed', 'at')
  if (typeof trace !== 'string' || !TRACE.test(trace)) return fault('entry_malformed', 'trace')
  return { entry: { type, at, trace, members: value } }
}

/** A member that is text; undefined when it is missing or something else. */
export function textOf(members: JsonObject, name: string): string | undefined {
  const value = members[name]
  return typeof value === 'string' ? value : undefined
}

export function numberOf(members: JsonObject, name: string): number | undefined {
  const value = members[name]
  return typeof value === 'number' ? value : undefined
}

export function flagOf(members: JsonObject, name: string): boolean | undefined {
  const value = members[name]
  return typeof value === 'boolean' ? value : undefined
}

export function objectOf(members: JsonObject, name: string): JsonObject | undefined {
  const value = members[name]
  return isObject(value) ? value : undefined
}

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * ECMAScript writes numbers and strings as RFC 8785 does, and keeps members in the order it read them: what comes back
 * as the same text, with members in order and nothing that is read inexactly, was canonical.
 */
function isCanonical(text: string, value: JsonObject): boolean {
  const plain = !text.includes('\\u') && isOrdered(value)
  if (plain && JSON.stringify(value) === text) return true
  try {
    return canonicalize(parseJson(text)) === text
  } catch {
    return false
  }
}
