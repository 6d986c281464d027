/**
 * Statements of one transaction, sent before those ahead of them were answered, where all of them share a connection
 * for certain: postgres.js has a queue for statements that a connection cannot take yet, and runs that queue on
 * another connection once this one is lost (porsager/postgres#1155). A connection takes no more while it describes a
 * statement that it has not seen, and when its socket is full. Behind one of these a statement waits here.
 */
import type { Query } from '../database.ts'
import type { Client } from './postgres-clients.ts'

/** At three bytes each, what a socket takes before it asks its writer to wait. */
const MOST_CHARACTERS = 5_000
/** A message around the values. */
const FRAME_CHARACTERS = 100

/** The statements that each client, of one connection, has answered, and the types of their values. */
const answeredBy = new WeakMap<Client, Map<string, string>>()

/**
 * Calls `query` for one statement after the other, each as soon as it may be sent. Behind a statement that failed none
 * is sent that has waited here: the transaction may have been rolled back meanwhile. Each of those behind fails with
 * its error: that which says why, and whether to try again. `together`: false behind a pooler.
 */
export function pipelineOn(client: Client, { together }: { readonly together: boolean }, query: Query): Query {
  const known = answeredBy.get(client) ?? new Map()
  answeredBy.set(client, known)
  let ahead: Promise<unknown> = Promise.resolve()
  let charactersAhead = 0

  return <Row>(text: string, values: unknown[]) => {
    const types = typesOf(values)
    const send = () => query<Row>(text, values)
    const before = ahead
    const answer = (charactersAhead > MOST_CHARACTERS ? before.then(send) : send()).catch(async (error) => {
      await before
      throw error
    })
    charactersAhead += known.get(text) === types ? values.reduce(addLength, FRAME_CHARACTERS) : Number.POSITIVE_INFINITY
    const all = Promise.all([before, answer]).then(() => {
      if (together) known.set(text, types)
      if (ahead === all) charactersAhead = 0
    })
    all.catch(() => {})
    ahead = all
    return answer
  }
}

/** A connection describes a text again for values of other types. */
const typesOf = (values: readonly unknown[]): string =>
  values.map((value) => (value instanceof Uint8Array ? 'bytes' : typeof value)).join()

const addLength = (sum: number, value: unknown): number =>
  sum + FRAME_CHARACTERS + (value instanceof Uint8Array ? value.length : String(value).length)
