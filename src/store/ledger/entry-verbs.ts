/**
 * Ledger entries without a state beside them, and the ledger read back in order of arrival. Ids follow arrival, not
 * commit: a reader may see 8 before 7. Sequencing is a later step. SPEC 8.
 */
import { sql } from 'drizzle-orm'
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
const sweepAway = statement(sql`
  WITH old_sessions AS (DELETE FROM ${sessions} WHERE ${sessions.expiresAt} <= ${given('now')}),
  old_offers AS (DELETE FROM ${offers} WHERE ${offers.expiresAt} <= ${given('now')}),
  old_revisions AS (DELETE FROM ${revisions} WHERE ${revisions.expiresAt} <= ${given('now')}),
  old_enrolments AS (DELETE FROM ${enrolments} WHERE ${enrolments.expiresAt} <= ${given('dayBefore')}),
  old_calls AS (DELETE FROM ${historyCalls} WHERE ${historyCalls.expiresAt} <= ${given('now')}),
  old_totals AS (DELETE FROM ${historyTotals} WHERE ${historyTotals.expiresAt} <= ${given('now')}),
  old_scopes AS (DELETE FROM ${historyScopes} WHERE ${historyScopes.expiresAt} <= ${given('now')}),
  old_proofs AS (DELETE FROM ${usedProofs} WHERE ${usedProofs.expiresAt} < ${given('now')})
  DELETE FROM ${idempotencyKeys} WHERE ${idempotencyKeys.createdAt} < ${given('dayBefore')}`)

export const entryVerbs = (database: Database): EntryStore => ({
  appendEntries: (list) => appendEntries(database, list),
  entriesOfTrace: async (trace) => (await database.run(ofTrace, { trace })).map(plain),
  entriesAfter: async (page) => (await database.run(after, page)).map(plain),
  async sweep(now) {
    await database.run(sweepAway, { now, dayBefore: now - DAY_SECONDS })
  },
})

// One driver gives a Buffer, the other a Uint8Array.
const plain = ({ id, body, leaf }: StoredEntry): StoredEntry => ({ id, body, leaf: new Uint8Array(leaf) })
