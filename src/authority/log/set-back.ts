/**
 * Detects a database that was rolled back as a whole, checkpoint and seal included: the newest checkpoint is kept
 * outside the database, and a process that starts must find it in the log, or refuses. SPEC 8, 10.4.
 */
import { openCheckpoint, ProofError, sameHash } from '@countersign/verifier/proof'
import { type LogKey, noteKeysOf, type SignedCheckpoint } from '../../domain/ledger/log-key.ts'
import { rootAt } from '../../domain/ledger/prove.ts'
import { LogDisagreement } from '../../domain/ledger/tile-tree.ts'
import type { LogStore } from '../../store/contract/log-store.ts'
import type { Log } from '../deps.ts'

/** Where a platform keeps the newest checkpoint outside of the database. */
export interface NewestCheckpoint {
  /** The signed note; null before the first. */
  readonly load: () => Promise<string | null>
  readonly keep: (note: string) => Promise<void>
}

type Reading = Pick<LogStore, 'checkpoint' | 'treeSize' | 'tiles'>

/** Throws `LogDisagreement`. */
export async function checkNotSetBack(store: Reading, key: LogKey, kept: NewestCheckpoint): Promise<void> {
  const note = await kept.load()
  if (note === null) return
  const newest = await openCheckpoint(note, noteKeysOf(key)).catch((error) => {
    if (!(error instanceof ProofError)) throw error
    throw new LogDisagreement(`The newest checkpoint beside the keys is not one of this log (${error.message}).`)
  })
  const size = await store.treeSize()
  if (size < newest.size) throw new LogDisagreement(setBack(size, newest.size))
  if (!sameHash(await rootAt(newest.size, store), newest.root)) throw new LogDisagreement(OTHER_HISTORY)
}

const setBack = (size: number, newest: number): string =>
  `The database was set back: its log has ${size} entries, and this authority has published ${newest}. What was ended since is valid again. ` +
  'If you put a backup back, run `countersign restored`, then start again. Else somebody has written to the database.'

const OTHER_HISTORY =
  'The database holds another history than this authority has published. If you put a backup back, run `countersign restored`, then start again. Else somebody has written to the database.'

/** Keeps each checkpoint that is published, one after the other; a failure is logged, and the next one is kept again. */
export function createNewestKeeper(kept: NewestCheckpoint, log: Log): (checkpoint: SignedCheckpoint) => void {
  let underWay = Promise.resolve()
  return ({ note }) => {
    underWay = underWay
      .then(() => kept.keep(note))
      .catch((error) => log.error('checkpoint.unkept', { reason: String(error) }))
  }
}
