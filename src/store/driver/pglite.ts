/**
 * The default database: PGlite, PostgreSQL within this process, in a data directory or in memory. One connection:
 * statements and transactions run one by one. It is imported late, so that a bundle for Workers leaves PGlite out. SPEC
 * 13.
 */
import { CHANNEL, createDatabase, type Database, type Query } from './database.ts'

const INT8 = 20

/** The engine writes to all of its buffers at a start. Its default, 128 MB, is made for a machine of its own. */
const SHARED_BUFFERS = '32MB'

/**
 * New entries of a GIN index wait in a list. No autovacuum empties it here, and the statement that finds it full merges
 * all of it: of the default, 4 MB, that took a fifth of a second.
 */
const GIN_PENDING_LIST = '64kB'

export interface PgliteOptions {
  /** Called before each statement; throws where none may run, such as with a full disk. */
  readonly assertUsable?: () => void
  /**
   * Called when a file refuses a write, and must end the process: the engine would answer, or wait, as if it had been
   * written.
   */
  readonly refusedWrite?: (error: unknown) => never
  /** Default: compiled now. */
  readonly engine?: WebAssembly.Module
}

/** Creates the database where the directory has none. Only one process may have it open. */
export async function connectPglite(dataDir: string, options: PgliteOptions = {}): Promise<Database> {
  const { assertUsable = () => {}, refusedWrite, engine } = options
  const { PGlite } = await import('@electric-sql/pglite')
  const files = refusedWrite === undefined ? {} : { fs: await filesOf(dataDir, refusedWrite) }
  const settings = [`shared_buffers=${SHARED_BUFFERS}`, `gin_pending_list_limit=${GIN_PENDING_LIST}`]
  const startParams = [...PGlite.defaultStartParams, ...settings.flatMap((one) => ['-c', one])]
  const compiled = engine === undefined ? {} : { pgliteWasmModule: engine }
  const client = await PGlite.create({ dataDir, ...files, ...compiled, startParams, parsers: { [INT8]: Number } })
  const guarded =
    (rows: Rows): Query =>
    async (text, values) => {
      assertUsable()
      return queryOn(rows)(text, values)
    }
  const inOrder = createOrder()
  const query = guarded(client)
  return createDatabase({
    query: (text, values) => inOrder(() => (client.closed ? Promise.reject(closed()) : query(text, values))),
    transaction: (work) =>
      client.closed ? Promise.reject(closed()) : client.transaction((transaction) => work(guarded(transaction))),
    connections: 1,
    neverRan: () => false,
    listen: async (listener) => {
      const stop = await client.listen(CHANNEL, listener)
      return () => stop()
    },
    // No other process can have this database open.
    inTurn: createTurns(),
    candidacy: () => ({ stand: async () => !client.closed, withdraw: async () => {} }),
    close: async () => {
      if (!client.closed) await client.close()
    },
  })
}

/** The files of the directory, where a refused write reaches `refused` instead of the engine. */
async function filesOf(dataDir: string, refused: (error: unknown) => never) {
  const { NodeFS } = await import('@electric-sql/pglite/nodefs')
  return new (class extends NodeFS {
    override async init(...[database, options]: Parameters<InstanceType<typeof NodeFS>['init']>) {
      const preRun = [...[options.preRun ?? []].flat(), (engine: object) => guardWrites(engine, refused)]
      return super.init(database, { ...options, preRun })
    }
  })(dataDir)
}

function guardWrites(engine: object, refused: (error: unknown) => never): void {
  const { stream_ops: operations } = Reflect.get(engine, 'NODEFS')
  const write = operations.write
  operations.write = (...values: unknown[]) => {
    try {
      return write(...values)
    } catch (error) {
      return refused(error)
    }
  }
}

/** Turns within this process: with one connection, a transaction around the work would wait for itself. */
function createTurns(): (office: string, work: () => Promise<void>) => Promise<boolean> {
  const held = new Set<string>()
  return async (office, work) => {
    if (held.has(office)) return false
    held.add(office)
    await work().finally(() => held.delete(office))
    return true
  }
}

/** One after the other, each with the pause that follows it; the driver's own queue leaves none. */
function createOrder(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = before.then(work)
    before = done.catch(() => {})
    return done
  }
}

interface Rows {
  query<Row>(text: string, values: unknown[]): Promise<{ rows: Row[] }>
}

const queryOn =
  (client: Rows): Query =>
  async <Row>(text: string, values: unknown[]) => {
    const startedAt = performance.now()
    const { rows } = await client.query<Row>(text, values)
    await othersFirst(performance.now() - startedAt)
    return rows
  }

const BUSY_MS = 8
let busyMs = 0

/** The database computes on this thread and awaits nothing: a row of statements would keep everything else waiting. */
async function othersFirst(spentMs: number): Promise<void> {
  busyMs += spentMs
  if (busyMs < BUSY_MS) return
  busyMs = 0
  await new Promise((resolve) => setTimeout(resolve, 0))
}

const closed = () => Object.assign(new Error('The database was closed'), { code: 'CLOSED' })
