/**
 * Prepared statements, and transactions on connections of their own. Works around postgres.js: it waits for ever for a
 * server that neither answers nor closes the connection (porsager/postgres#1089), rejects the next statement with the
 * FATAL error that ended the connection of the one before (#1215, #1223), ends the process by writing a ROLLBACK to a
 * closed socket (#1208), and after a lost connection runs the rest of a transaction on a new one, outside of any
 * transaction (#1155). SPEC 13.
 */
import { StoreUnavailable } from '../../../domain/refusal.ts'
import type { Ending, Query } from '../database.ts'
import { codeOf } from '../unavailable.ts'
import { type Client, type Clients, ENDED } from './postgres-clients.ts'
import { pipelineOn } from './postgres-pipeline.ts'

/** How statements are sent. */
export interface Manner {
  /** After this time without an answer the client is given up; what has waited as long for its turn is refused. */
  readonly patienceMs: number | null
  /** False behind a pooler that gives each transaction another session. */
  readonly prepare: boolean
  /** Whether statements of a transaction may be sent before those ahead were answered: not behind a pooler. */
  readonly together: boolean
  readonly begin: string
}

/** `silent` is called where the server neither answers nor closes the connection. */
export function queryOn(
  clients: Clients,
  client: Client,
  { patienceMs, prepare }: Manner,
  silent: () => void = () => {},
): Query {
  const giveUp = (graceSeconds?: number) => {
    if (clients.isCurrent(client)) void clients.renew(graceSeconds)
  }
  return <Row>(text: string, values: unknown[]) => {
    const sent: Promise<readonly Row[]> = client.unsafe(text, values.map(parameter), { prepare })
    // The driver tells of a lost connection only after its statements have failed, and would be sent the next before.
    const answer = sent.catch((error: unknown) => {
      if (severityOf(error) !== 'ERROR') giveUp()
      throw error
    })
    if (patienceMs === null) return answer
    const timer = setTimeout(() => {
      giveUp(0)
      silent()
    }, patienceMs)
    return answer.finally(() => clearTimeout(timer))
  }
}

function parameter(value: unknown): string | number | boolean | null | Uint8Array {
  if (value === null || value instanceof Uint8Array) return value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new TypeError(`A ${typeof value} cannot be sent to PostgreSQL`)
}

/**
 * True for the error of a statement that was never run: FATAL errors end a connection, so this one belongs to the
 * statement before, and a client that has ended sends nothing.
 */
export const neverRan = (error: unknown): boolean => severityOf(error) === 'FATAL' || codeOf(error) === ENDED

/** Of an error that the server sent. */
const severityOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'severity' in error ? error.severity : undefined

export async function transactionOn<T>(
  slot: Clients,
  manner: Manner,
  work: (query: Query) => Promise<T>,
  ending: Ending = 'when done',
): Promise<T> {
  const client = slot.current()
  const query = queryOn(slot, client, manner)
  await query(manner.begin, [])
  const within = pipelineOn(client, manner, async (text, values) => {
    if (!slot.isCurrent(client)) throw new StoreUnavailable('The connection was lost within a transaction: try again')
    return query(text, values)
  })
  try {
    const working = work(within)
    const committing = ending === 'at once' ? commit(within) : working.then(() => commit(within))
    // Where the work failed, its own error says why.
    committing.catch(() => {})
    const result = await working
    await committing
    return result
  } catch (error) {
    if (slot.isCurrent(client)) await query('ROLLBACK', []).catch(() => {})
    throw error
  }
}

// COMMIT succeeds as a rollback when a statement of the transaction failed.
async function commit(within: Query): Promise<void> {
  const answer = await within('COMMIT', [])
  const command = 'command' in answer ? answer.command : undefined
  if (command !== 'COMMIT') throw new Error(`A transaction ended in ${command}`)
}
