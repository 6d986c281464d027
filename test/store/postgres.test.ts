/** The store on a real PostgreSQL, with each call on its own and with concurrent calls that share a statement. */

import { createStore } from '../../src/store/create-store.ts'
import type { Gather } from '../../src/store/driver/gather.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { freshDatabase } from '../setup/postgres.ts'
import { contractSuite } from './contract.ts'
import { migrationsOnDisk } from './fixtures.ts'

async function makeStore(gather?: Gather) {
  const { url } = await freshDatabase()
  const database = connectPostgres(url, { max: 16 })
  await migrate(database, migrationsOnDisk())
  return { database, store: createStore(database, migrationsOnDisk(), { gather }) }
}

contractSuite('the store on PostgreSQL', () => makeStore())
contractSuite('the store on PostgreSQL, calls together', () => makeStore(setImmediate))
