/** Pending work over all processes, for monitoring. SPEC 13. */
import type { Channel } from '../../domain/notify/channels.ts'

export interface Backlog {
  /** Requests that wait for people. */
  readonly pending: number
  /** Due notices that were not planned yet. */
  readonly notices: number
  /** Deliveries that were not made yet; channels without any are missing. */
  readonly deliveries: Readonly<Partial<Record<Channel, number>>>
  /** Entries that no published checkpoint covers; those without a leaf index are counted up to 4,097. */
  readonly unproved: number
  /** The age of the oldest of them; 0 where there is none. */
  readonly unprovedForSeconds: number
  /** Entries of the tree that the index of searches has not taken in; up to 255 are its ordinary state. */
  readonly unindexed: number
}

export interface BacklogStore {
  backlog(now: number): Promise<Backlog>
}
