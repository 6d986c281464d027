/**
 * The log's part of the store: leaf indexes, tiles, checkpoints, and the office of sequencer. Each verb commits on its
 * own and says whether it moved the log on: of two processes that do the same step at once, one moves it and the other
 * is told that it did not. SPEC 8.
 */
import type { Growth } from '../../domain/ledger/growth.ts'
import type { Leaf } from '../../domain/ledger/leaf.ts'
import type { SignedCheckpoint } from '../../domain/ledger/log-key.ts'
import type { ReadLeaf } from '../../domain/ledger/read-leaf.ts'
import type { Tile, TilePlace } from '../../domain/ledger/tile-tree.ts'
import type { ShownText } from '../../domain/ledger/words.ts'

/** `configuration`: the seal of the entries about configuration, in the form of a checkpoint. */
export type CheckpointKind = 'published' | 'cosigned' | 'configuration'

/** How far each step of the log has come, at one instant: entries that it has taken in, in log order. */
export interface LogStanding {
  /** Committed entries without a leaf index, counted up to a bound; with those that cannot have one yet. */
  readonly outstanding: number
  readonly sequenced: number
  readonly grown: number
  /** The seal of the configuration, as it is signed; null before the first. */
  readonly seal: string | null
  readonly sealed: number
  readonly published: number
  /** Whether a unit of entries waits for the index of auditors' searches. */
  readonly unindexed: boolean
}

export interface LogStore {
  /**
   * Gives up to `limit` committed entries the next leaf indexes, in their final order; returns their leaves.
   * None also when another process was faster. Throws `LogDisagreement` where their bodies are not one entry each.
   */
  sequence(limit: number): Promise<readonly ReadLeaf[]>
  /** Counts outstanding entries up to `limit`. */
  standing(limit: number): Promise<LogStanding>
  sequenced(): Promise<number>
  /** Up to `limit` leaves, starting at index `from`. */
  leaves(span: { readonly from: number; readonly limit: number }): Promise<readonly Leaf[]>
  treeSize(): Promise<number>
  /** The bodies of the entries about configuration with a leaf index from `from` up to, not including, `to`; in order. */
  configurationLeaves(span: { readonly from: number; readonly to: number }): Promise<readonly string[]>
  tiles(places: readonly TilePlace[]): Promise<readonly Tile[]>
  /** All of it or nothing; false when the tiles have changed meanwhile. */
  grow(growth: Growth): Promise<boolean>
  /** How long what approvers see of these requests is, in bytes; those whose texts are erased are missing. */
  textSizes(requests: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** What approvers see of these requests; erased texts are missing. */
  texts(requests: readonly string[]): Promise<readonly ShownText[]>
  /**
   * Adds up to `limit` entries of the tree to the index of auditors' searches, each once: whole units of them, or fewer
   * where they have many words. Those that are not among the `known` leaves are read. Returns how many; 0 where less than
   * a unit waits. SPEC 8.2.
   */
  indexEntries(limit: number, known?: readonly ReadLeaf[]): Promise<number>
  checkpoint(kind: CheckpointKind): Promise<SignedCheckpoint | undefined>
  /** All that there are, as they were at one instant. */
  checkpoints(): Promise<ReadonlyMap<CheckpointKind, SignedCheckpoint>>
  /** Compare-and-swap on the size, 0 where there was none; false when another process came first. */
  replaceCheckpoint(swap: {
    readonly kind: CheckpointKind
    readonly before: number
    readonly next: SignedCheckpoint
  }): Promise<boolean>
  /**
   * True when an entry names a transaction that this database has yet to begin: it was restored from another server.
   */
  isFromElsewhere(): Promise<boolean>
  /** This process's candidacy for the office of sequencer. */
  candidacy(): Candidacy
  /** Runs `work` unless another process holds the office; false then. For platforms that cannot hold an office. */
  inTurn(work: () => Promise<void>): Promise<boolean>
}

/** The office is held by a database session and falls vacant when that session ends, however it ends. */
export interface Candidacy {
  /** True while this process is elected; otherwise tries to be. */
  stand(): Promise<boolean>
  withdraw(): Promise<void>
}
