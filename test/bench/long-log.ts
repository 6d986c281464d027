/**
 * An authority with millions of entries behind it: made once, then started as often as benches ask.
 *
 * In: databases, how many entries. Out: starts of the authority on that database, under the name and key of its log.
 * `npm run bench -- --entries N` says how many; the default of 10,000,000 takes ten to twenty minutes and 20 GB of disk.
 */
import type { NoteKey } from '@countersign/verifier/proof'
import postgres from 'postgres'
import { publish } from '../../src/authority/log/log-runner.ts'
import { generateLogKey, importLogKey } from '../../src/domain/ledger/log-key.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { loadMigrations } from '../../src/node/open-database.ts'
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { fillLog } from './fill-log.ts'
import type { Ground } from './harness.ts'
import { freePort, type Product, startProduct } from './product.ts'
import { stories } from './stories.ts'

export interface LongLog {
  readonly sql: postgres.Sql
  /** Epoch seconds of its first and its last entry. */
  readonly from: number
  readonly to: number
  readonly start: () => Promise<Product>
  /** Checks its checkpoints. */
  readonly noteKey: NoteKey
}

const DAYS = 100
/** The largest index is of 10,000,000 uuids. */
const SETTINGS = { synchronous_commit: 'off', maintenance_work_mem: '512MB', work_mem: '256MB' }

let made: Promise<LongLog> | undefined

/** Made for the first who asks; it goes with the databases. */
export function longLog(ground: Ground): Promise<LongLog> {
  made ??= make(ground)
  return made
}

async function make({ databases, entries }: Ground): Promise<LongLog> {
  const url = await databases.fresh()
  const to = Math.floor(Date.now() / 1000)
  const from = to - DAYS * 86_400
  const port = await freePort()
  const logKey = await generateLogKey()
  const key = await importLogKey(logKey, logOrigin(`http://localhost:${port}`))
  const database = connectPostgres(url)
  const migrations = await loadMigrations()
  const filling = postgres(url, { max: 4, onnotice: () => {}, connection: SETTINGS })
  try {
    await migrate(database, migrations)
    await fillLog(filling, stories({ entries, from, to, humansInTen: 3 }))
    if (!(await publish(createStore(database, migrations), key, to))) throw new Error('The log was not published')
  } finally {
    await Promise.all([database.close(), filling.end()])
  }
  const settings = { COUNTERSIGN_LOG_KEY: JSON.stringify(logKey), COUNTERSIGN_LOG_PUBLIC: 'true' }
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return { sql, from, to, noteKey: key.noteKey, start: startsOn(url, port, settings) }
}

/** Every start has the same keys: those of the first. */
function startsOn(url: string, port: number, settings: Readonly<Record<string, string>>) {
  let keys: Pick<Product, 'signingKey' | 'operatorCredential'> | undefined
  return async () => {
    const product = await startProduct(url, { port, settings, ...keys })
    keys = product
    return product
  }
}
