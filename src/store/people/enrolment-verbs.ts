/** Invitations, and passkeys that wait for an admin's consent. They have no right until then. SPEC 10.1. */
import { sql } from 'drizzle-orm'
import type { EnrolmentStore, WaitingPasskey } from '../contract/enrolment-store.ts'
import { type Database, isDuplicate } from '../driver/database.ts'
import { insert, placeholders, statement } from '../driver/sql-statement.ts'
import { enrolments, invitations, passkeys } from '../schema/tables.ts'
import { entryRows, insertEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder

const invite = statement(sql`
  WITH decided AS (${insert(invitations, placeholders(invitations, '', ['takenAt']))} RETURNING hash),
  written AS (${insertEntries(sql`EXISTS (SELECT FROM decided)`)})
  SELECT hash FROM decided`)

type Held = Awaited<ReturnType<EnrolmentStore['holdPasskey']>>

const hold = statement<Held>(sql`
  WITH known AS (
    SELECT FROM ${passkeys} WHERE ${passkeys.credentialId} = ${given('passkey')}::text::json ->> 'credentialId'
  ),
  taken AS (
    UPDATE ${invitations} SET taken_at = ${given('now')}::bigint, name = NULL
    WHERE hash = ${given('invitation')} AND taken_at IS NULL AND expires_at > ${given('now')}::bigint AND NOT bootstrap
      AND NOT EXISTS (SELECT FROM known)
    RETURNING hash
  ),
  held AS (${insert(enrolments, placeholders(enrolments, '', ['request']), sql`FROM taken`)} RETURNING key)
  SELECT CASE WHEN EXISTS (SELECT FROM held) THEN 'held' WHEN EXISTS (SELECT FROM known) THEN 'credential_exists'
    ELSE 'invitation_gone' END AS "verdict"`)

const ask = statement(sql`UPDATE ${enrolments} SET request = ${given('request')} WHERE key = ${given('key')}`)

const waiting = statement<WaitingPasskey>(sql`
  SELECT ${enrolments.passkey} AS "passkey", ${enrolments.proof} AS "proof", ${enrolments.request} AS "request"
  FROM ${enrolments} WHERE ${enrolments.key} = ${given('key')}::text OR ${enrolments.hash} = ${given('hash')}::text`)

const end = statement(sql`DELETE FROM ${enrolments} WHERE hash = ${given('hash')} RETURNING key`)

export const enrolmentVerbs = (database: Database): EnrolmentStore => ({
  async addInvitation({ invitation, entry }) {
    await database.run(invite, { ...invitation, entries: entryRows([entry]) })
  },
  async holdPasskey({ passkey, proof, ...rest }) {
    try {
      const [held] = await database.run(hold, { ...rest, passkey, proof, key: passkey.key.kid })
      return held ?? { verdict: 'invitation_gone' }
    } catch (error) {
      if (isDuplicate(error)) return { verdict: 'credential_exists' }
      throw error
    }
  },
  async askForEnrolment(asked) {
    await database.run(ask, { ...asked })
  },
  endWaiting: async (named) => (await database.run(end, named)).length > 0,
  waitingPasskey: async (named) => (await database.run(waiting, { key: null, hash: null, ...named }))[0],
})
