/** A database of its own for each test file, on the PostgreSQL that test/setup/global.ts holds ready. */
import { inject } from 'vitest'
import { createDatabase, dropDatabase } from './create-database.ts'

export interface TestDatabase {
  readonly name: string
  readonly url: string
  /** Removes the database, and closes the connections that are still open. */
  drop(): Promise<void>
}

/** Creates an empty database, or a copy of `template`, to which nothing may be connected meanwhile. */
export async function freshDatabase({ template }: { template?: string } = {}): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  const { name, url } = await createDatabase(server, template)
  return { name, url, drop: () => dropDatabase(server, name) }
}

/** A database with all tables and no rows: a copy is made in half the time that migrations take. */
export const migratedDatabase = (): Promise<TestDatabase> => freshDatabase({ template: inject('migratedTemplate') })
