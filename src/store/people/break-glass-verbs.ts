/** Break-glass: its link, and the one person whom it enrols without anybody's consent. SPEC 10.12. */
import { sql } from 'drizzle-orm'
import type { BreakGlassStore } from '../contract/break-glass-store.ts'
import { type Database, isDuplicate } from '../driver/database.ts'
import { insert, placeholders, statement } from '../driver/sql-statement.ts'
import { approvers, invitations, passkeys } from '../schema/tables.ts'
import { adminExists, inAdminTurn } from '../sql/admin-turn.ts'
import {
  appendEntries,
  entryRows,
  ifDecided,
  insertEntries,
  insertPayloads,
  keepPayloads,
  payloadRows,
  putInOutbox,
} from '../sql/entry-rows.ts'
import { lastingContent } from '../sql/recorded-content.ts'
import { wordsOf } from '../sql/request-fields.ts'

const given = sql.placeholder

const invite = statement(
  sql`${insert(invitations, placeholders(invitations, '', ['takenAt']), sql`WHERE ${adminExists}`)} RETURNING hash`,
)

const enrol = statement(sql`
  WITH decided AS (
    UPDATE ${invitations} SET taken_at = ${given('now')}::bigint
    WHERE hash = ${given('invitation')} AND taken_at IS NULL AND expires_at > ${given('now')}::bigint AND NOT bootstrap
    RETURNING hash
  ),
  person AS (${insert(approvers, placeholders(approvers, 'approver'), sql`FROM decided`)}),
  named AS (${insertPayloads(ifDecided)}),
  keyed AS (${insert(passkeys, placeholders(passkeys, 'passkey'), sql`FROM decided`)}),
  written AS (${insertEntries(ifDecided)})
  SELECT hash FROM decided`)

const acknowledge = statement(sql`
  WITH decided AS (
    SELECT 1 AS "ended" WHERE NOT EXISTS (SELECT FROM ${invitations}
      WHERE hash = ${given('hash')} AND taken_at IS NULL AND expires_at > ${given('now')}::bigint)
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT "ended" FROM decided`)

const reason = statement<{ content: string }>(
  sql`SELECT ${lastingContent(sql`${given('id')}`, 'breakglass')} AS "content"`,
)

export const breakGlassVerbs = (database: Database): BreakGlassStore => ({
  openBreakGlass: ({ id, invitation, payload, entry }) =>
    inAdminTurn(database, async (transaction) => {
      if ((await transaction.run(invite, { ...invitation })).length === 0) return { verdict: 'no_admin' }
      await appendEntries(transaction, [entry])
      await keepPayloads(transaction, [payload])
      await putInOutbox(transaction, [{ kind: 'breakglass.opened', subject: id, dueAt: invitation.createdAt }])
      return { verdict: 'opened' }
    }),
  async enrolByBreakGlass({ invitation, approver, passkey, payload, entries, now }) {
    const values = {
      invitation,
      now,
      approver,
      passkey,
      payloads: payloadRows([payload]),
      entries: entryRows(entries),
    }
    try {
      const enrolled = await inAdminTurn(database, (transaction) => transaction.run(enrol, values))
      return { verdict: enrolled.length > 0 ? 'enrolled' : 'invitation_gone' }
    } catch (error) {
      if (isDuplicate(error, 'passkeys_pkey')) return { verdict: 'credential_exists' }
      throw error
    }
  },
  async acknowledgeBreakGlass({ hash, entry, now }) {
    const values = { hash, now, entries: entryRows([entry]) }
    const decided = await inAdminTurn(database, (transaction) => transaction.run(acknowledge, values))
    return { verdict: decided.length > 0 ? 'acknowledged' : 'open' }
  },
  reasonOfBreakGlass: async (id) => wordsOf((await database.run(reason, { id }))[0]?.content),
})
