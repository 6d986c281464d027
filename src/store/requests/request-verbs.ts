/**
 * Reads, denies, withdraws and expires approval requests, and counts the use of actions. Each change of state is one
 * guarded UPDATE; its entry and its announcement leave with the commit. SPEC 2, 3, 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Usage } from '../../domain/identity/usage.ts'
import { portions, TEXTS_AT_ONCE } from '../../domain/ledger/portions.ts'
import type { Notice } from '../../domain/notify/plan.ts'
import type { EndedRequest, RequestStore } from '../contract/request-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { statement } from '../driver/sql-statement.ts'
import { consents, grants, redemptions, requests } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import {
  announce,
  appendEntries,
  entryRows,
  ifDecided,
  insertEntries,
  insertNotices,
  insertPayloads,
  insertResultNotices,
  payloadRows,
} from '../sql/entry-rows.ts'
import { endedFields } from '../sql/request-fields.ts'
import { allowedCallsSince } from './allowed-usage.ts'
import { inboxVerb } from './known-inbox.ts'
import {
  type Bulk,
  REQUESTS_AT_ONCE,
  requestsOf,
  type StoredRequest,
  shortRequest,
  wholeRequest,
} from './request-rows.ts'

const given = sql.placeholder

const byIds = (which: SQL) =>
  statement<StoredRequest>(sql`SELECT ${which} FROM ${requests}
  WHERE ${among(requests.id, 'ids')}`)
const wholeById = byIds(wholeRequest)
const shortById = byIds(shortRequest)

const hasCalls = sql`(${grants.expiresAt} > ${given('now')}::bigint AND ${grants.used} < ${grants.uses} AND ${grants.endedAt} IS NULL)`

const grantsOf = statement<StoredRequest>(sql`SELECT ${shortRequest} FROM ${requests}
  JOIN (SELECT id, ${hasCalls} AS open FROM ${grants} WHERE ${grants.agent} = ${given('agent')}
      AND ${grants.expiresAt} > ${given('now')}::bigint - ${given('past')}::bigint
      AND ${grants.audience} = ${given('audience')} AND ${grants.name} = ${given('name')}
    ORDER BY open DESC, ${grants.expiresAt} DESC, id LIMIT 32) AS near ON near.id = ${requests.id}
  WHERE ${requests.state} IN ('approved', 'stopped')
  ORDER BY near.open AND ${requests.state} = 'approved' DESC, ${requests.createdAt} DESC, ${requests.id}`)

const live = statement<StoredRequest>(sql`SELECT ${shortRequest} FROM ${requests}
  WHERE ${requests.id} IN (SELECT id FROM ${grants} WHERE ${grants.expiresAt} > ${given('now')}::bigint
      AND (${given('agent')}::text IS NULL OR ${grants.agent} = ${given('agent')}::text)
      AND ${grants.used} < ${grants.uses} AND ${grants.endedAt} IS NULL)
    AND ${requests.state} = 'approved' AND (${given('approver')}::text IS NULL OR EXISTS (SELECT FROM ${consents}
      WHERE ${consents.request} = ${requests.id} AND ${consents.approver} = ${given('approver')}::text
        AND ${consents.voidedAt} IS NULL))
  ORDER BY ${requests.expiresAt}, ${requests.id} LIMIT 100`)

const announced = sql`SELECT id, ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`

const deny = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'denied', decided_at = ${given('now')}::bigint, denied_by = ${given('approver')}
    WHERE id = ${given('request')} AND state = 'pending' AND expires_at > ${given('now')}::bigint RETURNING id
  ),
  kept AS (${insertPayloads(ifDecided)}),
  noticed AS (${insertResultNotices('request.denied', sql`id`)}),
  written AS (${insertEntries(ifDecided)})
  ${announced}`)

const withdraw = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'withdrawn', decided_at = ${given('now')}::bigint
    WHERE id = ${given('request')} AND agent = ${given('agent')} AND state = 'pending'
      AND expires_at > ${given('now')}::bigint
    RETURNING id
  ),
  written AS (${insertEntries(ifDecided)})
  ${announced}`)

export const isOverdueRequest = sql`${requests.state} = 'pending' AND ${requests.expiresAt} <= ${given('now')}::bigint`
const due = statement<EndedRequest>(sql`
  SELECT ${endedFields} FROM ${requests} WHERE ${isOverdueRequest}
  ORDER BY expires_at LIMIT ${given('limit')} FOR UPDATE SKIP LOCKED`)

const expire = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'expired', decided_at = ${given('now')}::bigint
    WHERE ${among(sql`id`, 'ids')} RETURNING id
  ),
  noticed AS (${insertNotices(ifDecided)})
  ${announced}`)

const from = sql`${sql.placeholder('from')}::bigint`
const recentFrom = sql`${sql.placeholder('recentFrom')}::bigint`
const isRecent = sql`at >= ${recentFrom}`

const often = (recent: SQL, whole: SQL) => sql`json_build_object('recent', ${recent}, 'whole', ${whole})`
const summed = (column: string) => {
  const value = sql.raw(column)
  return often(sql`coalesce(sum(${value}) FILTER (WHERE ${isRecent}), 0)`, sql`sum(${value})`)
}

/** A call that policy allows to an executor that asks is asked, granted and used in one; it has no request. */
const used = statement<Usage>(sql`
  WITH uses AS (
    SELECT agent, audience AS executor, name, created_at AS at, 1 AS asked, (state = 'approved')::integer AS granted,
      0 AS spent, created_at AS asked_at, NULL::bigint AS spent_at
    FROM ${requests} WHERE created_at >= ${from}
    UNION ALL
    SELECT agent, ${requests.audience}, name, redeemed_at, 0, 0, 1, NULL, redeemed_at
    FROM ${redemptions} JOIN ${requests} ON ${requests.id} = ${redemptions.request}
    WHERE redeemed_at >= ${from} AND created_at >= ${from}
    UNION ALL
    SELECT agent, executor, name, at, count, count, count, at, at
    FROM json_to_recordset(${given('allowed')}::text::json)
      AS allowed (agent text, executor text, name text, at bigint, count integer)
  )
  SELECT agent, executor, name, ${summed('asked')} AS "requests", ${summed('granted')} AS "approvals",
    ${summed('spent')} AS "redemptions", max(asked_at) AS "lastAskedAt", max(spent_at) AS "lastUsedAt"
  FROM uses GROUP BY agent, executor, name ORDER BY agent, executor, name`)

/** A grant that is over explains for so long why its calls ask people again. */
const GRANTS_PAST = 8 * 3600

/** With `gather`, requests that are read at the same time share a statement, which begins after each was asked for. */
export const requestVerbs = (database: Database, gather: Gather | undefined, bulk: Bulk) => {
  const read = async (by: typeof wholeById, ids: readonly string[]) => {
    const found = new Map<string, ApprovalRequest>()
    for (const some of portions(ids, () => 1, REQUESTS_AT_ONCE)) {
      const run = () => database.run(by, { ids: some })
      const rows = await (some.length > TEXTS_AT_ONCE ? bulk(run) : run())
      for (const request of await requestsOf(rows)) found.set(request.id, request)
    }
    return ids.map((id) => found.get(id))
  }
  return {
    request: shared(gather, (ids: readonly string[]) => read(wholeById, ids)),
    grantsFor: async (input) => requestsOf(await database.run(grantsOf, { ...input, past: GRANTS_PAST })),
    liveGrants: async (input) => requestsOf(await database.run(live, { ...input })),
    requestsById: (ids) => read(shortById, ids),
    inbox: inboxVerb(database, (ids) => read(shortById, ids)),
    async recordDenial({ entry, payloads: list, ...input }) {
      const values = { ...input, entries: entryRows([entry]), payloads: payloadRows(list) }
      return (await database.run(deny, values)).length > 0
    },
    async withdraw({ entry, ...input }) {
      return (await database.run(withdraw, { ...input, entries: entryRows([entry]) })).length > 0
    },
    expireDue: ({ now, limit, entryFor }) =>
      database.transaction(async (transaction) => {
        const ended = await transaction.run(due, { now, limit })
        if (ended.length === 0) return []
        const ids = ended.map(({ id }) => id)
        await appendEntries(transaction, await Promise.all(ended.map(entryFor)))
        const expired = ids.map((id): Notice => ({ kind: 'request.expired', subject: id, dueAt: now }))
        await transaction.run(expire, { ids, now, notices: expired })
        return ids
      }),
    usage: async (span) => database.run(used, { ...span, allowed: await allowedCallsSince(database, span) }),
  } satisfies Partial<RequestStore>
}
