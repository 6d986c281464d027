/**
 * Removes a person, with everything that depends on them, in the transaction of the token that allowed it. SPEC 10.2.
 */
import { sql } from 'drizzle-orm'
import type { Agent } from '../../domain/identity/parties.ts'
import type { AdministrativeChange } from '../contract/change-store.ts'
import type { Endings } from '../contract/request-store.ts'
import type { Runner } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import { endOf, endRequests } from '../requests/end-requests.ts'
import {
  agents,
  approvers,
  invitations,
  notificationSettings,
  offers,
  passkeys,
  pushDevices,
  revisions,
  sessions,
} from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { isPresent } from '../sql/present-people.ts'
import { stopRevoked } from '../stop/stop-verbs.ts'
import { endAbsencesOf } from './absence-verbs.ts'
import { holdPerson } from './end-person.ts'
import { disarm, endParty } from './revoke-party.ts'
import { voidConsents } from './void-consents.ts'

const given = sql.placeholder
const at = sql`${given('at')}::bigint`
const isPerson = sql`approver = ${given('approver')}`

const agentsOf = statement<{ id: string }>(sql`SELECT ${agents.id} AS "id" FROM ${agents}
  WHERE ${agents.runBy} = ${given('approver')} AND ${agents.revokedAt} IS NULL ORDER BY ${agents.id} FOR UPDATE`)
const present = statement<{ id: string }>(sql`SELECT ${approvers.id} AS "id" FROM ${approvers}
  WHERE ${among(approvers.id, 'ids')} AND ${isPresent} FOR SHARE`)

const remove = statement(sql`UPDATE ${approvers} SET removed_at = ${at} WHERE id = ${given('approver')}`)
const endPasskeys = statement<{ credentialId: string; kid: string }>(sql`
  UPDATE ${passkeys} SET revoked_at = ${at} WHERE ${isPerson} AND revoked_at IS NULL
  RETURNING credential_id AS "credentialId", key ->> 'kid' AS "kid"`)
const endInvitations = statement<{ hash: string }>(sql`DELETE FROM ${invitations}
  WHERE invited_by = ${given('approver')} AND taken_at IS NULL RETURNING hash`)
const FORGET = [sessions, offers, revisions, pushDevices, notificationSettings].map((table) =>
  statement(sql`DELETE FROM ${table} WHERE ${isPerson}`),
)
const handOver = statement<Agent>(sql`UPDATE ${agents} SET run_by = ${given('to')}, version = version + 1
  WHERE id = ${given('agent')} RETURNING ${fields(agents)}`)

const NOTHING: Endings = { requests: [], tokens: [] }

type Removal = Extract<AdministrativeChange, { kind: 'approver.remove' }>

/** What was ended; false for the last admin, where the agents named are not those they run, or an heir is not there. */
export async function removePerson(transaction: Runner, removal: Removal): Promise<Endings | false> {
  const { approver, at, revoke, heirs } = removal
  const person = await holdPerson(transaction, approver, [approver])
  if (!person || person.isLastAdmin || !(await namesAllAgents(transaction, removal))) return false
  return endPerson(transaction, { approver, at, revoke, heirs })
}

/** The person is held. Agents of theirs that are not named stay, and may ask for nothing more. */
export async function endPerson(
  transaction: Runner,
  { approver, at, revoke, heirs }: Omit<Removal, 'kind'>,
): Promise<Endings> {
  const values = { approver, at }
  await transaction.run(remove, values)
  const keys = await transaction.run(endPasskeys, values)
  const invited = await transaction.run(endInvitations, values)
  const absences = await endAbsencesOf(transaction, approver, at)
  for (const step of FORGET) await transaction.run(step, values)
  const { tokens, voided = [] } = await voidConsents(transaction, 'person', approver, at)
  const endings = [await endRequests(transaction, 'principal', approver, at)]
  const changed: Agent[] = []
  for (const id of revoke) endings.push((await endParty(transaction, 'agent', { id, at })) ?? NOTHING)
  for (const heir of heirs) {
    endings.push(await disarm(transaction, 'agent', { id: heir.agent, at }))
    changed.push(...(await transaction.run(handOver, { ...heir })))
  }
  for (const { id } of (await transaction.run(agentsOf, { approver })).filter(({ id }) => !revoke.includes(id))) {
    endings.push(await endRequests(transaction, 'agent', id, at))
    await stopRevoked(transaction, { agent: id }, endOf(at))
  }
  for (const { kid } of keys) await stopRevoked(transaction, { key: kid }, endOf(at))
  await stopRevoked(transaction, { principal: approver }, endOf(at))
  return {
    requests: endings.flatMap(({ requests }) => requests),
    tokens: [...tokens, ...endings.flatMap((ended) => ended.tokens)],
    voided,
    absences,
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
