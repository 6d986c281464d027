/** The store on PGlite, in memory. */
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPglite } from '../../src/store/driver/pglite.ts'
import { contractSuite } from './contract.ts'
import { migrationsOnDisk } from './fixtures.ts'

contractSuite('the store on PGlite', async () => {
  const database = await connectPglite('memory://')
  await migrate(database, migrationsOnDisk())
  return { database, store: createStore(database, migrationsOnDisk()) }
})
