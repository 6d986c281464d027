/** The lock of all changes that depend on who is an admin: no two run at once, in any process. SPEC 10. */
import { sql } from 'drizzle-orm'
import type { Database, Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { approvers } from '../schema/tables.ts'

export const adminExists = sql`EXISTS (SELECT FROM ${approvers} WHERE roles @> '["admin"]' AND removed_at IS NULL)`
const takeAdminTurn = statement(sql`SELECT pg_advisory_xact_lock(hashtextextended('countersign/admins', 0))`)
const anyAdmin = statement<{ yes: boolean }>(sql`SELECT ${adminExists} AS "yes"`)

export const inAdminTurn = <T>(database: Database, work: (transaction: Runner) => Promise<T>): Promise<T> =>
  database.transaction(async (transaction) => {
    await transaction.run(takeAdminTurn)
    return work(transaction)
  })

export const hasAdmin = async (runner: Runner): Promise<boolean> => (await runner.run(anyAdmin))[0]?.yes === true
