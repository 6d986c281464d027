/**
 * The default database: PGlite, PostgreSQL within this process, in a data directory or in memory. One connection:
 * statements and transactions run one by one. It is imported late, so that a bundle for Workers leaves PGlite out. SPEC
 * 13.
 */
import { CHANNEL, createDatabase, type Database, type Query } from './database.ts'

const INT8 = 20

/** Creates the database where the directory has none. Only one process may have it open. */
export async function connectPglite(dataDir: string): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite')
  const client = await PGlite.create({ dataDir, parsers: { [INT8]: Number } })
  const query = queryOn(client)
  return createDatabase({
    query: (text, values) => (client.closed ? Promise.reject(closed()) : query(text, values)),
    transaction: (work) =>
      client.closed ? Promise.reject(closed()) : client.transaction((transaction) => work(queryOn(transaction))),
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

interface Rows {
  query<Row>(text: string, values: unknown[]): Promise<{ rows: Row[] }>
}

const queryOn =
  (client: Rows): Query =>
  async <Row>(text: string, values: unknown[]) =>
    (await client.query<Row>(text, values)).rows

const closed = () => Object.assign(new Error('The database was closed'), { code: 'CLOSED' })
