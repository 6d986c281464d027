/**
 * Prepared statements, and transactions on connections of their own. Works around postgres.js: it waits for ever for a
 * server that neither answers nor closes the connection (porsager/postgres#1089), rejects the next statement with the
 * FATAL error that ended the connection of the one before (#1215, #1223), ends the process by writing a ROLLBACK to a
 * closed socket (#1208), and after a lost connection runs the rest of a transaction on a new one, outside of any
 * transaction (#1155). SPEC 13.
 */
import { StoreUnavailable } from '../../../domain/refusal.ts'
import type { Query } from '../database.ts'
import type { Client, Clients } from './postgres-clients.ts'
import { pipelineOn } from './postgres-pipeline.ts'

/** How statements are sent. */
export interface Manner {
  /** After this time without an answer the client is given up, and with it all that waits for the same server. */
  readonly patienceMs: number | null
  /** False behind a pooler that gives each transaction another session. */
  readonly prepare: boolean
  /** Whether statements of a transaction may be sent before those ahead were answered: not behind a pooler. */
  readonly together: boolean
  readonly begin: string
}

export function queryOn(clients: Clients, client: Client, { patienceMs, prepare }: Manner): Query {
  return <Row>(text: string, values: unknown[]) => {
    const answer: Promise<readonly Row[]> = client.unsafe(text, values.map(parameter), { prepare })
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

/** At most `max` transactions run at a time; the others wait for a slot. */
export function transactionPool(max: number, connect: () => Clients, manner: Manner) {
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
      return transactionOn(slot, manner, work).finally(() => give(slot))
    },
    close: () => Promise.all(slots.map((slot) => slot.close())),
  }
}

async function transactionOn<T>(slot: Clients, manner: Manner, work: (query: Query) => Promise<T>): Promise<T> {
  const client = slot.current()
  const query = queryOn(slot, client, manner)
  await query(manner.begin, [])
  const within = pipelineOn(client, manner, async (text, values) => {
    if (!slot.isCurrent(client)) throw new StoreUnavailable('The connection was lost within a transaction: try again')
    return query(text, values)
  })
  try {
    const result = await work(within)
    await commit(within)
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
