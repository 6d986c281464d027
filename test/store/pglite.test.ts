/** The store on PGlite, in files. */
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { statement } from '../../src/store/driver/sql-statement.ts'
import { embeddedDatabase } from '../setup/embedded.ts'
import { contractSuite } from './contract.ts'
import { migrationsOnDisk } from './fixtures.ts'

contractSuite('the store on PGlite', async () => {
  const database = await embeddedDatabase()
  await migrate(database, migrationsOnDisk())
  return { database, store: createStore(database, migrationsOnDisk()) }
})

it('the list in which new entries of an index wait is short: a statement empties it, not a process beside', async () => {
  const database = await embeddedDatabase()
  const setting = statement<{ kilobytes: string }>(
    sql`SELECT setting AS "kilobytes" FROM pg_settings WHERE name = 'gin_pending_list_limit'`,
  )
  expect(await database.run(setting)).toEqual([{ kilobytes: '64' }])
})
