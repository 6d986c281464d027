/**
 * The database on PostgreSQL, through postgres.js; also on Workers, through Hyperdrive's connection string.
 *
 * In:  a URL. Out: a `Database`. Statements run prepared on a pool. Transactions have connections of their own, since
 * postgres.js `begin` writes its rollback to a socket that is gone when the connection broke within, which ends the
 * process; here a connection that was lost hears nothing more of its transaction. Specification: DESIGN 13.
 */
import postgres from 'postgres'
import { CHANNEL, createDatabase, type Database, type Driver, MISSED, type Query } from './database.ts'
import { createCandidacy } from './postgres-candidacy.ts'
import { StoreUnavailable } from './store.ts'

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
  const client = postgres(url, { ...settings(options), max })
  const transactions = transactionPool(max, (onclose) =>
    postgres(url, { ...settings(options), max: 1, max_lifetime: null, onclose }),
  )
  const driver: Driver = {
    query: queryOn(client),
    transaction: transactions.run,
    listen: (listener) => (options.listen === false ? Promise.resolve(async () => {}) : listenOn(client, listener)),
    candidacy: (office) =>
      createCandidacy(office, (onclose) =>
        postgres(url, { ...settings(options), max: 1, max_lifetime: null, onclose }),
      ),
    close: async () => {
      await Promise.all([client.end({ timeout: 5 }), transactions.close()])
    },
  }
  return createDatabase(driver)
}

type Client = ReturnType<typeof open>
const open = (url: string) => postgres(url, settings({}))

function settings(options: PostgresOptions) {
  const timeoutMs = options.statementTimeoutMs === undefined ? 10_000 : options.statementTimeoutMs
  return {
    connect_timeout: (options.connectTimeoutMs ?? 5_000) / 1000,
    // Left to itself the driver waits up to 20 s before it tries a lost server again, and its callers wait with it.
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 0.5),
    fetch_types: false,
    onnotice: () => {},
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    connection: {
      application_name: 'countersign',
      ...(timeoutMs === null ? {} : { statement_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs }),
    },
  }
}

function queryOn(client: Client): Query {
  return (text, values) => client.unsafe(text, values.map(parameter), { prepare: true })
}

function parameter(value: unknown): string | number | boolean | null | Uint8Array {
  if (value === null || value instanceof Uint8Array) return value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new TypeError(`A ${typeof value} cannot be sent to PostgreSQL`)
}

async function listenOn(client: Client, listener: (topic: string) => void): Promise<() => Promise<void>> {
  let subscribed = false
  const onlisten = () => {
    if (subscribed) listener(MISSED)
    subscribed = true
  }
  const { unlisten } = await client.listen(CHANNEL, listener, onlisten)
  return unlisten
}

/** One connection; `lost` from the moment it breaks until its next transaction begins on a new one. */
interface Slot {
  readonly client: Client
  lost: boolean
}

function transactionPool(max: number, connect: (onclose: () => void) => Client) {
  const slots: Slot[] = []
  const idle: Slot[] = []
  const waiting: ((slot: Slot) => void)[] = []

  function add(): Slot {
    const slot: Slot = {
      client: connect(() => {
        slot.lost = true
      }),
      lost: false,
    }
    slots.push(slot)
    return slot
  }
  function take(): Promise<Slot> {
    const slot = idle.pop() ?? (slots.length < max ? add() : undefined)
    return slot ? Promise.resolve(slot) : new Promise((resolve) => waiting.push(resolve))
  }
  function give(slot: Slot): void {
    const next = waiting.shift()
    if (next) next(slot)
    else idle.push(slot)
  }
  return {
    async run<T>(work: (query: Query) => Promise<T>): Promise<T> {
      const slot = await take()
      return transactionOn(slot, work).finally(() => give(slot))
    },
    close: () => Promise.all(slots.map(({ client }) => client.end({ timeout: 5 }))),
  }
}

async function transactionOn<T>(slot: Slot, work: (query: Query) => Promise<T>): Promise<T> {
  const query = queryOn(slot.client)
  slot.lost = false
  await query('BEGIN', [])
  // The driver would run a statement after the loss on a new connection, outside of any transaction.
  const within: Query = (text, values) => {
    if (slot.lost) throw new StoreUnavailable('The connection was lost within a transaction: try again')
    return query(text, values)
  }
  try {
    const result = await work(within)
    await commit(slot, within)
    return result
  } catch (error) {
    if (!slot.lost) await query('ROLLBACK', []).catch(() => {})
    throw error
  }
}

// A COMMIT of a transaction in which a statement failed succeeds, as a rollback.
async function commit(slot: Slot, within: Query): Promise<void> {
  const answer = await within('COMMIT', [])
  const command = 'command' in answer ? answer.command : undefined
  if (command !== 'COMMIT') throw new Error(`A transaction ended in ${command}, lost: ${slot.lost}`)
}
