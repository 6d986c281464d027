/**
 * Lets a database that was restored into another server go on with its log.
 *
 * In: the environment of the authority, which must not be running. Out: whether there was anything to do.
 * Takes the database at its word: whether it is the latest backup, only its operator can know. SPEC 13.
 */
import { parseConfig } from '../authority/config.ts'
import { adoptLog } from '../store/ledger/adopt.ts'
import { openDatabase } from './open-database.ts'

/** Throws `ConfigError` for settings that are wrong. */
export async function adoptRestoredLog(environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  // A large ledger takes longer to go through than any statement of the authority may.
  const { database } = await openDatabase(parseConfig(environment), { statementTimeoutMs: null })
  try {
    return await adoptLog(database)
  } finally {
    await database.close()
  }
}
