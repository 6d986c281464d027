/**
 * Planning: the outbox and the rings, read and rewritten in one transaction. One process plans at a time, since a ring
 * depends on all rings before it; other processes find the lock taken and go on. A process that dies leaves the outbox
 * unchanged. SPEC 13.
 */
import { sql } from 'drizzle-orm'
import type { Webhook } from '../../domain/identity/parties.ts'
import type { Facts, Notice, NotifiedPerson, NotifiedRequest } from '../../domain/notify/plan.ts'
import type { Ring } from '../../domain/notify/ring.ts'
import type { NotifyStore } from '../contract/notify-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, flat, insertMany, object, statement } from '../driver/sql-statement.ts'
import {
  agents,
  approvers,
  consents,
  notices,
  notificationSettings,
  pushDevices,
  redemptions,
  requests,
  rings,
  tokens,
  webhooks,
} from '../schema/tables.ts'
import { absenceFields } from '../sql/absence-fields.ts'
import { consentedPlaces } from '../sql/consented-place.ts'
import { namedGroups } from '../sql/membership.ts'
import { isPresent } from '../sql/present-people.ts'
import { isUnrecorded } from '../sql/recorded-request.ts'
import { putDeliveries } from './delivery-verbs.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`
const texts = (parameter: string) => sql`(SELECT json_array_elements_text(${given(parameter)}::text::json))`

const isDue = statement<{ yes: boolean }>(sql`SELECT EXISTS (SELECT FROM ${notices} WHERE due_at <= ${now})
  OR EXISTS (SELECT FROM ${rings} WHERE state = 'held' AND due_at <= ${now}) AS "yes"`)

const takeTurn = statement<{ mine: boolean }>(
  sql`SELECT pg_try_advisory_xact_lock(hashtextextended('countersign/notices', 0)) AS "mine"`,
)

const takeNotices = statement<Notice>(sql`DELETE FROM ${notices}
  WHERE id IN (SELECT id FROM ${notices} WHERE due_at <= ${now} ORDER BY due_at, id LIMIT ${given('limit')})
  RETURNING ${notices.kind} AS "kind", ${notices.subject} AS "subject", ${notices.dueAt} AS "dueAt"`)

/** Due rings, rings that count towards a limit or gather requests, and earlier rings of the same subjects. */
const ringsConcerned = statement<Ring>(sql`SELECT ${fields(rings)} FROM ${rings}
  WHERE (state = 'held' AND due_at <= ${now})
    OR (due_at > ${given('ringsSince')}::bigint
      AND agent IN (SELECT agent FROM ${requests} WHERE id IN ${texts('subjects')}))
    OR subjects ?| ARRAY${texts('subjects')}
  ORDER BY due_at, id`)

/** Nobody is notified about a request that was changed in the database: its columns may hold anything. */
const notifiedRequests = statement<NotifiedRequest>(sql`SELECT ${requests.id} AS "id", ${requests.agent} AS "agent",
    ${requests.actor} AS "actor", ${requests.principal} AS "principal", ${requests.audience} AS "audience",
    ${requests.name} AS "name", catalogue_entry ->> 'effect' AS "effect",
    (catalogue_entry ->> 'reversible')::boolean AS "reversible",
    terms -> 'approvers' AS "approvers", (terms ->> 'ordered')::boolean AS "ordered",
    (SELECT coalesce(${consentedPlaces}, '[]')
      FROM ${consents} WHERE ${consents.request} = ${requests.id} AND ${consents.voidedAt} IS NULL) AS "consented",
    (terms ->> 'selfApproval')::boolean AS "selfApproval",
    ${requests.expiresAt} AS "expiresAt", (state = 'pending' AND expires_at > ${now}) AS "isPending",
    (SELECT ${redemptions.outcome} FROM ${tokens} JOIN ${redemptions} ON ${redemptions.jti} = ${tokens.jti}
      WHERE ${tokens.request} = ${requests.id} ORDER BY reported_at DESC NULLS LAST LIMIT 1) AS "outcome",
    (SELECT coalesce(json_agg(run_by), '[]') FROM ${agents}
      WHERE run_by IS NOT NULL AND (${agents.id} IN (${requests.agent}, ${requests.actor})
        OR jsonb_path_query_array(act::jsonb, '$.**.sub') ? ${agents.id})) AS "runBy"
  FROM ${requests} WHERE id IN ${texts('subjects')} AND NOT ${isUnrecorded}`)

const people =
  statement<NotifiedPerson>(sql`SELECT ${approvers.id} AS "id", ${approvers.roles} AS "roles", ${namedGroups} AS "groups",
    ${absenceFields},
    coalesce(${notificationSettings.push}, true) AS "push",
    coalesce(${notificationSettings.byMail} AND ${notificationSettings.mailConfirmedAt} IS NOT NULL, false) AS "byMail",
    ${notificationSettings.quiet} AS "quiet",
    (SELECT coalesce(json_agg(${object(pushDevices)}), '[]') FROM ${pushDevices}
      WHERE ${pushDevices.approver} = ${approvers.id}) AS "devices"
  FROM ${approvers} LEFT JOIN ${notificationSettings} ON ${notificationSettings.approver} = ${approvers.id}
  WHERE ${isPresent} ORDER BY ${approvers.id}`)

export const liveWebhooks = statement<Webhook>(sql`SELECT ${fields(webhooks)} FROM ${webhooks}
  WHERE ${webhooks.removedAt} IS NULL ORDER BY ${webhooks.createdAt}, ${webhooks.id}`)

const keepRings = statement(sql`${insertMany(rings, 'rings')}
  ON CONFLICT (id) DO UPDATE SET subjects = excluded.subjects, state = excluded.state`)

type Input = Parameters<NotifyStore['planNotices']>[0]

async function factsOf(transaction: Runner, { now: at, ringsSince }: Input, taken: readonly Notice[]): Promise<Facts> {
  const subjects = taken.map(({ subject }) => subject)
  const concerned = await transaction.run(ringsConcerned, { now: at, ringsSince, subjects })
  const held = concerned.filter(({ state }) => state === 'held').flatMap((ring) => ring.subjects)
  return {
    now: at,
    notices: taken,
    rings: concerned,
    requests: await transaction.run(notifiedRequests, { now: at, subjects: [...new Set([...subjects, ...held])] }),
    people: await transaction.run(people),
    webhooks: await transaction.run(liveWebhooks),
  }
}

async function planDue(database: Database, input: Input): Promise<number> {
  const { now: at, limit, plan } = input
  if ((await database.run(isDue, { now: at }))[0]?.yes !== true) return 0
  return database.transaction(async (transaction) => {
    if ((await transaction.run(takeTurn))[0]?.mine !== true) return 0
    const taken = await transaction.run(takeNotices, { now: at, limit })
    const planned = plan(await factsOf(transaction, input, taken))
    if (planned.rings.length > 0) await transaction.run(keepRings, { rings: planned.rings.map(flat) })
    await putDeliveries(transaction, planned.deliveries, at)
    return taken.length
  })
}

export const noticeVerbs = (database: Database) =>
  ({
    planNotices: (input) => planDue(database, input),
  }) satisfies Partial<NotifyStore>
