/**
 * A store on a PostgreSQL that was filled by statements, for tests of plans.
 *
 * In: the statements. Out: the database, the store, and every statement that the store ran on it by itself.
 */
import type { SQL } from 'drizzle-orm'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database, Runner } from '../../src/store/driver/database.ts'
import type { Gather } from '../../src/store/driver/gather.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { type Statement, statement, type Values } from '../../src/store/driver/sql-statement.ts'
import { freshDatabase } from '../setup/postgres.ts'
import { migrationsOnDisk } from './fixtures.ts'

export interface NotedStore {
  readonly database: Database
  readonly store: Store
  readonly ran: (readonly [Statement<unknown>, Values])[]
  readonly stop: () => Promise<void>
}

/** `gather`: concurrent calls share a statement. */
export async function startNotedStore(fill: readonly SQL[], gather?: Gather): Promise<NotedStore> {
  const fresh = await freshDatabase()
  const database = connectPostgres(fresh.url)
  await migrate(database, migrationsOnDisk())
  for (const step of fill) await database.run(statement(step))
  const ran: NotedStore['ran'] = []
  const noting = (runner: Runner): Runner => ({
    run: async (query, values = {}) => {
      ran.push([query, values])
      return runner.run(query, values)
    },
  })
  const noted: Database = {
    ...database,
    ...noting(database),
    transaction: (work) => database.transaction((transaction) => work(noting(transaction))),
  }
  const store = createStore(noted, migrationsOnDisk(), { gather })
  const stop = async () => {
    await store.close()
    await fresh.drop()
  }
  return { database, store, ran, stop }
}
