/**
 * Revokes tokens that this transaction has locked.
 *
 * In: tokens locked FOR UPDATE. Out: those of them that were live and unspent, now revoked. Locking and judging are two
 * statements: a redemption locks its token too, and the second statement sees what it wrote. Only locked tokens are
 * judged, since redemptions of others may be under way unseen. SPEC 9.
 */
import { sql } from 'drizzle-orm'
import type { EndedRequest, Endings } from '../contract/request-store.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { requests, tokens } from '../schema/tables.ts'
import { endedFields } from '../sql/request-fields.ts'
import { unspent } from './token-verbs.ts'

const given = sql.placeholder

/** The order in which tokens are locked, the same in every database, so that no deadlock is possible. */
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
