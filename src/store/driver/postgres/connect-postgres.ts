/**
 * The database on PostgreSQL, through postgres.js; on Workers, through Hyperdrive's connection string. Everything that
 * works around postgres.js stands in this folder, each part with the issue of porsager/postgres it is about;
 * `test/store/postgres-upstream.test.ts` fails when one of them can go. SPEC 13.
 */
import { CHANNEL, createDatabase, type Database, type Ending, type Query } from '../database.ts'
import { createCandidacy, inTurn } from './postgres-candidacy.ts'
import { type Client, clientsOf } from './postgres-clients.ts'
import { listenOn } from './postgres-listener.ts'
import { type Manner, neverRan, queryOn, transactionOn } from './postgres-transactions.ts'
import { turnsOn } from './postgres-turns.ts'

const STATEMENT_MS = 10_000
const CONNECT_MS = 5_000
/**
 * A pooler that has read a statement sent before the end of the one before gives its session away with that end, and
 * answers nothing more (pgbouncer#759). The option is missing from the declarations of postgres.js.
 */
const ALONE = { max_pipeline: 0 }

/** Connections for what pages read. */
const READERS = 5
/**
 * Much is read in one statement: PostgreSQL would plan it six times on each connection, and compile long estimates. Set by
 * a statement: poolers that keep sessions refuse such settings of a connection.
 */
const PLANNED_ONCE = `SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false)`

export interface PostgresOptions {
  /** Connections for statements, and as many again for transactions, each opened when needed; default 10. */
  readonly max?: number
  /**
   * Longest run of a statement, lock waits included; default 10,000. Null sends no setting, for poolers that refuse it.
   */
  readonly statementTimeoutMs?: number | null
  /**
   * The server behind a pooler that gives each transaction another session; listening and session locks use it. Null
   * where the URL itself leads to sessions that last as long as their connection.
   */
  readonly directUrl?: string | null
  readonly connectTimeoutMs?: number
  /** False where no connection can be held to listen on, as on Workers: then `listen` hears nothing. Default true. */
  readonly listen?: boolean
}

/** Connects with the first statement, not before. */
export function connectPostgres(url: string, options: PostgresOptions = {}): Database {
  const max = options.max ?? 10
  const { directUrl = null } = options
  const lasting = settings(options)
  const pooled = directUrl === null ? lasting : { ...settings({ ...options, statementTimeoutMs: null }), ...ALONE }
  const manner = mannerOf(options)
  const slots = (count: number) => Array.from({ length: count }, () => clientsOf(url, { ...pooled, max: 1 }))
  const keepsSettings = directUrl === null && options.statementTimeoutMs !== null
  const [statements, readers, transactions] = [slots(max), slots(keepsSettings ? READERS : 0), slots(max)]
  const statementTurn = turnsOn(statements, manner.patienceMs)
  const readTurn = turnsOn(readers, manner.patienceMs)
  const transactionTurn = turnsOn(transactions, manner.patienceMs)
  // A server that no longer answers on one connection does not on those that were idle meanwhile.
  const silent = () => {
    for (const slot of [...statements, ...readers]) void slot.renew()
  }
  const transaction = <T>(work: (query: Query) => Promise<T>, ending?: Ending) =>
    transactionTurn((slot) => transactionOn(slot, manner, work, ending))
  const sessionsUrl = directUrl ?? url
  const query: Query = (text, values) =>
    statementTurn(async (slot) => queryOn(slot, slot.current(), manner, silent)(text, values))
  const set = new WeakSet<Client>()
  const readQuery: Query = (text, values) =>
    readTurn(async (slot) => {
      const client = slot.current()
      const read = queryOn(slot, client, manner, silent)
      if (!set.has(client)) await read(PLANNED_ONCE, []).then(() => set.add(client))
      return read(text, values)
    })
  return createDatabase({
    query,
    ...(keepsSettings ? { readQuery } : {}),
    transaction,
    connections: 2 * max + READERS,
    neverRan,
    listen: (listener) =>
      options.listen === false ? Promise.resolve(async () => {}) : listenOn(sessionsUrl, lasting, CHANNEL, listener),
    candidacy: (office) => createCandidacy(office, (onLost) => clientsOf(sessionsUrl, { ...lasting, max: 1 }, onLost)),
    inTurn: (office, work) => transaction((query) => inTurn(query, office, work)),
    close: async () => {
      await Promise.all([...statements, ...readers, ...transactions].map((slot) => slot.close()))
    },
  })
}

function settings(options: PostgresOptions) {
  const timeoutMs = options.statementTimeoutMs === undefined ? STATEMENT_MS : options.statementTimeoutMs
  return {
    connect_timeout: (options.connectTimeoutMs ?? CONNECT_MS) / 1000,
    // A connection that the driver ends by itself would be taken for one that was lost.
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: 'countersign',
      ...(timeoutMs === null ? {} : { statement_timeout: timeoutMs, idle_in_transaction_session_timeout: timeoutMs }),
    },
  }
}

function mannerOf(options: PostgresOptions): Manner {
  const { statementTimeoutMs: ms = STATEMENT_MS, directUrl = null } = options
  const limits = `SET LOCAL statement_timeout = ${ms}; SET LOCAL idle_in_transaction_session_timeout = ${ms}`
  return {
    patienceMs: patience(options),
    prepare: directUrl === null,
    together: directUrl === null && options.listen !== false,
    begin: directUrl === null || ms === null ? 'BEGIN' : `BEGIN; ${limits}`,
  }
}

/** How long to wait for a server: longer than it may take to end the statement itself. Null waits for ever. */
function patience({
  statementTimeoutMs = STATEMENT_MS,
  connectTimeoutMs = CONNECT_MS,
}: PostgresOptions): number | null {
  return statementTimeoutMs === null ? null : statementTimeoutMs + connectTimeoutMs
}
