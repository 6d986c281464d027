/** Examines the database that a process uses: version, clock, announcements, connections, transactions that never end. */
import { type Finding, mend, ok } from '../../api/parties/diagnosis-shapes.ts'
import type { Database } from '../../store/driver/database.ts'
import { isMigrated, type Migration } from '../../store/driver/migrate.ts'
import { hearsItself } from '../open-postgres.ts'

interface ServerState {
  readonly version: number
  readonly nowMs: number
  readonly used: number
  readonly most: number
  readonly longestSeconds: number
}

const OLDEST_MAJOR = 14
const MAX_SKEW_MS = 2000
const MAX_TRANSACTION_SECONDS = 60

const state = {
  text: `SELECT current_setting('server_version_num')::integer AS "version",
    floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs",
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::integer AS "used",
    current_setting('max_connections')::integer AS "most",
    (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0) FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float8 AS "longestSeconds"`,
  parameters: [],
}

/** `embedded`: the database computes in this process, with its clock and one connection. */
export async function examineDatabase(
  database: Database,
  { embedded, migrations }: { readonly embedded: boolean; readonly migrations: readonly Migration[] },
): Promise<readonly Finding[]> {
  try {
    const askedMs = Date.now()
    const [found] = await database.run<ServerState>(state)
    const answeredMs = Date.now()
    if (found === undefined) throw new Error('The state of the server is one row')
    const schema = await examineSchema(database, migrations)
    if (embedded) return [ok('database', 'The embedded database answers.'), schema]
    return [
      examineVersion(found),
      schema,
      examineClock(found, askedMs, answeredMs),
      examineConnections(found),
      examineTransactions(found),
      await examineAnnouncements(database),
    ]
  } catch (error) {
    return [mend('database', error instanceof Error ? error.message : String(error))]
  }
}

async function examineSchema(database: Database, migrations: readonly Migration[]): Promise<Finding> {
  return (await isMigrated(database, migrations))
    ? ok('migrations', 'The tables are those of this version.')
    : mend('migrations', 'The tables are those of another version. Start this version once: it migrates them.')
}

function examineVersion({ version }: ServerState): Finding {
  const major = Math.floor(version / 10_000)
  if (major >= OLDEST_MAJOR) return ok('database', `PostgreSQL ${major} answers.`)
  return mend('database', `PostgreSQL ${major} is no longer maintained. Upgrade to ${OLDEST_MAJOR} or later.`)
}

/** The answer was made between the question and its arrival. */
function examineClock({ nowMs }: ServerState, askedMs: number, answeredMs: number): Finding {
  const skewMs = Math.max(askedMs - nowMs, nowMs - answeredMs, 0)
  if (skewMs <= MAX_SKEW_MS) return ok('database clock', 'It agrees with that of the authority.')
  const seconds = Math.round(skewMs / 1000)
  return mend('database clock', `It differs from that of the authority by ${seconds} s. Run NTP on both machines.`)
}

function examineConnections({ used, most }: ServerState): Finding {
  const words = `${used} of ${most} connections are in use.`
  if (used < most * 0.9) return ok('connections', words)
  return mend('connections', `${words} Raise max_connections, run fewer processes, or use a pooler.`)
}

/** Entries get their place in the log once every earlier transaction has ended. */
function examineTransactions({ longestSeconds }: ServerState): Finding {
  if (longestSeconds <= MAX_TRANSACTION_SECONDS) return ok('transactions', 'None is open for long.')
  const seconds = Math.round(longestSeconds)
  return mend(
    'transactions',
    `One is open for ${seconds} s. The log may wait for it: find it in pg_stat_activity, and end it.`,
  )
}

async function examineAnnouncements(database: Database): Promise<Finding> {
  if (await hearsItself(database)) return ok('announcements', 'LISTEN and NOTIFY work.')
  return mend(
    'announcements',
    'LISTEN hears nothing. Name the server itself, not a pooler, in COUNTERSIGN_DATABASE_DIRECT_URL.',
  )
}
