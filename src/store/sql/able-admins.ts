/** Admins who can sign: no change may take the last one, nor may one admin alone take all others. SPEC 10.2. */
import { type SQL, sql } from 'drizzle-orm'
import { approvers, passkeys } from '../schema/tables.ts'

const other = sql.identifier('other')

/** Whether an admin can sign who is none of `except`, a JSON array of ids. */
export const anotherAdminCanSign = (except: SQL): SQL => sql`EXISTS (SELECT FROM ${approvers} AS ${other}
  WHERE ${other}.removed_at IS NULL AND ${other}.suspended_at IS NULL AND ${other}.roles @> '["admin"]'
    AND ${other}.id NOT IN (SELECT json_array_elements_text(${except}::text::json))
    AND EXISTS (SELECT FROM ${passkeys} WHERE ${passkeys.approver} = ${other}.id AND ${passkeys.revokedAt} IS NULL))`
