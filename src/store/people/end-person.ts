/**
 * Removes rights of a person: a passkey, a role, or for a while everything. Each removal takes the admins' lock, so
 * that two concurrent changes leave an admin who can sign, and locks the person and their passkeys, so that no consent
 * and no session begins concurrently. SPEC 9, 10.2.
 */
import { sql } from 'drizzle-orm'
import type { AdministrativeChange } from '../contract/change-store.ts'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { Endings } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { insert, placeholders, statement } from '../driver/sql-statement.ts'
import { endOf } from '../requests/end-requests.ts'
import { approvers, offers, passkeys, sessions } from '../schema/tables.ts'
import { anotherAdminCanSign } from '../sql/able-admins.ts'
import { inAdminTurn } from '../sql/admin-turn.ts'
import { appendEntries } from '../sql/entry-rows.ts'
import { stopRevoked } from '../stop/stop-verbs.ts'
import { endAbsencesOf } from './absence-verbs.ts'
import { voidConsents } from './void-consents.ts'

const given = sql.placeholder
const at = sql`${given('at')}::bigint`
const isPerson = sql`approver = ${given('approver')}`
const isAdmin = sql`${approvers.roles} @> '["admin"]'`

interface HeldPerson {
  /** An admin, and none but `except` could sign without them. */
  readonly isLastAdmin: boolean
  readonly suspendedAt: number | null
}

const hold = statement<HeldPerson>(sql`
  SELECT ${isAdmin} AND NOT ${anotherAdminCanSign(sql`${given('except')}`)} AS "isLastAdmin",
    ${approvers.suspendedAt} AS "suspendedAt"
  FROM ${approvers} WHERE ${approvers.id} = ${given('approver')} AND ${approvers.removedAt} IS NULL FOR UPDATE`)

/** Undefined for somebody who was removed, or never was. */
export const holdPerson = async (transaction: Runner, approver: string, except: readonly string[]) =>
  (await transaction.run(hold, { approver, except }))[0]

/** Nobody may leave themself as the only admin who can sign, by what needs no consent. */
const withInitiator = (approver: string, by: string | null) => [approver, ...(by === null ? [] : [by])]

const holdPasskey = statement<{ kid: string; isLast: boolean }>(sql`
  SELECT ${passkeys.key} ->> 'kid' AS "kid", NOT EXISTS (SELECT FROM ${passkeys} AS other WHERE other.${isPerson}
    AND other.revoked_at IS NULL AND other.credential_id <> ${passkeys.credentialId}) AS "isLast"
  FROM ${passkeys} WHERE ${passkeys.credentialId} = ${given('credentialId')} AND ${isPerson}
    AND ${passkeys.revokedAt} IS NULL FOR UPDATE`)
const endPasskey = statement(
  sql`UPDATE ${passkeys} SET revoked_at = ${at} WHERE credential_id = ${given('credentialId')}`,
)

/** Starting a session locks its passkey, so none begins beside this. */
const endSessions = statement(sql`DELETE FROM ${sessions} WHERE credential_id = ${given('credentialId')}`)

function revokePasskey(
  database: Database,
  { credentialId, approver, by, at, entriesFor }: Parameters<PeopleStore['revokePasskey']>[0],
): ReturnType<PeopleStore['revokePasskey']> {
  const values = { credentialId, approver, at }
  return inAdminTurn(database, async (transaction) => {
    const person = await holdPerson(transaction, approver, withInitiator(approver, by))
    const [held] = await transaction.run(holdPasskey, values)
    if (!held) return { verdict: 'unknown' }
    if (held.isLast && person?.isLastAdmin) return { verdict: 'last_admin_key' }
    for (const step of [endPasskey, endSessions]) await transaction.run(step, values)
    await appendEntries(transaction, await entriesFor(await voidConsents(transaction, 'passkey', credentialId, at)))
    await stopRevoked(transaction, { key: held.kid }, endOf(at))
    return { verdict: 'revoked' }
  })
}

const suspend = statement(sql`UPDATE ${approvers} SET suspended_at = ${at} WHERE id = ${given('approver')}`)
const endGestures = [sessions, offers].map((table) => statement(sql`DELETE FROM ${table} WHERE ${isPerson}`))
const liveKeys = statement<{ kid: string }>(sql`SELECT ${passkeys.key} ->> 'kid' AS "kid" FROM ${passkeys}
  WHERE ${isPerson} AND revoked_at IS NULL ORDER BY credential_id FOR UPDATE`)

/** Ends what their passkeys do now: sessions, gestures, consents, calls in flight. */
async function disarmPerson(transaction: Runner, approver: string, at: number): Promise<Endings> {
  for (const { kid } of await transaction.run(liveKeys, { approver })) {
    await stopRevoked(transaction, { key: kid }, endOf(at))
  }
  for (const step of endGestures) await transaction.run(step, { approver })
  return voidConsents(transaction, 'person', approver, at)
}

/** The person is held. Their absence ends, too, and those in which they are the deputy. */
export async function suspendHeld(transaction: Runner, approver: string, at: number): Promise<Endings> {
  await transaction.run(suspend, { approver, at })
  const absences = await endAbsencesOf(transaction, approver, at)
  return { ...(await disarmPerson(transaction, approver, at)), absences }
}

function suspendPerson(
  database: Database,
  { approver, by, at, entriesFor }: Parameters<PeopleStore['suspendPerson']>[0],
): ReturnType<PeopleStore['suspendPerson']> {
  return inAdminTurn(database, async (transaction) => {
    const person = await holdPerson(transaction, approver, withInitiator(approver, by))
    if (!person || person.suspendedAt !== null) return { verdict: 'unknown' }
    if (person.isLastAdmin) return { verdict: 'last_admin' }
    await appendEntries(transaction, await entriesFor(await suspendHeld(transaction, approver, at)))
    return { verdict: 'suspended' }
  })
}

// ── by an approved change ──────────────────────────────────────────────────

const restore = statement(sql`UPDATE ${approvers} SET suspended_at = NULL
  WHERE id = ${given('approver')} AND removed_at IS NULL AND suspended_at IS NOT NULL RETURNING id`)

export const restorePerson = async (transaction: Runner, approver: string): Promise<boolean> =>
  (await transaction.run(restore, { approver })).length > 0

const renew = statement<{ credentialId: string; kid: string }>(sql`WITH ended AS (
    UPDATE ${passkeys} SET revoked_at = ${at} WHERE ${isPerson} AND revoked_at IS NULL
    RETURNING credential_id AS "credentialId", key ->> 'kid' AS "kid"
  ),
  added AS (${insert(passkeys, placeholders(passkeys, 'passkey'))})
  SELECT * FROM ended`)

type Recovery = Extract<AdministrativeChange, { kind: 'approver.recover' }>

/** What ended: all passkeys that the person had, and what rests on them. False for somebody who is not here. */
export async function recoverPerson(transaction: Runner, change: Recovery): Promise<Endings | false> {
  const { approver, passkey, at } = change
  const person = await holdPerson(transaction, approver, [])
  if (!person || person.suspendedAt !== null) return false
  const ended = await disarmPerson(transaction, approver, at)
  const keys = await transaction.run(renew, { approver, passkey, at })
  return { ...ended, passkeys: keys.map((key) => ({ approver, ...key })) }
}

// Roles are kept in the order in which they were given, and compared in any.
const isAs = (roles: string) => sql`${approvers.roles} <@ ${given(roles)}::text::jsonb
  AND ${approvers.roles} @> ${given(roles)}::text::jsonb`
const update = statement(sql`UPDATE ${approvers} SET roles = ${given('roles')}::text::jsonb
  WHERE id = ${given('approver')} AND removed_at IS NULL AND ${isAs('replaces')} RETURNING id`)

type RoleChange = Extract<AdministrativeChange, { kind: 'approver.update' }>

/**
 * What ended with the roles that are lost: the consents that wait, and unspent tokens. False where the roles are others
 * than those that were replaced, and for the last admin.
 */
export async function changeRoles(transaction: Runner, change: RoleChange): Promise<Endings | false> {
  const { approver, replaces, roles, at } = change
  const person = await holdPerson(transaction, approver, [approver])
  if (!person || (person.isLastAdmin && !roles.includes('admin'))) return false
  if ((await transaction.run(update, { approver, replaces, roles })).length === 0) return false
  const hasLost = replaces.some((role) => role !== 'auditor' && !roles.includes(role))
  if (!hasLost) return { requests: [], tokens: [] }
  await transaction.run(liveKeys, { approver })
  const absences = await endAbsencesOf(transaction, approver, at)
  return { ...(await voidConsents(transaction, 'person', approver, at)), absences }
}

export const endPersonVerbs = (database: Database) =>
  ({
    revokePasskey: (revoked) => revokePasskey(database, revoked),
    suspendPerson: (suspended) => suspendPerson(database, suspended),
  }) satisfies Partial<PeopleStore>
