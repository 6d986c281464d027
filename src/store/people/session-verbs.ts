/**
 * Sessions, and the offers of one passkey gesture each.
 *
 * In: hashes, challenges, instants. Out: the person behind a cookie; an offer, to exactly one taker.
 * An ended session or offer keeps its row until the sweep, and counts for nothing meanwhile. SPEC 5.
 */
import { sql } from 'drizzle-orm'
import type { Offer, OfferStore, PeopleStore } from '../contract/identity-store.ts'
import type { Database } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { approvers, offers, passkeys, sessions } from '../schema/tables.ts'
import { approverFields, approverOf } from './people-verbs.ts'

const given = sql.placeholder

const start = statement(sql`
  WITH decided AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('counter')}::bigint),
      backed_up = ${given('backedUp')}::boolean, last_used_at = ${given('at')}::bigint
    WHERE credential_id = ${given('credentialId')} AND approver = ${given('approver')} AND revoked_at IS NULL
      AND EXISTS (SELECT FROM ${approvers} WHERE id = ${given('approver')} AND removed_at IS NULL)
    RETURNING credential_id
  )
  ${insert(sessions, placeholders(sessions), sql`FROM decided`)} RETURNING hash`)

const approverOfSession = statement<Parameters<typeof approverOf>[0]>(sql`
  SELECT ${approverFields} FROM ${sessions} JOIN ${approvers} ON ${approvers.id} = ${sessions.approver}
  WHERE ${sessions.hash} = ${given('hash')} AND ${sessions.expiresAt} > ${given('now')}::bigint
    AND ${approvers.removedAt} IS NULL`)

const end = statement(sql`DELETE FROM ${sessions} WHERE hash = ${given('hash')}`)

const offer = statement(insert(offers, placeholders(offers)))

const take = statement<Offer>(sql`DELETE FROM ${offers}
  WHERE ${offers.challenge} = ${given('challenge')} AND ${offers.purpose} = ${given('purpose')}
    AND ${offers.expiresAt} > ${given('now')}::bigint
  RETURNING ${fields(offers)}`)

export const sessionVerbs = (database: Database) =>
  ({
    startSession: async ({ session, passkey }) => (await database.run(start, { ...session, ...passkey })).length > 0,
    async session(cookie) {
      const [row] = await database.run(approverOfSession, { ...cookie })
      return row && approverOf(row)
    },
    async endSession(hash) {
      await database.run(end, { hash })
    },
    async offer(one) {
      await database.run(offer, { ...one })
    },
    takeOffer: async (taken) => (await database.run(take, { ...taken }))[0],
  }) satisfies Partial<OfferStore & PeopleStore>
