/**
 * The ledger as auditors read it: found entries, counts, and the token texts and reports that entries name by digest.
 * Everything but `UnprovedEntry` is covered by the tree. SPEC 8.
 */
import type { ApprovalClaims, OutcomeReport } from '@countersign/verifier'
import type { EntryType } from './entry.ts'
import type { Payload } from './payload.ts'

export interface EntryPage {
  readonly order: 'newest' | 'oldest'
  /** Leaf index of the last entry of the page before; null for the first page. */
  readonly after: number | null
  readonly limit: number
}

export interface FoundEntry {
  readonly index: number
  readonly body: string
  readonly leaf: Uint8Array
  /** Of a denial, in the approver's words; null without any, and once erased. */
  readonly reason: string | null
  /** The approvers who have consented in its trace so far. */
  readonly approvedBy: readonly string[]
  /** The last outcome of its trace; null while there is none. */
  readonly ended: OutcomeReport['outcome'] | null
}

/** A page of a search. */
export interface FoundPage {
  readonly entries: readonly FoundEntry[]
  /** The last leaf index that the search covers, while the index is behind; null where it covers every entry. */
  readonly indexedThrough: number | null
}

/** Committed, but not yet covered by the published checkpoint. */
export type UnprovedEntry = Pick<FoundEntry, 'body' | 'leaf' | 'reason'>

/** The text of a token that was spent or has expired; null where it was erased. */
export interface Artifact {
  readonly index: number
  readonly jti: string
  readonly claims: ApprovalClaims | null
  readonly signature: string | null
  readonly kid: string | null
}

/** The payload of an executor's outcome report. `content` is null once erased, and where it was altered. */
export interface Report extends Pick<Payload, 'digest'> {
  readonly content: string | null
  readonly altered: boolean
}

/** How many entries of one type fell into one bucket of a chart; buckets count from 0. */
export interface Activity {
  readonly bucket: number
  readonly type: EntryType
  readonly count: number
}
