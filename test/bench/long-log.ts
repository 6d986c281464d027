/**
 * An authority with millions of entries behind it, and 1,000,000 requests: made once, then started as often as benches ask.
 *
 * In: databases, how many entries. Out: starts of the authority on that database, under the name and key of its log.
 * `npm run bench -- --entries N` says how many; the default of 10,000,000 takes ten to twenty minutes and 20 GB of disk.
 * With `--kept FILE` the log stays in the server of `DATABASE_URL` and the file has its address and keys: the next run
 * takes a copy.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NoteKey } from '@countersign/verifier/proof'
import type { JWK } from 'jose'
import postgres from 'postgres'
import { publish } from '../../src/authority/log/log-runner.ts'
import { sealConfiguration, sealName } from '../../src/authority/proof/sealed-configuration.ts'
import { createClient } from '../../src/client/client.ts'
import { generateLogKey, importLogKey, type LogJwk } from '../../src/domain/ledger/log-key.ts'
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
import { fillDatabase } from './million.ts'
import { add, addExecutor, forumAction, mustSucceed, type Parties, registerParties } from './parties.ts'
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
const REQUESTS = 1_000_000
/** Of the past, so that every bench can register its own. */
const [AGENT, EXECUTOR] = ['past-agent', 'https://past.example']
/** The largest index is of 10,000,000 uuids. */
const SETTINGS = { synchronous_commit: 'off', maintenance_work_mem: '512MB', work_mem: '256MB' }

let made: Promise<LongLog> | undefined

/** Made for the first who asks; it goes with the databases. */
export function longLog(ground: Ground): Promise<LongLog> {
  made ??= make(ground)
  return made
}

async function make(ground: Ground): Promise<LongLog> {
  const filled = ground.kept ? await keptIn(ground.kept, ground) : await fill(ground)
  const { url, port, logKey, from, to } = filled
  const { noteKey } = await importLogKey(logKey, logOrigin(originAt(port)))
  const options = optionsOf(filled)
  const lasting = { ...options, settings: { ...options.settings, COUNTERSIGN_DATA_DIR: lastingFolder() } }
  // Nobody stays connected: the database can be copied.
  const sql = postgres(url, { max: 1, idle_timeout: 1, onnotice: () => {} })
  return { url, options, sql, from, to, noteKey, start: startsOn(url, lasting) }
}

/** A database with a log, and the keys of its authority. */
interface Filled {
  readonly url: string
  readonly port: number
  readonly logKey: LogJwk
  readonly signingKey: JWK
  readonly from: number
  readonly to: number
}

const optionsOf = ({ port, logKey, signingKey }: Filled): AuthorityDatabase['options'] => ({
  port,
  settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(logKey), COUNTERSIGN_LOG_PUBLIC: 'true' },
  signingKey,
})

/** A copy of the log that the file names. Where there is no such file, a log is made, and kept. */
async function keptIn(file: string, ground: Ground): Promise<Filled> {
  if (!existsSync(file)) {
    const filled = await fill(ground)
    ground.databases.keep(filled.url)
    writeFileSync(file, `${JSON.stringify(filled)}\n`, { mode: 0o600 })
  }
  const filled: Filled = JSON.parse(readFileSync(file, 'utf8'))
  return { ...filled, url: await ground.databases.copyOf(filled.url) }
}

async function fill({ databases, entries }: Ground): Promise<Filled> {
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
  const filled = { url, port, logKey, signingKey: await generateSigningKey('ES256'), from, to }
  try {
    await migrate(database, migrations)
    await fillLog(filling, stories({ entries, from, to, humansInTen: 3 }))
    const store = createStore(database, migrations)
    await sealConfiguration(store, sealKey, entries, to)
    if (!(await publish(store, key, to))) throw new Error('The log was not published')
    await allowOne(filled)
    const one = await filling.reserve()
    await fillDatabase(one, REQUESTS).finally(() => one.release())
  } finally {
    await Promise.all([database.close(), filling.end()])
  }
  return filled
}

/** The request that all others of the past are like. */
async function allowOne(filled: Filled): Promise<void> {
  const product = await startProduct(filled.url, optionsOf(filled))
  try {
    await addExecutor(product, EXECUTOR)
    const registration = { id: AGENT, executors: [EXECUTOR] }
    const credential = await add(product.operator, 'countersign.agent.add', `agent:${AGENT}`, registration)
    const agent = createClient({ origin: product.origin, credential })
    mustSucceed(await agent.propose({ body: { audience: EXECUTOR, action: forumAction('forum.read') } }))
  } finally {
    await product.stop()
  }
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
