/**
 * The database on PostgreSQL, through postgres.js; on Workers, through Hyperdrive's connection string. Everything that
 * works around postgres.js stands in this folder, each part with the issue of porsager/postgres it is about;
 * `test/store/postgres-upstream.test.ts` fails when one of them can go. SPEC 13.
 */
import { CHANNEL, createDatabase, type Database } from '../database.ts'
import { createCandidacy, inTurn } from './postgres-candidacy.ts'
import { clientsOf } from './postgres-clients.ts'
import { listenOn } from './postgres-listener.ts'
import { isOfEarlierStatement, queryOn, transactionPool } from './postgres-transactions.ts'

const STATEMENT_MS = 10_000
const CONNECT_MS = 5_000

export interface PostgresOptions {
  /** Connections for statements, and as many again, opened when needed, for transactions; default 10. */
  readonly max?: number
  /**
   * Longest run of a statement, lock waits included; default 10,000. Null sends no setting, for poolers that refuse it.
   */
  readonly statementTimeoutMs?: number | null
  readonly connectTimeoutMs?: number
  /** False where no connection can be held to listen on, as on Workers: then `listen` hears nothing. Default true. */
  readonly listen?: boolean
}

/** Connects with the first statement, not before. */
export function connectPostgres(url: string, options: PostgresOptions = {}): Database {
  const max = options.max ?? 10
  const shared = settings(options)
  const alone = { ...shared, max: 1 }
  const patienceMs = patience(options)
  const statements = clientsOf(url, { ...shared, max })
  const transactions = transactionPool(max, () => clientsOf(url, alone), patienceMs)
  return createDatabase({
    query: (text, values) => queryOn(statements, statements.current(), patienceMs)(text, values),
    transaction: transactions.run,
    neverRan: isOfEarlierStatement,
    listen: (listener) =>
      options.listen === false ? Promise.resolve(async () => {}) : listenOn(url, shared, CHANNEL, listener),
    candidacy: (office) => createCandidacy(office, (onLost) => clientsOf(url, alone, onLost)),
    inTurn: (office, work) => transactions.run((query) => inTurn(query, office, work)),
    close: async () => {
      await Promise.all([statements.close(), transactions.close()])
    },
  })
}

function settings(options: PostgresOptions) {
  const timeoutMs = options.statementTimeoutMs === undefined ? STATEMENT_MS : options.statementTimeoutMs
  return {
    connect_timeout: (options.connectTimeoutMs ?? CONNECT_MS) / 1000,
    // The end of a connection renews its client, and so would end the client's other connections.
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: 'countersign',
      ...(timeoutMs === null ? {} : { statement_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs }),
    },
  }
}

/** How long to wait for a server: longer than it may take to end the statement itself. Null waits for ever. */
function patience({
  statementTimeoutMs = STATEMENT_MS,
  connectTimeoutMs = CONNECT_MS,
}: PostgresOptions): number | null {
  return statementTimeoutMs === null ? null : statementTimeoutMs + connectTimeoutMs
}
