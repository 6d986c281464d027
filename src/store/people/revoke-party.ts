/**
 * Revoking an agent, an executor, a credential or a passkey, and ending all that rests on it. Each is one transaction:
 * the party first, so that nothing new begins, then its requests and tokens. A stop goes out for calls in flight, but
 * not for a credential, on which no call rests alone. SPEC 9.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Executor } from '../../domain/identity/parties.ts'
import type { ChangeStore, RevokedParty } from '../contract/change-store.ts'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { EndedRequest } from '../contract/request-store.ts'
import type { Database } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import {
  agents,
  approvers,
  consents,
  credentials,
  executors,
  passkeys,
  requests,
  sessions,
  tokens,
  webhooks,
} from '../schema/tables.ts'
import { inAdminTurn } from '../sql/admin-turn.ts'
import { announce, appendEntries, entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'
import { endedFields } from '../sql/request-fields.ts'
import { announceStop, stopRevoked } from '../stop/stop-verbs.ts'
import { inOrder, revokeHeld } from '../tokens/token-verbs.ts'

const given = sql.placeholder
const at = sql`${given('at')}::bigint`

const revokeAgent = statement(
  sql`UPDATE ${agents} SET revoked_at = ${at} WHERE id = ${given('subject')} AND revoked_at IS NULL RETURNING id`,
)
const revokeExecutor = statement(sql`UPDATE ${executors} SET revoked_at = ${at}
  WHERE audience = ${given('subject')} AND revoked_at IS NULL RETURNING audience`)
const revokeCredentials = statement(sql`UPDATE ${credentials} SET revoked_at = ${at}
  WHERE kind = ${given('kind')} AND subject = ${given('subject')} AND revoked_at IS NULL`)
const revokeCredential = statement(sql`
  WITH decided AS (
    UPDATE ${credentials} SET revoked_at = ${at} WHERE id = ${given('id')} AND revoked_at IS NULL RETURNING id
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT id, ${announceStop} FROM decided`)

/** The version grows, so that redemptions decided on the old catalogue are decided again. The rest keeps its order. */
const removeAction = statement<Executor>(sql`
  UPDATE ${executors} SET version = version + 1, catalogue = (
    SELECT coalesce(json_agg(offered ORDER BY place) FILTER (WHERE offered ->> 'name' <> ${given('name')}), '[]')
    FROM json_array_elements(catalogue) WITH ORDINALITY AS entry (offered, place))
  WHERE audience = ${given('audience')} AND revoked_at IS NULL AND EXISTS (
    SELECT FROM json_array_elements(catalogue) AS entry (offered)
    WHERE offered ->> 'name' = ${given('name')})
  RETURNING ${fields(executors)}`)

const removeWebhook = statement(sql`
  WITH decided AS (
    UPDATE ${webhooks} SET removed_at = ${at} WHERE id = ${given('id')} AND removed_at IS NULL RETURNING id
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT id FROM decided`)

const tokenless = sql`NOT EXISTS (SELECT FROM ${tokens} WHERE ${tokens.request} = ${requests.id})`

/** Pending, or approved and not collected: a party that is registered anew collects nothing of before. */
const openOf = (party: SQL) => sql`${party} = ${given('subject')}
  AND (state = 'pending' OR state = 'approved' AND ${requests.expiresAt} > ${at} AND ${tokenless})`
// Held first, so that the statement that ends them sees the tokens that were issued meanwhile.
const holdRequestsOf = (party: SQL) =>
  statement<{ waited: boolean }>(sql`SELECT state = 'pending' AS "waited" FROM ${requests} WHERE ${openOf(party)}
    ORDER BY ${requests.id} FOR NO KEY UPDATE`)
const endRequestsOf = (party: SQL) =>
  statement<EndedRequest>(sql`
    WITH decided AS (
      UPDATE ${requests} SET state = 'stopped', decided_at = ${at} WHERE ${openOf(party)} RETURNING ${endedFields}
    )
    SELECT decided.*, ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

/** Every live token, in order, for `revokeHeld`. */
const holdWhere = (party: SQL) =>
  statement<{ jti: string }>(sql`SELECT ${tokens.jti} AS "jti" FROM ${tokens}
    WHERE ${party} AND ${tokens.expiresAt} > ${at} AND ${tokens.revokedAt} IS NULL ${inOrder} FOR UPDATE`)

const ofAgent = sql`${tokens.agent} = ${given('subject')}`
const ofExecutor = sql`${tokens.audience} = ${given('subject')}`
const ofPasskey = sql`${tokens.request} IN (SELECT request FROM ${consents} WHERE credential_id = ${given('subject')})`

const PARTIES = {
  agent: {
    revoke: revokeAgent,
    holdRequests: holdRequestsOf(sql`${requests.agent}`),
    endRequests: endRequestsOf(sql`${requests.agent}`),
    hold: holdWhere(ofAgent),
  },
  executor: {
    revoke: revokeExecutor,
    holdRequests: holdRequestsOf(sql`${requests.audience}`),
    endRequests: endRequestsOf(sql`${requests.audience}`),
    hold: holdWhere(ofExecutor),
  },
} as const

/** A token that was issued within the second of its revocation is concerned too. */
const endOf = (second: number): number => second * 1000 + 999

function revokeParty(database: Database, kind: keyof typeof PARTIES, { id, at, entriesFor }: RevokedParty) {
  const { revoke, holdRequests, endRequests, hold } = PARTIES[kind]
  const values = { kind, subject: id, at }
  return database.transaction(async (transaction) => {
    if ((await transaction.run(revoke, values)).length === 0) return false
    await transaction.run(revokeCredentials, values)
    const waiting = (await transaction.run(holdRequests, values)).filter(({ waited }) => waited).length
    const requests = (await transaction.run(endRequests, values)).map(bare)
    const tokens = await revokeHeld(transaction, await transaction.run(hold, values), at)
    await appendEntries(transaction, await entriesFor({ requests, tokens, waiting }))
    await stopRevoked(transaction, { [kind]: id }, endOf(at))
    return true
  })
}

// Without the columns of the announcements.
const bare = ({ id, trace, agent, principal, audience, digest, name }: EndedRequest): EndedRequest => ({
  id,
  trace,
  agent,
  principal,
  audience,
  digest,
  name,
})

const holdPasskey = statement<{ lastOfLastAdmin: boolean; kid: string }>(sql`
  SELECT ${passkeys.key} ->> 'kid' AS "kid", ${approvers.roles} @> '["admin"]' AND NOT EXISTS (
    SELECT FROM ${passkeys} AS other JOIN ${approvers} AS admin ON admin.id = other.approver
    WHERE other.revoked_at IS NULL AND other.credential_id <> ${passkeys.credentialId}
      AND admin.removed_at IS NULL AND admin.roles @> '["admin"]') AS "lastOfLastAdmin"
  FROM ${passkeys} JOIN ${approvers} ON ${approvers.id} = ${passkeys.approver}
  WHERE ${passkeys.credentialId} = ${given('subject')} AND ${passkeys.approver} = ${given('approver')}
    AND ${passkeys.revokedAt} IS NULL
  FOR UPDATE OF ${sql.identifier('passkeys')}`)
const endPasskey = statement(sql`UPDATE ${passkeys} SET revoked_at = ${at} WHERE credential_id = ${given('subject')}`)

/** Starting a session locks its passkey, so none begins beside this. */
const endSessions = statement(sql`DELETE FROM ${sessions} WHERE credential_id = ${given('subject')}`)

const restingRequests = sql`${requests.id} IN (SELECT request FROM ${consents}
  WHERE credential_id = ${given('subject')} AND voided_at IS NULL) AND ${requests.state} IN ('pending', 'approved')`
const holdRequests = statement(
  sql`SELECT FROM ${requests} WHERE ${restingRequests} ORDER BY ${requests.id} FOR NO KEY UPDATE`,
)
// Separation was set by the first consent; it is open again when that was the only one.
const voidConsents = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET consents = consents - 1, state = 'pending', decided_at = NULL,
      separation = CASE WHEN consents > 1 THEN separation END
    WHERE ${restingRequests} AND ${tokenless} RETURNING id
  ),
  voided AS (
    UPDATE ${consents} SET voided_at = ${at} FROM decided
    WHERE request = decided.id AND credential_id = ${given('subject')} AND voided_at IS NULL
  )
  SELECT ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)
const holdTokens = holdWhere(ofPasskey)

function revokePasskey(
  database: Database,
  { credentialId, approver, at, entriesFor }: Parameters<PeopleStore['revokePasskey']>[0],
): ReturnType<PeopleStore['revokePasskey']> {
  const values = { subject: credentialId, approver, at }
  return inAdminTurn(database, async (transaction) => {
    const [held] = await transaction.run(holdPasskey, values)
    if (!held) return { verdict: 'unknown' }
    if (held.lastOfLastAdmin) return { verdict: 'last_admin_key' }
    for (const step of [endPasskey, endSessions, holdRequests, voidConsents]) await transaction.run(step, values)
    const tokens = await revokeHeld(transaction, await transaction.run(holdTokens, values), at)
    await appendEntries(transaction, await entriesFor({ requests: [], tokens }))
    await stopRevoked(transaction, { key: held.kid }, endOf(at))
    return { verdict: 'revoked' }
  })
}

export const revocationVerbs = (database: Database) =>
  ({
    revokeAgent: (agent) => revokeParty(database, 'agent', agent),
    revokeExecutor: (executor) => revokeParty(database, 'executor', executor),
    revokeCredential: async ({ id, at, entries }) =>
      (await database.run(revokeCredential, { id, at, entries: entryRows(entries) })).length > 0,
    removeWebhook: async ({ id, at, entries }) =>
      (await database.run(removeWebhook, { id, at, entries: entryRows(entries) })).length > 0,
    removeAction: ({ audience, name, entriesFor }) =>
      database.transaction(async (transaction) => {
        const [narrowed] = await transaction.run(removeAction, { audience, name })
        if (narrowed) await appendEntries(transaction, await entriesFor(narrowed))
        return narrowed !== undefined
      }),
    revokePasskey: (revoked) => revokePasskey(database, revoked),
  }) satisfies Partial<PeopleStore & ChangeStore>
