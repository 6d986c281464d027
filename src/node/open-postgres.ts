/**
 * Opens the configured PostgreSQL, after a check that notifications arrive and session locks hold: a pooler that gives
 * each transaction another session would silently lose both. SPEC 13.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { type Config, ConfigError } from '../authority/config.ts'
import { CHANNEL, type Database } from '../store/driver/database.ts'
import { connectPostgres, type PostgresOptions } from '../store/driver/postgres/connect-postgres.ts'
import { ConnectionUrlError, parseConnectionUrl } from '../store/driver/postgres/connection-url.ts'
import { keepsSessions } from '../store/driver/postgres/session-probe.ts'

const HEARING_MS = 5000

const POOLED =
  'leads through a pooler that gives each transaction another session, such as PgBouncer with pool_mode=transaction.'
const REMEDY = {
  DATABASE_URL:
    'Name the server itself in COUNTERSIGN_DATABASE_DIRECT_URL: the authority listens and takes turns there.',
  COUNTERSIGN_DATABASE_DIRECT_URL: 'Name the server itself, or a pooler with pool_mode=session.',
}

/** Throws `ConfigError` for settings that cannot work, `StoreUnavailable` where the server is away. */
export async function openPostgres(
  { databaseDirectUrl: directUrl }: Config,
  url: string,
  options: PostgresOptions,
): Promise<Database> {
  checkUrl('DATABASE_URL', url)
  if (directUrl !== null) checkUrl('COUNTERSIGN_DATABASE_DIRECT_URL', directUrl)
  if (!(await keepsSessions(directUrl ?? url))) {
    const setting = directUrl === null ? 'DATABASE_URL' : 'COUNTERSIGN_DATABASE_DIRECT_URL'
    throw new ConfigError(`${setting}: ${POOLED} ${REMEDY[setting]}`)
  }
  const database = connectPostgres(url, { ...options, directUrl })
  if (directUrl === null || (await hearsItself(database))) return database
  await database.close()
  throw new ConfigError('COUNTERSIGN_DATABASE_DIRECT_URL: leads to another database than DATABASE_URL.')
}

function checkUrl(setting: string, url: string): void {
  try {
    parseConnectionUrl(url)
  } catch (error) {
    throw error instanceof ConnectionUrlError ? new ConfigError(`${setting}: ${error.message}`) : error
  }
}

/** True where an announcement by way of the pooler is heard on the server itself. */
export async function hearsItself(database: Database): Promise<boolean> {
  const topic = `probe:${randomUUID()}`
  const arrival = new EventEmitter()
  const stop = await database.listen((announced) => arrival.emit(announced))
  try {
    const heard = once(arrival, topic, { signal: AbortSignal.timeout(HEARING_MS) })
    await database.run({ text: `SELECT pg_notify('${CHANNEL}', '${topic}')`, parameters: [] })
    return await heard.then(
      () => true,
      () => false,
    )
  } finally {
    await stop()
  }
}

/** A role that may not create tables is a setting to correct. Other errors unchanged. */
export const inWords = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && error.code === '42501'
    ? new ConfigError('DATABASE_URL: this role may not create tables. Let it own the database and the schema public.')
    : error
