/**
 * What auditors ask of a database: entries by what they name, counts, and the texts of tokens that are over.
 *
 * Types only; the store implements them. All of it reads what the integrator wrote, so an entry is found once it is
 * part of the tree. Nothing here changes anything. SPEC 8.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import type { EntryType } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'

/** Members that entries are found by, each in full. */
export type SearchedMember =
  | 'type'
  | 'trace'
  | 'agent'
  | 'principal'
  | 'approver'
  | 'executor'
  | 'name'
  | 'action'
  | 'outcome'
  | 'origin'

export type EntryFilter = { readonly [M in SearchedMember]?: string | undefined } & {
  /** SHA-256 of its text. */
  readonly resource?: Uint8Array | undefined
  /** Epoch seconds, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** A whole value that the entry names: an id, a name, a jti, a trace. */
  readonly text?: string | undefined
  /** Beginnings of words, all of which the text of the request has; in lower case, of letters and digits alone. */
  readonly words?: readonly string[] | undefined
}

export interface Page {
  readonly order: 'newest' | 'oldest'
  /** Leaf index of the last entry of the page before; null for the first page. */
  readonly after: number | null
  readonly limit: number
}

export interface FoundEntry {
  readonly index: number
  readonly body: string
  readonly leaf: Uint8Array
  /** Who consented in its trace, by now. */
  readonly approvedBy: readonly string[]
  /** How its trace ended, by now: the last outcome; null where there is none yet. */
  readonly ended: Ending | null
}

export type Ending = 'succeeded' | 'failed' | 'aborted' | 'indeterminate'

/** Committed, and not yet covered by the published checkpoint. */
export type UnprovedEntry = Pick<FoundEntry, 'body' | 'leaf'>

/** The text of a token that was spent or has ended; null where it was erased. */
export interface Artifact {
  readonly index: number
  readonly jti: string
  readonly claims: ApprovalClaims | null
  readonly signature: string | null
  readonly kid: string | null
}

/** The payload of what an executor reported. */
export type Report = Pick<Payload, 'digest' | 'content'>

export interface Activity {
  /** Number of the bucket, from 0. */
  readonly bucket: number
  readonly type: EntryType
  readonly count: number
}

export interface SearchStore {
  search(filter: EntryFilter, page: Page): Promise<readonly FoundEntry[]>
  /** How many there are, counted up to `limit`. */
  count(filter: EntryFilter, limit: number): Promise<number>
  /** What is committed and no leaf below `size`, newest first. */
  unproved(size: number, limit: number): Promise<readonly UnprovedEntry[]>
  /** The leaf index of this leaf hash; `prefix` as in its index row. */
  indexOfLeaf(leaf: Uint8Array, prefix: number): Promise<number | undefined>
  /** Counts in buckets of `seconds`, a multiple of `width`, from `from` on. */
  activity(span: { from: number; to: number; seconds: number; width: number }): Promise<readonly Activity[]>
  /** In the order of the log, after `after`, up to the first token that is still alive. */
  artifacts(after: number | null, limit: number, now: number): Promise<readonly Artifact[]>
  /** The payloads of what executors reported in a trace of 32 hex characters, as far as they are kept. */
  reports(trace: string): Promise<readonly Report[]>
}
