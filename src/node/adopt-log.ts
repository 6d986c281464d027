/**
 * Continues the log of a database that was restored into another server.
 *
 * In: the environment of the authority, which must not be running. Out: whether there was anything to do. It cannot
 * check that the database is the latest backup. SPEC 13.
 */
import { parseConfig } from '../authority/config.ts'
import { adoptLog } from '../store/ledger/adopt-entries.ts'
import { openDatabase } from './open-database.ts'

/** Throws `ConfigError` for settings that are wrong. */
export async function adoptRestoredLog(environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  // Rewriting a large ledger takes longer than the authority's statement time-out.
  const { database } = await openDatabase(parseConfig(environment), { statementTimeoutMs: null })
  try {
    return await adoptLog(database)
  } finally {
    await database.close()
  }
}
