/**
 * Converts a request's id and its trace, which are the same 128 bits: the id in base64url, the trace as a uuid.
 *
 * In: SQL of one. Out: SQL of the other. Equals `traceOf` of `domain/approval`, within a statement.
 */
import { type SQL, sql } from 'drizzle-orm'

export const traceOf = (request: SQL): SQL =>
  sql`encode(decode(translate(${request}, '-_', '+/') || '==', 'base64'), 'hex')::uuid`
export const requestOf = (trace: SQL): SQL =>
  sql`rtrim(translate(encode(uuid_send(${trace}), 'base64'), '+/', '-_'), '=')`
