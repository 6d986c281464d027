/**
 * What the log asks of a database: leaf indexes, tiles, checkpoints, and one process at a time.
 *
 * Types only; the store implements them. Each verb commits on its own and says whether it was the one that moved the
 * log on: of two processes that do the same step at once, one moves it and the other is told so. SPEC 8.
 */
import type { EntryType } from '../../domain/ledger/entry.ts'

/** Hashes are concatenated, 32 bytes each, at most 256. `index` counts tiles of this level. */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly hashes: Uint8Array
}

export type TilePlace = Pick<Tile, 'level' | 'index'>

/** A sequenced entry. */
export interface Leaf {
  readonly index: number
  /** 32 bytes, as stored with the entry. */
  readonly hash: Uint8Array
  readonly body: string
}

/** What auditors find an entry by. `resource`: SHA-256 of its text; null where unknown or erased. */
export interface IndexRow {
  readonly leafIndex: number
  readonly at: number
  readonly type: EntryType
  readonly trace: string
  readonly agent: string | null
  readonly principal: string | null
  readonly approver: string | null
  readonly executor: string | null
  readonly name: string | null
  readonly action: string | null
  readonly resource: Uint8Array | null
  readonly outcome: string | null
  readonly origin: string | null
  /** The first 48 bits of the leaf hash. */
  readonly leafPrefix: number
}

/** A text that a request's approvers saw, as payloads hold it. */
export interface ShownText {
  readonly request: string
  readonly kind: 'action' | 'preview' | 'reason'
  readonly content: string
}

/** Entries of one type that fell into one span of `width` seconds. */
export interface ActivityRow {
  readonly width: number
  readonly start: number
  readonly type: EntryType
  readonly count: number
  readonly first: number
  readonly last: number
}

export interface Growth {
  /** The tiles that changed, whole, and how many bytes of hashes each had before; 0 for a new one. */
  readonly tiles: readonly (Tile & { readonly grownFrom: number })[]
  readonly rows: readonly IndexRow[]
  readonly activity: readonly ActivityRow[]
  /** By what words each new request is found, while its payloads are kept. */
  readonly words: readonly { readonly request: string; readonly words: readonly string[] }[]
  /** Traces whose payloads are gone: their resource is forgotten. */
  readonly erasedTraces: readonly string[]
}

export interface StoredCheckpoint {
  readonly size: number
  readonly root: Uint8Array
  /** The signed note. */
  readonly note: string
  readonly signedAt: number
}

export interface LogStore {
  /**
   * Gives up to `limit` committed entries the next leaf indexes, in the one order they will ever have; returns how many.
   * 0 also when another process was faster.
   */
  sequence(limit: number): Promise<number>
  /** How many committed entries have no leaf index yet, counted up to `limit`; also those that cannot have one yet. */
  outstanding(limit: number): Promise<number>
  /** How many entries have a leaf index. */
  sequenced(): Promise<number>
  /** The leaves from `index` on. */
  leaves(index: number, limit: number): Promise<readonly Leaf[]>
  /** How many leaves the tiles hold. */
  treeSize(): Promise<number>
  /** Those of the tiles that exist. */
  tiles(places: readonly TilePlace[]): Promise<readonly Tile[]>
  /** All of it or nothing; false when the tiles are no longer what they were. */
  grow(growth: Growth): Promise<boolean>
  /** The actions of these requests, and of those of them that are new also what else was shown; erased ones are not there. */
  texts(requests: readonly string[], fresh: readonly string[]): Promise<readonly ShownText[]>
  checkpoint(kind: 'published' | 'cosigned'): Promise<StoredCheckpoint | undefined>
  /** Compare-and-swap on the size, 0 where there was none; false when another came first. */
  replaceCheckpoint(kind: 'published' | 'cosigned', before: number, next: StoredCheckpoint): Promise<boolean>
  /** Whether some entry states a transaction that this database has yet to begin: it was restored from another. */
  isFromElsewhere(): Promise<boolean>
  /** One process's standing for the office of sequencer. */
  candidacy(): Candidacy
  /** Runs `work` unless another process holds the office or is at it; false then. For where no office can be held. */
  inTurn(work: () => Promise<void>): Promise<boolean>
}

/** The office is held by a session of the database, and falls vacant when that ends, however it ends. */
export interface Candidacy {
  /** True while this process is elected; else tries to be. */
  stand(): Promise<boolean>
  withdraw(): Promise<void>
}
