/**
 * A request's id and its trace are the same 128 bits: the one in base64url, the other as a uuid.
 *
 * In: SQL of the one. Out: SQL of the other. The same as `traceOf` of `approval/request.ts`, within a statement.
 */
import { type SQL, sql } from 'drizzle-orm'

export const traceOf = (request: SQL): SQL =>
  sql`encode(decode(translate(${request}, '-_', '+/') || '==', 'base64'), 'hex')::uuid`
export const requestOf = (trace: SQL): SQL =>
  sql`rtrim(translate(encode(uuid_send(${trace}), 'base64'), '+/', '-_'), '=')`
