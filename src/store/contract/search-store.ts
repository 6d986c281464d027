/**
 * The auditors' part of the store: entries by their members, counts, and the texts of ended tokens. An entry is found
 * once it is part of the tree, and while the index is far behind, once it is indexed: each answer says how far it
 * reaches. SPEC 8.
 */
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type {
  Activity,
  Artifact,
  EntryPage,
  FoundPage,
  Report,
  UnprovedEntry,
} from '../../domain/ledger/found-entry.ts'

export interface SearchStore {
  search(input: { readonly filter: EntryFilter; readonly page: EntryPage }): Promise<FoundPage>
  /** The number of matching entries, as far as the index reaches, counted up to `limit`. */
  count(input: { readonly filter: EntryFilter; readonly limit: number }): Promise<number>
  /** Committed entries that are not among the first `size` leaves, newest first. */
  unproved(input: { readonly size: number; readonly limit: number }): Promise<readonly UnprovedEntry[]>
  /** The leaf index of this leaf hash; `prefix`: its first 48 bits. */
  indexOfLeaf(leaf: { readonly hash: Uint8Array; readonly prefix: number }): Promise<number | undefined>
  /** Counts in buckets of `seconds`, a multiple of `width`, starting at `from`. */
  activity(span: {
    readonly from: number
    readonly to: number
    readonly seconds: number
    readonly width: number
  }): Promise<readonly Activity[]>
  /** In log order after `after`, up to the first token that is still alive. */
  artifacts(page: {
    readonly after: number | null
    readonly limit: number
    readonly now: number
  }): Promise<readonly Artifact[]>
  /** The outcome reports that the entries of a trace (32 hex characters) name. One that is gone is altered until its erasure is proven. */
  reports(trace: string): Promise<readonly Report[]>
  /** Entries `payload.erased` of a trace. */
  erasures(trace: string): Promise<readonly string[]>
}
