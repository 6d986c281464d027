/**
 * Revoking an agent, an executor or a credential, and ending all that rests on it. Each is one transaction: the party
 * first, so that nothing new begins, then its requests and tokens. A stop goes out for calls in flight, but not for a
 * credential, on which no call rests alone. SPEC 9.
 */
import { sql } from 'drizzle-orm'
import type { Executor } from '../../domain/identity/parties.ts'
import type { ChangeStore, RevokedParty } from '../contract/change-store.ts'
import type { Endings } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import { agents, credentials, executors, webhooks } from '../schema/tables.ts'
import { appendEntries, entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'
import { announceStop, stopRevoked } from '../stop/stop-verbs.ts'
import { endOf, endRequests } from './end-requests.ts'

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

const PARTIES = { agent: revokeAgent, executor: revokeExecutor } as const

/** Ends the party within a transaction; undefined where it is unknown, or ended already. */
export async function endParty(
  transaction: Runner,
  kind: keyof typeof PARTIES,
  { id, at }: Pick<RevokedParty, 'id' | 'at'>,
): Promise<Endings | undefined> {
  const values = { kind, subject: id, at }
  if ((await transaction.run(PARTIES[kind], values)).length === 0) return undefined
  return disarm(transaction, kind, { id, at })
}

/** Ends all that an agent or executor has, but not its registration. */
export async function disarm(
  transaction: Runner,
  kind: keyof typeof PARTIES,
  { id, at }: Pick<RevokedParty, 'id' | 'at'>,
): Promise<Endings> {
  await transaction.run(revokeCredentials, { kind, subject: id, at })
  const ended = await endRequests(transaction, kind, id, at)
  await stopRevoked(transaction, { [kind]: id }, endOf(at))
  return ended
}

const revokeParty = (database: Database, kind: keyof typeof PARTIES, party: RevokedParty) =>
  database.transaction(async (transaction) => {
    const ended = await endParty(transaction, kind, party)
    if (ended) await appendEntries(transaction, await party.entriesFor(ended))
    return ended !== undefined
  })

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
  }) satisfies Partial<ChangeStore>
