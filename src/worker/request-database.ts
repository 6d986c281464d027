/**
 * A database whose connections belong to the current call. Workers binds a socket to the request that opened it, while
 * the services are composed once; the runtime's `env` scope tells calls apart. It cannot listen, since its connections
 * end with their call. SPEC 13.
 */
import { env, withEnv } from 'cloudflare:workers'
import type { Database } from '../store/driver/database.ts'
import { connectPostgres } from '../store/driver/postgres/connect-postgres.ts'

/** Two for statements and two for transactions, opened when needed: a turn of the log holds one during its steps. */
const CONNECTIONS = 2

export const requestDatabase: Database = {
  run: (statement, values) => databaseOfThisCall().run(statement, values),
  reads: { run: (statement, values) => databaseOfThisCall().reads.run(statement, values) },
  transaction: (work) => databaseOfThisCall().transaction(work),
  runLocked: (locks, last) => databaseOfThisCall().runLocked(locks, last),
  listen: async () => async () => {},
  inTurn: (office, work) => databaseOfThisCall().inTurn(office, work),
  // No connection outlives its call, so none can hold the office: the log is advanced in turns.
  candidacy: () => ({ stand: async () => false, withdraw: async () => {} }),
  use: () => databaseOfThisCall().use(),
  close: async () => {},
}

/** `work` may use the database after `close`, such as a stream that outlives its response: it then reconnects. */
export class CallConnections {
  readonly #url: string
  #open: Database | undefined

  constructor(url: string) {
    this.#url = url
  }

  get database(): Database {
    // Poolers keep no session settings between calls: the time-outs of the database role apply.
    const options = { max: CONNECTIONS, listen: false, statementTimeoutMs: null }
    this.#open ??= connectPostgres(this.#url, options)
    return this.#open
  }

  within<T>(work: () => T): T {
    return withEnv({ callConnections: this }, work)
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.close()
  }
}

function databaseOfThisCall(): Database {
  const { callConnections } = env
  if (!(callConnections instanceof CallConnections)) throw new TypeError('The database was used outside of a call')
  return callConnections.database
}
