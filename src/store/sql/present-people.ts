/** People who may do anything here: neither removed nor suspended. SPEC 10.2. */
import { type SQL, sql } from 'drizzle-orm'
import { approvers } from '../schema/tables.ts'

/** Of a row of approvers. */
export const isPresent: SQL = sql`(${approvers.removedAt} IS NULL AND ${approvers.suspendedAt} IS NULL)`
