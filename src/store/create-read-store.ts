/** The store for what pages and answers read together, on the connections that are theirs. SPEC 13. */
import type { Store } from './contract/store.ts'
import { createStore } from './create-store.ts'
import type { Database } from './driver/database.ts'
import type { Gather } from './driver/gather.ts'
import { readJointly } from './driver/joint-reads.ts'
import type { Migration } from './driver/migrate.ts'
import { turnsOn } from './driver/postgres/postgres-turns.ts'
import { searchVerbs } from './ledger/search-verbs.ts'

const MAX_WAIT_MS = 10_000

/**
 * Counts over the whole ledger are read apart, two at once: while their table is locked, all else has the other connections.
 */
export function createReadStore(database: Database, migrations: readonly Migration[], afterTurn: Gather): Store {
  const countTurn = turnsOn([1, 2], MAX_WAIT_MS)
  const counting: Database = {
    ...database,
    run: (statement, values) => countTurn(() => database.reads.run(statement, values)),
  }
  const { activity } = searchVerbs(counting)
  return { ...createStore(readJointly(database, afterTurn), migrations), activity }
}
