/**
 * A database whose connections belong to the call at hand.
 *
 * In: the URL for one call, and the work of that call. Out: one `Database` for all calls, which asks by the connections
 * of whichever call it is used in. Workers binds a socket to the request that opened it, while the services, with their
 * rates, keys and caches, are joined once: the runtime's own scope for a call tells one from the other.
 * It hears no announcements: nobody can listen on a connection that ends with its call. SPEC 13.
 */
import { env, withEnv } from 'cloudflare:workers'
import type { Database } from '../store/driver/database.ts'
import { connectPostgres } from '../store/driver/postgres/connect-postgres.ts'

/** Two for statements and two for transactions, opened when needed: a turn of the log holds one while it takes steps. */
const CONNECTIONS = 2

export const requestDatabase: Database = {
  run: (statement, values) => databaseOfThisCall().run(statement, values),
  transaction: (work) => databaseOfThisCall().transaction(work),
  listen: async () => async () => {},
  inTurn: (office, work) => databaseOfThisCall().inTurn(office, work),
  // An office is held by a connection, and none outlives its call: here the log is advanced in turns.
  candidacy: () => ({ stand: async () => false, withdraw: async () => {} }),
  close: async () => {},
}

/** `work` may go on using the database after `close`, as a stream does that outlives its answer: it connects anew. */
export class CallConnections {
  readonly #url: string
  #open: Database | undefined

  constructor(url: string) {
    this.#url = url
  }

  get database(): Database {
    // A pooler keeps no settings of ours between calls: the time-outs of the database role hold instead.
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
