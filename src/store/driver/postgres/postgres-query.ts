/**
 * Prepared statements on a client of postgres.js.
 *
 * In: a client, SQL text, values. Out: rows. Works around: postgres.js waits for ever for a server that neither answers
 * nor closes the connection (porsager/postgres#1089), and rejects the next statement with the FATAL error that ended
 * the connection of the one before (porsager/postgres#1215, #1223). SPEC 13.
 */
import type { Query } from '../database.ts'
import type { Client, Clients } from './postgres-clients.ts'

/** After `patienceMs` without an answer the client is given up, and with it all that waits for the same server. */
export function queryOn(clients: Clients, client: Client, patienceMs: number | null): Query {
  return <Row>(text: string, values: unknown[]) => {
    const answer: Promise<readonly Row[]> = client.unsafe(text, values.map(parameter), { prepare: true })
    if (patienceMs === null) return answer
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

/** The statement that got this error was never run: FATAL errors end a connection, so it belongs to the one before. */
export const isOfEarlierStatement = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'severity' in error && error.severity === 'FATAL'
