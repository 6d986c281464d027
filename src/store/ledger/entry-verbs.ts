/**
 * Ledger entries without a state beside them, and the ledger read back in order of arrival. Ids follow arrival, not
 * commit: a reader may see 8 before 7. Sequencing is a later step. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { StoredEntry } from '../../domain/ledger/entry.ts'
import type { EntryStore } from '../contract/ledger-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { historyCalls, historyScopes, historyTotals } from '../schema/history-tables.ts'
import { enrolments, entries, idempotencyKeys, offers, revisions, sessions, usedProofs } from '../schema/tables.ts'
import { appendEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder

const stored = sql`${entries.id} AS "id", ${entries.body} AS "body", ${entries.leaf} AS "leaf" FROM ${entries}`
const ofTrace = statement<StoredEntry>(
  sql`SELECT ${stored} WHERE ${entries.trace} = ${given('trace')}::uuid ORDER BY ${entries.id}`,
)
const after = statement<StoredEntry>(
  sql`SELECT ${stored} WHERE ${entries.id} > ${given('after')} ORDER BY ${entries.id} LIMIT ${given('limit')}`,
)

const DAY_SECONDS = 86_400
const now = sql`${given('now')}::bigint`
const dayBefore = sql`${now} - ${sql.raw(String(DAY_SECONDS))}`
const endedRows: readonly (readonly [table: PgTable, condition: SQL])[] = [
  [sessions, sql`${sessions.expiresAt} <= ${now}`],
  [offers, sql`${offers.expiresAt} <= ${now}`],
  [revisions, sql`${revisions.expiresAt} <= ${now}`],
  [enrolments, sql`${enrolments.expiresAt} <= ${dayBefore}`],
  [historyCalls, sql`${historyCalls.expiresAt} <= ${now}`],
  [historyTotals, sql`${historyTotals.expiresAt} <= ${now}`],
  [historyScopes, sql`${historyScopes.expiresAt} <= ${now}`],
  [usedProofs, sql`${usedProofs.expiresAt} < ${now}`],
  [idempotencyKeys, sql`${idempotencyKeys.createdAt} < ${dayBefore}`],
]
const each = (part: (table: PgTable, condition: SQL, at: SQL) => SQL, between: SQL): SQL =>
  sql.join(
    endedRows.map(([table, condition], at) => part(table, condition, sql.raw(String(at)))),
    between,
  )
export const anyEnded = each((table, condition) => sql`EXISTS (SELECT FROM ${table} WHERE ${condition})`, sql` OR `)
const sweepAway = statement(sql`
  WITH ${each((table, condition, at) => sql`old_${at} AS (DELETE FROM ${table} WHERE ${condition})`, sql`, `)}
  SELECT`)

export const entryVerbs = (database: Database): EntryStore => ({
  appendEntries: (list) => appendEntries(database, list),
  entriesOfTrace: async (trace) => (await database.run(ofTrace, { trace })).map(plain),
  entriesAfter: async (page) => (await database.run(after, page)).map(plain),
  async sweep(now) {
    await database.run(sweepAway, { now })
  },
})

// One driver gives a Buffer, the other a Uint8Array.
const plain = ({ id, body, leaf }: StoredEntry): StoredEntry => ({ id, body, leaf: new Uint8Array(leaf) })
