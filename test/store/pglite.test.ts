/** The store on PGlite, in files. */
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { embeddedDatabase } from '../setup/embedded.ts'
import { contractSuite } from './contract.ts'
import { migrationsOnDisk } from './fixtures.ts'

contractSuite('the store on PGlite', async () => {
  const database = await embeddedDatabase()
  await migrate(database, migrationsOnDisk())
  return { database, store: createStore(database, migrationsOnDisk()) }
})
