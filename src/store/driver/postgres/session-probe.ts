/**
 * Detects poolers that give each transaction another session: behind them LISTEN receives nothing, and session locks
 * do not hold.
 */
import postgres from 'postgres'
import { asUnavailable } from '../unavailable.ts'
import { parseConnectionUrl } from './connection-url.ts'
import { endForGood } from './postgres-clients.ts'

const CONNECT_SECONDS = 5
/** The driver tries several hosts in turn for ever. */
const PATIENCE_MS = 15_000

/**
 * True where a connection keeps its session. A session that its first user has laid down is taken up by the second
 * while it holds a transaction, or is gone when the first user returns. Throws `StoreUnavailable`, `ConnectionUrlError`.
 */
export async function keepsSessions(url: string): Promise<boolean> {
  const options = { ...parseConnectionUrl(url), max: 1, fetch_types: false, connect_timeout: CONNECT_SECONDS }
  const [first, second] = [postgres(options), postgres(options)]
  const end = (graceSeconds: number) => Promise.all([first, second].map((sql) => endForGood(sql, graceSeconds)))
  const timer = setTimeout(() => void end(0), PATIENCE_MS)
  try {
    const before = await session(first)
    return await second.begin(async (transaction) => {
      const other = await session(transaction)
      return other !== before && (await session(first)) === before
    })
  } catch (error) {
    throw asUnavailable(error)
  } finally {
    clearTimeout(timer)
    await end(1)
  }
}

async function session(sql: postgres.ISql): Promise<string> {
  const [row] = await sql.unsafe<{ pid: number }[]>('SELECT pg_backend_pid() AS pid')
  return String(row?.pid)
}
