/**
 * An authority with millions of entries behind it: made once, then started as often as benches ask.
 *
 * In: databases, how many entries. Out: starts of the authority on that database, under the name and key of its log.
 * `npm run bench -- --entries N` says how many; the default of 10,000,000 takes ten to twenty minutes and 20 GB of disk.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NoteKey } from '@countersign/verifier/proof'
import postgres from 'postgres'
import { publish } from '../../src/authority/log/log-runner.ts'
import { sealConfiguration, sealName } from '../../src/authority/proof/sealed-configuration.ts'
import { generateLogKey, importLogKey } from '../../src/domain/ledger/log-key.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { loadMigrations } from '../../src/node/open-database.ts'
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { freePort } from '../setup/free-port.ts'
import type { AuthorityDatabase } from './databases.ts'
import { fillLog } from './fill-log.ts'
import type { Ground } from './harness.ts'
import { type Parties, registerParties } from './parties.ts'
import { originAt, type Product, startProduct } from './product.ts'
import { stories } from './stories.ts'

export interface LongLog extends AuthorityDatabase {
  readonly sql: postgres.Sql
  /** Epoch seconds of its first and its last entry. */
  readonly from: number
  readonly to: number
  readonly start: () => Promise<Started>
  /** Checks its checkpoints. */
  readonly noteKey: NoteKey
}

/** A start, and the parties that the first one registered. */
export interface Started {
  readonly product: Product
  readonly parties: Parties
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
  const origin = logOrigin(originAt(port))
  const key = await importLogKey(logKey, origin)
  const sealKey = await importLogKey(logKey, sealName(origin))
  const database = connectPostgres(url)
  const migrations = await loadMigrations()
  const filling = postgres(url, { max: 5, onnotice: () => {}, connection: SETTINGS })
  try {
    await migrate(database, migrations)
    await fillLog(filling, stories({ entries, from, to, humansInTen: 3 }))
    const store = createStore(database, migrations)
    await sealConfiguration(store, sealKey, entries, to)
    if (!(await publish(store, key, to))) throw new Error('The log was not published')
  } finally {
    await Promise.all([database.close(), filling.end()])
  }
  const settings = { COUNTERSIGN_LOG_KEY: JSON.stringify(logKey), COUNTERSIGN_LOG_PUBLIC: 'true' }
  const options = { port, settings, signingKey: await generateSigningKey('ES256') }
  const kept = { ...options, settings: { ...settings, COUNTERSIGN_DATA_DIR: lastingFolder() } }
  // Nobody stays connected: the database can be copied.
  const sql = postgres(url, { max: 1, idle_timeout: 1, onnotice: () => {} })
  return { url, options, sql, from, to, noteKey: key.noteKey, start: startsOn(url, kept) }
}

/** It lasts as long as this process. */
function lastingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every start has the keys and the parties of the first. */
function startsOn(url: string, options: AuthorityDatabase['options']) {
  let first: Started | undefined
  return async (): Promise<Started> => {
    const product = await startProduct(url, { ...options, ...first?.product })
    first ??= { product, parties: await registerParties(product) }
    return { ...first, product }
  }
}
