/**
 * An auditor's query, and the filter of the index that it means. Entries hold neither resources nor words, so a filter
 * that names one matches no entry outside the index. SPEC 8.
 */
import { sha256 } from '@countersign/verifier'
import type { Entry } from './leaf.ts'
import { wordsIn } from './words.ts'

/** Members whose value `text` may be, beside ids. `action` has a filter of its own. */
export const NAMED_MEMBERS = [
  'agent',
  'principal',
  'approver',
  'executor',
  'name',
  'type',
  'outcome',
  'origin',
] as const
const IDS = ['trace', 'request', 'jti'] as const

/** Members that entries are found by, each by its whole value. */
export type SearchedMember = (typeof NAMED_MEMBERS)[number] | 'trace' | 'action'

export type EntryFilter = { readonly [M in SearchedMember]?: string | undefined } & {
  /** SHA-256 of its text. */
  readonly resource?: Uint8Array | undefined
  /** Epoch seconds, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** A whole value that the entry names: an id, a name, a jti, a trace. */
  readonly text?: string | undefined
  /** Prefixes of words, lower case, letters and digits only; the text of the request must contain them all. */
  readonly words?: readonly string[] | undefined
}

/** A filter as an auditor types it: `resource` is its text, `words` is free text. */
export type EntryQuery = Omit<EntryFilter, 'resource' | 'words'> & {
  readonly resource?: string | undefined
  readonly words?: string | undefined
}

export const hashResource = (text: string): Promise<Uint8Array> => sha256(text)

export async function filterOf({ resource, words, ...members }: EntryQuery): Promise<EntryFilter> {
  return {
    ...members,
    ...(resource === undefined ? {} : { resource: await hashResource(resource) }),
    ...(words === undefined ? {} : { words: wordsIn(words) }),
  }
}

export function matchesFilter(entry: Entry, { from, to, text, resource, words, ...members }: EntryFilter): boolean {
  if (resource !== undefined || words !== undefined) return false
  if (entry.at < (from ?? 0) || entry.at > (to ?? Number.POSITIVE_INFINITY)) return false
  if (text !== undefined && ![...NAMED_MEMBERS, ...IDS].some((member) => entry[member] === text)) return false
  return Object.entries(members).every(([member, value]) => value === undefined || entry[member] === value)
}
