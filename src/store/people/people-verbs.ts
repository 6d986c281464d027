/**
 * Approvers: invitations, enrolment, passkeys, sessions, and the offers of one passkey gesture each. Everything that
 * depends on whether there is an admin takes its turn at one lock, so that there is one first admin. An ended session
 * or offer keeps its row until the sweep, and counts for nothing meanwhile. Passkeys are revoked in revoke-party.ts.
 * SPEC 5, 10.
 */
import { sql } from 'drizzle-orm'
import type { Approver, Passkey } from '../../domain/identity/parties.ts'
import type {
  Invitation,
  Offer,
  OfferStore,
  PeopleStore,
  RegisteredParties,
  Session,
} from '../contract/identity-store.ts'
import { type Database, isDuplicate } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { agents, approvers, invitations, offers, passkeys, payloads, sessions } from '../schema/tables.ts'
import { absenceFields } from '../sql/absence-fields.ts'
import { adminExists, hasAdmin, inAdminTurn } from '../sql/admin-turn.ts'
import { entryRows, ifDecided, insertEntries, insertPayloads, payloadRows } from '../sql/entry-rows.ts'
import { namedGroups } from '../sql/membership.ts'
import { isPresent } from '../sql/present-people.ts'
import { recordedContent } from '../sql/recorded-content.ts'
import { holdRegistered, readRegistered, registeredPrint } from '../sql/registered-parties.ts'
import { ALTERED, contentOf } from '../sql/request-fields.ts'

const given = sql.placeholder

// The invitation before it ends in the same statement.
const offerBootstrap = statement(sql`
  WITH dead AS (DELETE FROM ${invitations} WHERE bootstrap AND taken_at IS NULL AND NOT ${adminExists})
  ${insert(invitations, placeholders(invitations, '', ['takenAt']), sql`WHERE NOT ${adminExists}`)}
  ON CONFLICT (hash) DO NOTHING RETURNING hash`)

const openInvitation = statement<Invitation>(sql`SELECT ${fields(invitations, ['takenAt'])} FROM ${invitations}
  WHERE ${invitations.hash} = ${given('hash')} AND ${invitations.takenAt} IS NULL
    AND ${invitations.expiresAt} > ${given('now')}::bigint
    AND NOT (${invitations.bootstrap} AND ${adminExists})`)

const openInvitations = statement<Invitation>(sql`SELECT ${fields(invitations, ['takenAt'])} FROM ${invitations}
  WHERE ${invitations.takenAt} IS NULL AND ${invitations.expiresAt} > ${given('now')}::bigint
    AND NOT ${invitations.bootstrap} ORDER BY ${invitations.createdAt} DESC, ${invitations.hash}`)

const withdraw = statement(sql`
  WITH decided AS (
    DELETE FROM ${invitations} WHERE hash = ${given('hash')} AND taken_at IS NULL AND NOT bootstrap RETURNING hash
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT hash FROM decided`)

const isOpen = sql`hash = ${given('invitation')} AND taken_at IS NULL AND expires_at > ${given('now')}::bigint
  AND bootstrap AND NOT ${adminExists}`

// An open invitation that was not taken is one whose print did not match.
const enrol = statement<{ verdict: 'enrolled' | 'registered_changed' }>(sql`
  WITH decided AS (
    UPDATE ${invitations} SET taken_at = ${given('now')}::bigint, name = NULL
    WHERE ${isOpen} AND ${registeredPrint} = ${given('print')}::text
    RETURNING hash
  ),
  person AS (${insert(approvers, placeholders(approvers, 'approver'), sql`FROM decided`)}),
  named AS (${insertPayloads(ifDecided)}),
  keyed AS (${insert(passkeys, placeholders(passkeys, 'passkey'), sql`FROM decided`)}),
  written AS (${insertEntries(ifDecided)})
  SELECT 'enrolled' AS "verdict" FROM decided
  UNION ALL SELECT 'registered_changed' FROM ${invitations} WHERE ${isOpen} AND NOT ${ifDecided}`)

const add = statement(sql`
  WITH signed AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('by.counter')}::bigint),
      last_used_at = ${given('passkey.createdAt')}::bigint
    WHERE credential_id = ${given('by.credentialId')} AND approver = ${given('passkey.approver')}::text
      AND revoked_at IS NULL
      AND EXISTS (SELECT FROM ${approvers} WHERE id = ${given('passkey.approver')}::text AND ${isPresent} FOR SHARE)
    RETURNING 1
  ),
  decided AS (${insert(passkeys, placeholders(passkeys, 'passkey'), sql`FROM signed`)} RETURNING credential_id),
  written AS (${insertEntries(ifDecided)})
  SELECT credential_id FROM decided`)

export interface ApproverRow extends Omit<Approver, 'name'> {
  readonly person: string | null
}

export const approverFields = sql`${fields(approvers)}, ${namedGroups} AS "groups", ${absenceFields}, (SELECT ${recordedContent} FROM ${payloads}
  WHERE ${payloads.subject} = ${approvers.id} AND ${payloads.kind} = 'person' LIMIT 1) AS "person"`

export const approverOf = ({ person, ...rest }: ApproverRow): Approver => ({
  ...rest,
  name: contentOf<'person'>(person)?.name ?? null,
  ...(person === ALTERED ? { altered: true } : {}),
})

const approverById = statement<ApproverRow>(
  sql`SELECT ${approverFields} FROM ${approvers} WHERE ${approvers.id} = ${given('id')}`,
)
const allApprovers = statement<ApproverRow>(
  sql`SELECT ${approverFields} FROM ${approvers} ORDER BY ${approvers.createdAt}, ${approvers.id}`,
)
const passkeyById = statement<Passkey>(
  sql`SELECT ${fields(passkeys)} FROM ${passkeys} WHERE ${passkeys.credentialId} = ${given('credentialId')}`,
)
const byAge = sql`ORDER BY ${passkeys.createdAt}, ${passkeys.credentialId}`
const passkeysOf = statement<Passkey>(
  sql`SELECT ${fields(passkeys)} FROM ${passkeys} WHERE ${passkeys.approver} = ${given('approver')} ${byAge}`,
)
const allPasskeys = statement<Passkey>(sql`SELECT ${fields(passkeys)} FROM ${passkeys} ${byAge}`)
const allRuns = statement<{ id: string; runBy: string }>(sql`SELECT ${agents.id} AS "id", ${agents.runBy} AS "runBy"
  FROM ${agents} WHERE ${agents.runBy} IS NOT NULL AND ${agents.revokedAt} IS NULL ORDER BY ${agents.id}`)

const runBy = statement<{ id: string }>(sql`SELECT ${agents.id} AS "id" FROM ${agents}
  WHERE ${agents.runBy} = ${given('approver')} AND ${agents.revokedAt} IS NULL ORDER BY ${agents.id}`)

async function registeredParties(database: Database, issuer: string): Promise<RegisteredParties> {
  const [found] = await database.run(readRegistered, { issuer })
  if (!found) throw new Error('The registered parties were not read')
  return { document: JSON.parse(found.document), print: found.print }
}

type Enrolment = Parameters<PeopleStore['enrolFirstAdmin']>[0]

async function enrolFirstAdmin(database: Database, input: Enrolment): ReturnType<PeopleStore['enrolFirstAdmin']> {
  const values = {
    invitation: input.invitation,
    ...input.registered,
    now: input.now,
    approver: input.approver,
    passkey: input.passkey,
    payloads: payloadRows(input.payloads),
    entries: entryRows(input.entries),
  }
  try {
    const [decided] = await inAdminTurn(database, async (transaction) => {
      await transaction.run(holdRegistered)
      return transaction.run(enrol, values)
    })
    return decided ?? { verdict: 'invitation_gone' }
  } catch (error) {
    if (isDuplicate(error, 'passkeys_pkey')) return { verdict: 'credential_exists' }
    throw error
  }
}

async function addPasskey(
  database: Database,
  { entries, ...added }: Parameters<PeopleStore['addPasskey']>[0],
): ReturnType<PeopleStore['addPasskey']> {
  try {
    const rows = await database.run(add, { ...added, entries: entryRows(entries) })
    return { verdict: rows.length > 0 ? 'added' : 'gone' }
  } catch (error) {
    if (isDuplicate(error, 'passkeys_pkey')) return { verdict: 'credential_exists' }
    throw error
  }
}

const start = statement(sql`
  WITH decided AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('counter')}::bigint),
      backed_up = ${given('backedUp')}::boolean, last_used_at = ${given('at')}::bigint
    WHERE credential_id = ${given('credentialId')} AND approver = ${given('approver')} AND revoked_at IS NULL
      AND EXISTS (SELECT FROM ${approvers} WHERE id = ${given('approver')} AND ${isPresent} FOR SHARE)
    RETURNING credential_id
  )
  ${insert(sessions, placeholders(sessions), sql`FROM decided`)} RETURNING hash`)

const approverOfSession = statement<ApproverRow & { session: string }>(sql`
  SELECT ${approverFields}, ${sessions.id} AS "session" FROM ${sessions} JOIN ${approvers} ON ${approvers.id} = ${sessions.approver}
  WHERE ${sessions.hash} = ${given('hash')} AND ${sessions.expiresAt} > ${given('now')}::bigint
    AND ${isPresent}`)

const sessionsOf = statement<Omit<Session, 'hash'>>(sql`SELECT ${fields(sessions, ['hash'])} FROM ${sessions}
  WHERE ${sessions.approver} = ${given('approver')} AND ${sessions.expiresAt} > ${given('now')}::bigint
  ORDER BY ${sessions.createdAt} DESC, ${sessions.id}`)
const endSessionsOf = statement(sql`DELETE FROM ${sessions} WHERE approver = ${given('approver')}
  AND (${given('id')}::text IS NULL OR id = ${given('id')}) RETURNING id`)

const end = statement(sql`DELETE FROM ${sessions} WHERE hash = ${given('hash')}`)

const offer = statement(insert(offers, placeholders(offers), sql`ON CONFLICT DO NOTHING RETURNING challenge`))

const take = statement<Offer>(sql`DELETE FROM ${offers}
  WHERE ${offers.challenge} = ${given('challenge')} AND ${offers.purpose} = ${given('purpose')}
    AND ${offers.expiresAt} > ${given('now')}::bigint
  RETURNING ${fields(offers)}`)

export const peopleVerbs = (database: Database) =>
  ({
    hasAdmin: () => hasAdmin(database),
    async offerBootstrap(invitation) {
      const offered = await inAdminTurn(database, (transaction) => transaction.run(offerBootstrap, { ...invitation }))
      return { verdict: offered.length > 0 ? 'offered' : 'admin_exists' }
    },
    invitation: async (link) => (await database.run(openInvitation, { ...link }))[0],
    openInvitations: (now) => database.run(openInvitations, { now }),
    withdrawInvitation: async ({ hash, entry }) =>
      (await database.run(withdraw, { hash, entries: entryRows([entry]) })).length > 0,
    registeredParties: (issuer) => registeredParties(database, issuer),
    enrolFirstAdmin: (input) => enrolFirstAdmin(database, input),
    addPasskey: (added) => addPasskey(database, added),
    passkey: async (credentialId) => (await database.run(passkeyById, { credentialId }))[0],
    passkeysOf: (approver) => database.run(passkeysOf, { approver }),
    async approver(id) {
      const [row] = await database.run(approverById, { id })
      return row && approverOf(row)
    },
    agentsRunBy: async (approver) => (await database.run(runBy, { approver })).map(({ id }) => id),
    async listApprovers() {
      const [people, keys, runs] = await Promise.all([
        database.run(allApprovers),
        database.run(allPasskeys),
        database.run(allRuns),
      ])
      return people.map((row) => ({
        ...approverOf(row),
        passkeys: keys.filter(({ approver }) => approver === row.id),
        runs: runs.filter(({ runBy }) => runBy === row.id).map(({ id }) => id),
      }))
    },
    startSession: async ({ session, passkey }) => (await database.run(start, { ...session, ...passkey })).length > 0,
    async session(cookie) {
      const [row] = await database.run(approverOfSession, { ...cookie })
      return row && { ...approverOf(row), session: row.session }
    },
    sessionsOf: (owner) => database.run(sessionsOf, owner),
    endSessionsOf: async (owner) => (await database.run(endSessionsOf, owner)).length,
    async endSession(hash) {
      await database.run(end, { hash })
    },
    offer: async (one) => (await database.run(offer, { ...one })).length > 0,
    takeOffer: async (taken) => (await database.run(take, { ...taken }))[0],
  }) satisfies Partial<PeopleStore & OfferStore>
