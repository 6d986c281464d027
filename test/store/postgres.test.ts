/** The store on a real PostgreSQL. */
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/migrate.ts'
import { connectPostgres } from '../../src/store/postgres.ts'
import { freshDatabase } from '../setup/postgres.ts'
import { contractSuite } from './contract.ts'
import { migrationsOnDisk } from './fixtures.ts'

contractSuite('the store on PostgreSQL', async () => {
  const { url } = await freshDatabase()
  const database = connectPostgres(url, { max: 16 })
  await migrate(database, migrationsOnDisk())
  return { database, store: createStore(database, migrationsOnDisk()) }
})
