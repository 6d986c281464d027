/** Observed drafts of the policy in the store's contract. They decide nothing. SPEC 11.8. */
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Observation, ObservedCounts, ObservedDifference } from '../../domain/policy/drafts/observation.ts'

/** What was observed since the last time. */
export interface ObservedBatch {
  readonly observation: string
  readonly counts: ObservedCounts
  readonly differences: readonly ObservedDifference[]
}

export interface ObservationStore {
  /** False where another one is open. Keeps the latest 20. */
  startObservation(started: { readonly observation: Observation; readonly entry: PreparedEntry }): Promise<boolean>
  /** False where it has ended. */
  endObservation(ended: { readonly id: string; readonly at: number; readonly entry: PreparedEntry }): Promise<boolean>
  /** The one that nobody and nothing has ended, also where its time is over. */
  openObservation(): Promise<Observation | undefined>
  /** The latest first. */
  listObservations(): Promise<readonly Observation[]>
  observation(id: string): Promise<Observation | undefined>
  /** The most frequent first. */
  observedDifferences(id: string): Promise<readonly ObservedDifference[]>
  /** Adds to an open observation; further kinds of differences than 200 are counted alone. */
  recordObserved(batch: ObservedBatch): Promise<void>
}
