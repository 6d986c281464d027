/**
 * The database on PostgreSQL, through postgres.js; also on Workers, through Hyperdrive's connection string.
 *
 * In: a URL. Out: a `Database`. Statements run prepared on a pool. Transactions have connections of their own, since
 * postgres.js `begin` writes its rollback to a socket that is gone when the connection broke within, which ends the
 * process; here a connection that was lost hears nothing more of its transaction. A server that neither answers nor
 * hangs up is taken for gone. SPEC 13.
 */

import { StoreUnavailable } from '../../domain/refusal.ts'
import { CHANNEL, createDatabase, type Database, type Driver, type Query } from './database.ts'
import { createCandidacy, inTurn } from './postgres-candidacy.ts'
import { type Client, type Clients, clientsOf } from './postgres-client.ts'
import { listenOn } from './postgres-listener.ts'

const STATEMENT_MS = 10_000
const CONNECT_MS = 5_000

export interface PostgresOptions {
  /** Connections for statements, and as many again, opened when needed, for transactions; default 10. */
  readonly max?: number
  /** Longest a statement may run, lock waits included; default 10,000. Null sends no setting, for poolers that refuse it. */
  readonly statementTimeoutMs?: number | null
  /** Default 5,000. */
  readonly connectTimeoutMs?: number
  /** False where a connection cannot be held to listen on, as on Workers: then `listen` hears nothing. Default true. */
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
  const driver: Driver = {
    query: (text, values) => queryOn(statements, statements.current(), patienceMs)(text, values),
    transaction: transactions.run,
    listen: (listener) =>
      options.listen === false ? Promise.resolve(async () => {}) : listenOn(url, shared, CHANNEL, listener),
    candidacy: (office) => createCandidacy(office, (onLost) => clientsOf(url, alone, onLost)),
    inTurn: (office, work) => transactions.run((query) => inTurn(query, office, work)),
    close: async () => {
      await Promise.all([statements.close(), transactions.close()])
    },
  }
  return createDatabase(driver)
}

function settings(options: PostgresOptions) {
  const timeoutMs = options.statementTimeoutMs === undefined ? STATEMENT_MS : options.statementTimeoutMs
  return {
    connect_timeout: (options.connectTimeoutMs ?? CONNECT_MS) / 1000,
    // A connection that ends of age would take its client's others with it.
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: 'countersign',
      ...(timeoutMs === null ? {} : { statement_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs }),
    },
  }
}

/** When a server that said nothing must be gone: it would have ended the statement itself before. Null waits for ever. */
function patience({
  statementTimeoutMs = STATEMENT_MS,
  connectTimeoutMs = CONNECT_MS,
}: PostgresOptions): number | null {
  return statementTimeoutMs === null ? null : statementTimeoutMs + connectTimeoutMs
}

function queryOn(clients: Clients, client: Client, patienceMs: number | null): Query {
  return <Row>(text: string, values: unknown[]) => {
    const answer: Promise<readonly Row[]> = client.unsafe(text, values.map(parameter), { prepare: true })
    if (patienceMs === null) return answer
    // Whatever else waits on this client waits for the same silent server.
    const timer = setTimeout(() => {
      if (clients.isCurrent(client)) void clients.renew(0)
    }, patienceMs)
    return answer.finally(() => clearTimeout(timer))
  }
}

function parameter(value: unknown): string | number | boolean | null | Uint8Array {
  if (value === null || value instanceof Uint8Array) return value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new TypeError(`A ${typeof value} cannot be sent to PostgreSQL`)
}

function transactionPool(max: number, connect: () => Clients, patienceMs: number | null) {
  const slots: Clients[] = []
  const idle: Clients[] = []
  const waiting: ((slot: Clients) => void)[] = []

  function add(): Clients {
    const slot = connect()
    slots.push(slot)
    return slot
  }
  function take(): Promise<Clients> {
    const slot = idle.pop() ?? (slots.length < max ? add() : undefined)
    return slot ? Promise.resolve(slot) : new Promise((resolve) => waiting.push(resolve))
  }
  function give(slot: Clients): void {
    const next = waiting.shift()
    if (next) next(slot)
    else idle.push(slot)
  }
  return {
    async run<T>(work: (query: Query) => Promise<T>): Promise<T> {
      const slot = await take()
      return transactionOn(slot, patienceMs, work).finally(() => give(slot))
    },
    close: () => Promise.all(slots.map((slot) => slot.close())),
  }
}

async function transactionOn<T>(
  slot: Clients,
  patienceMs: number | null,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const client = slot.current()
  const query = queryOn(slot, client, patienceMs)
  await query('BEGIN', [])
  // The driver would run a statement after the loss on a new connection, outside of any transaction.
  const within: Query = (text, values) => {
    if (!slot.isCurrent(client)) throw new StoreUnavailable('The connection was lost within a transaction: try again')
    return query(text, values)
  }
  try {
    const result = await work(within)
    await commit(within)
    return result
  } catch (error) {
    if (slot.isCurrent(client)) await query('ROLLBACK', []).catch(() => {})
    throw error
  }
}

// A COMMIT of a transaction in which a statement failed succeeds, as a rollback.
async function commit(within: Query): Promise<void> {
  const answer = await within('COMMIT', [])
  const command = 'command' in answer ? answer.command : undefined
  if (command !== 'COMMIT') throw new Error(`A transaction ended in ${command}`)
}
