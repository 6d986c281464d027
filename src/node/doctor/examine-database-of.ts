/** Examines the database that the settings name, for an authority that does not run. */
import { type Finding, mend, unknown } from '../../api/parties/diagnosis-shapes.ts'
import { type Config, ConfigError } from '../../authority/config.ts'
import { StoreUnavailable } from '../../domain/refusal.ts'
import { loadMigrations } from '../open-database.ts'
import { openPostgres } from '../open-postgres.ts'
import { examineDatabase } from './examine-database.ts'

export async function examineDatabaseOf(config: Config): Promise<readonly Finding[]> {
  // Opening the embedded database would change it.
  if (config.databaseUrl === null)
    return [unknown('database', 'The embedded one is looked at while the authority runs.')]
  try {
    const database = await openPostgres(config, config.databaseUrl, { max: 2 })
    try {
      return await examineDatabase(database, { embedded: false, migrations: await loadMigrations() })
    } finally {
      await database.close()
    }
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StoreUnavailable) return [mend('database', error.message)]
    throw error
  }
}
