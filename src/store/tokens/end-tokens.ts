/**
 * Revoking tokens that are held, whatever it is that ends them.
 *
 * In: tokens that this transaction holds FOR UPDATE. Out: those of them that were live and unspent, revoked.
 * Holding and judging are two statements: a redemption holds its token too, and the second one sees what it has written.
 * It judges the held alone, since it could not see what is being written beside it of any other. SPEC 9.
 */
import { sql } from 'drizzle-orm'
import type { EndedRequest, Endings } from '../contract/request-store.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { requests, tokens } from '../schema/tables.ts'
import { endedFields } from '../sql/request-fields.ts'
import { unspent } from './token-verbs.ts'

const given = sql.placeholder

/** In which tokens are held, so that two who hold many never wait for each other, whatever the database collates by. */
export const inOrder = sql`ORDER BY ${tokens.jti} COLLATE "C"`

const revoke = statement<EndedRequest & { readonly jti: string }>(sql`
  UPDATE ${tokens} SET revoked_at = ${given('at')}::bigint FROM ${requests}
  WHERE ${tokens.jti} IN (SELECT json_array_elements_text(${given('held')}::text::json))
    AND ${tokens.revokedAt} IS NULL AND ${unspent} AND ${requests.id} = ${tokens.request}
  RETURNING ${tokens.jti} AS "jti", ${endedFields}`)

export async function revokeHeld(
  transaction: Runner,
  held: readonly { readonly jti: string }[],
  at: number,
): Promise<Endings['tokens']> {
  if (held.length === 0) return []
  const revoked = await transaction.run(revoke, { held: held.map(({ jti }) => jti), at })
  return revoked.map(({ jti, ...request }) => ({ jti, request }))
}
