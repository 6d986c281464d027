/**
 * Taking rights from a person: a passkey, or all that they have. Each takes the admins' turn, so that two changes at
 * once cannot leave the authority without an admin who can sign, and holds the passkeys, so that no consent and no
 * session begins beside it. SPEC 9, 10.2.
 */
import { sql } from 'drizzle-orm'
import type { Agent } from '../../domain/identity/parties.ts'
import type { AdministrativeChange } from '../contract/change-store.ts'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { Endings } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import {
  agents,
  approvers,
  invitations,
  notificationSettings,
  offers,
  passkeys,
  pushDevices,
  sessions,
} from '../schema/tables.ts'
import { anotherAdminCanSign } from '../sql/able-admins.ts'
import { inAdminTurn } from '../sql/admin-turn.ts'
import { appendEntries } from '../sql/entry-rows.ts'
import { stopRevoked } from '../stop/stop-verbs.ts'
import { endOf, endRequests } from './end-requests.ts'
import { disarm, endParty } from './revoke-party.ts'
import { voidConsents } from './void-consents.ts'

const given = sql.placeholder
const at = sql`${given('at')}::bigint`
const isPerson = sql`approver = ${given('approver')}`
const isAdmin = sql`${approvers.roles} @> '["admin"]'`
const texts = (parameter: string) => sql`(SELECT json_array_elements_text(${given(parameter)}::text::json))`

const hold = statement<{ isLastAdmin: boolean }>(sql`
  SELECT ${isAdmin} AND NOT ${anotherAdminCanSign(sql`${given('except')}`)} AS "isLastAdmin" FROM ${approvers}
  WHERE ${approvers.id} = ${given('approver')} AND ${approvers.removedAt} IS NULL FOR UPDATE`)

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
    const [held] = await transaction.run(holdPasskey, values)
    if (!held) return { verdict: 'unknown' }
    const [person] = await transaction.run(hold, { approver, except: [approver, ...(by === null ? [] : [by])] })
    if (held.isLast && person?.isLastAdmin) return { verdict: 'last_admin_key' }
    for (const step of [endPasskey, endSessions]) await transaction.run(step, values)
    await appendEntries(transaction, await entriesFor(await voidConsents(transaction, 'passkey', credentialId, at)))
    await stopRevoked(transaction, { key: held.kid }, endOf(at))
    return { verdict: 'revoked' }
  })
}

// ── removal ────────────────────────────────────────────────────────────────

const agentsOf = statement<{ id: string }>(sql`SELECT ${agents.id} AS "id" FROM ${agents}
  WHERE ${agents.runBy} = ${given('approver')} AND ${agents.revokedAt} IS NULL ORDER BY ${agents.id} FOR UPDATE`)
const present = statement<{ id: string }>(sql`SELECT ${approvers.id} AS "id" FROM ${approvers}
  WHERE ${approvers.id} IN ${texts('ids')} AND ${approvers.removedAt} IS NULL FOR SHARE`)

const remove = statement(sql`UPDATE ${approvers} SET removed_at = ${at} WHERE id = ${given('approver')}`)
const endPasskeys = statement<{ credentialId: string; kid: string }>(sql`
  UPDATE ${passkeys} SET revoked_at = ${at} WHERE ${isPerson} AND revoked_at IS NULL
  RETURNING credential_id AS "credentialId", key ->> 'kid' AS "kid"`)
const endInvitations = statement<{ hash: string }>(sql`DELETE FROM ${invitations}
  WHERE invited_by = ${given('approver')} AND taken_at IS NULL RETURNING hash`)
const FORGET = [sessions, offers, pushDevices, notificationSettings].map((table) =>
  statement(sql`DELETE FROM ${table} WHERE ${isPerson}`),
)
const handOver = statement<Agent>(sql`UPDATE ${agents} SET run_by = ${given('to')}, version = version + 1
  WHERE id = ${given('agent')} RETURNING ${fields(agents)}`)

const NOTHING: Endings = { requests: [], tokens: [] }

type Removal = Extract<AdministrativeChange, { kind: 'approver.remove' }>

/** What was ended; false for the last admin, where the agents named are not those they run, or an heir is not there. */
export async function removePerson(transaction: Runner, removal: Removal): Promise<Endings | false> {
  const { approver, at, revoke, heirs } = removal
  const values = { approver, at }
  const [person] = await transaction.run(hold, { approver, except: [approver] })
  if (!person || person.isLastAdmin || !(await namesAllAgents(transaction, removal))) return false
  await transaction.run(remove, values)
  const keys = await transaction.run(endPasskeys, values)
  const invited = await transaction.run(endInvitations, values)
  for (const step of FORGET) await transaction.run(step, values)
  const { tokens, voided = [] } = await voidConsents(transaction, 'person', approver, at)
  const endings = [await endRequests(transaction, 'principal', approver, at)]
  const changed: Agent[] = []
  for (const id of revoke) endings.push((await endParty(transaction, 'agent', { id, at })) ?? NOTHING)
  for (const heir of heirs) {
    endings.push(await disarm(transaction, 'agent', { id: heir.agent, at }))
    changed.push(...(await transaction.run(handOver, { ...heir })))
  }
  for (const { kid } of keys) await stopRevoked(transaction, { key: kid }, endOf(at))
  await stopRevoked(transaction, { principal: approver }, endOf(at))
  return {
    requests: endings.flatMap(({ requests }) => requests),
    tokens: [...tokens, ...endings.flatMap((ended) => ended.tokens)],
    voided,
    passkeys: keys.map((key) => ({ approver, ...key })),
    invitations: invited.map(({ hash }) => hash),
    agents: { removed: revoke, changed },
  }
}

async function namesAllAgents(transaction: Runner, { approver, revoke, heirs }: Removal): Promise<boolean> {
  const run = (await transaction.run(agentsOf, { approver })).map(({ id }) => id)
  const named = new Set([...revoke, ...heirs.map(({ agent }) => agent)])
  const ids = new Set(heirs.map(({ to }) => to))
  const found = ids.size === 0 ? [] : await transaction.run(present, { ids: [...ids] })
  return run.length === named.size && run.every((id) => named.has(id)) && found.length === ids.size
}

export const endPersonVerbs = (database: Database) =>
  ({ revokePasskey: (revoked) => revokePasskey(database, revoked) }) satisfies Partial<PeopleStore>
