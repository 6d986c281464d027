/**
 * Reads, denies, withdraws and expires approval requests, and counts the use of actions. Each change of state is one
 * guarded UPDATE; its entry and its announcement leave with the commit. Block-range indexes on the instants find the
 * span of a count; they cost the hot path nothing. SPEC 2, 3, 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Usage } from '../../domain/identity/usage.ts'
import type { Notice } from '../../domain/notify/plan.ts'
import type { EndedRequest, RequestRow, RequestStore } from '../contract/request-store.ts'
import type { Database } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import { entries, payloads, redemptions, requests, tokens } from '../schema/tables.ts'
import {
  announce,
  appendEntries,
  entryRows,
  ifDecided,
  insertEntries,
  insertNotices,
  insertPayloads,
  payloadRows,
} from '../sql/entry-rows.ts'
import { contentOf, endedFields, traceField } from '../sql/request-fields.ts'

const given = sql.placeholder

interface StoredRequest extends RequestRow {
  readonly separation: boolean | null
  readonly consents: number
  readonly deniedBy: string | null
  readonly jti: string | null
  readonly documents: Partial<Record<'action' | 'preview' | 'reason' | 'denial', string>> | null
}

const repeated = ['trace', 'approvers', 'quorum', 'challengeIssuer', 'challengeJti']
const withDocuments = (which: SQL) => sql`${fields(requests, repeated)}, ${traceField},
  (SELECT ${tokens.jti} FROM ${tokens} WHERE ${tokens.request} = ${requests.id}) AS "jti",
  CASE state WHEN 'denied' THEN (SELECT ${entries.body}::json ->> 'approver' FROM ${entries}
    WHERE ${entries.trace} = ${requests.trace} AND ${entries.type} = 'consent.denied' LIMIT 1) END AS "deniedBy",
  (SELECT json_object_agg(${payloads.kind}, ${payloads.content}) FROM ${payloads}
    WHERE ${payloads.subject} = ${requests.id} AND ${which}) AS "documents"`
const whole = withDocuments(sql`${payloads.kind} IN ('action', 'preview', 'reason', 'denial')`)

/** A list of 200 requests stays below two megabytes. The length of a stored text is known without reading it. */
const short = withDocuments(sql`${payloads.kind} = 'action' AND octet_length(${payloads.content}) <= 8192`)

function requestOf(row: StoredRequest): ApprovalRequest {
  const { documents, previewBy, previewDigest, deniedBy, ...rest } = row
  const preview = previewBy &&
    previewDigest && { by: previewBy, digest: previewDigest, content: contentOf<'preview'>(documents?.preview) }
  return {
    ...rest,
    action: contentOf<'action'>(documents?.action),
    preview: preview && { ...preview },
    reason: contentOf<'reason'>(documents?.reason),
    denial: deniedBy === null ? null : { by: deniedBy, reason: contentOf<'denial'>(documents?.denial) },
  }
}

const byId = statement<StoredRequest>(sql`SELECT ${whole} FROM ${requests} WHERE ${requests.id} = ${given('id')}`)

// Two walks along two small indexes: waiting requests by deadline, then recently decided ones, newest first.
const inboxOf = statement<StoredRequest>(sql`
  WITH listed AS (
    (SELECT id, 0 AS part, expires_at AS place FROM ${requests}
      WHERE approvers = ${given('group')} AND state = 'pending' AND expires_at > ${given('now')}
      ORDER BY expires_at, id LIMIT ${given('limit')})
    UNION ALL
    (SELECT id, 1, -decided_at FROM ${requests}
      WHERE approvers = ${given('group')} AND origin = 'human' AND decided_at >= ${given('decidedSince')}
      ORDER BY decided_at DESC, id LIMIT ${given('limit')})
  )
  SELECT ${short} FROM listed JOIN ${requests} ON ${requests.id} = listed.id
  ORDER BY listed.part, listed.place, listed.id LIMIT ${given('limit')}`)

const announced = sql`SELECT id, ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`

const deny = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'denied', decided_at = ${given('now')}::bigint
    WHERE id = ${given('request')} AND state = 'pending' AND expires_at > ${given('now')}::bigint RETURNING id
  ),
  kept AS (${insertPayloads(ifDecided)}),
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

const due = statement<EndedRequest>(sql`
  SELECT ${endedFields} FROM ${requests} WHERE state = 'pending' AND expires_at <= ${given('now')}
  ORDER BY expires_at LIMIT ${given('limit')} FOR UPDATE SKIP LOCKED`)

const expire = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'expired', decided_at = ${given('now')}::bigint
    WHERE id IN (SELECT json_array_elements_text(${given('ids')}::text::json)) RETURNING id
  ),
  noticed AS (${insertNotices(ifDecided)})
  ${announced}`)

const from = sql`${sql.placeholder('from')}::bigint`
const recentFrom = sql`${sql.placeholder('recentFrom')}::bigint`
const isRecent = sql`${requests.createdAt} >= ${recentFrom}`
const isApproved = sql`${requests.state} = 'approved'`

const often = (recent: SQL, whole: SQL) => sql`json_build_object('recent', ${recent}, 'whole', ${whole})`

const used = statement<Usage>(sql`
  SELECT ${requests.agent} AS "agent", ${requests.audience} AS "executor", ${requests.name} AS "name",
    ${often(sql`count(*) FILTER (WHERE ${isRecent})`, sql`count(*)`)} AS "requests",
    ${often(sql`count(*) FILTER (WHERE ${isApproved} AND ${isRecent})`, sql`count(*) FILTER (WHERE ${isApproved})`)}
      AS "approvals",
    ${often(sql`coalesce(sum(spent.recent), 0)`, sql`coalesce(sum(spent.whole), 0)`)} AS "redemptions",
    max(${requests.createdAt}) AS "lastAskedAt", max(spent.last) AS "lastUsedAt"
  FROM ${requests} LEFT JOIN (
    SELECT request, count(*) AS whole, count(*) FILTER (WHERE redeemed_at >= ${recentFrom}) AS recent,
      max(redeemed_at) AS last
    FROM ${redemptions} WHERE redeemed_at >= ${from} GROUP BY request
  ) AS spent ON spent.request = ${requests.id}
  WHERE ${requests.createdAt} >= ${from}
  GROUP BY ${requests.agent}, ${requests.audience}, ${requests.name}
  ORDER BY ${requests.agent}, ${requests.audience}, ${requests.name}`)

export const requestVerbs = (database: Database) =>
  ({
    async request(id) {
      const [row] = await database.run(byId, { id })
      return row && requestOf(row)
    },
    inbox: async (input) => (await database.run(inboxOf, input)).map(requestOf),
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
    usage: (span) => database.run(used, { ...span }),
  }) satisfies Partial<RequestStore>
