/**
 * Counts the use of each action by each agent: requests, approvals, redemptions. Takes actions out of catalogues.
 * Block-range indexes on the instants find the span; they cost the hot path nothing. SPEC 3, 13.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Usage } from '../../domain/identity/usage.ts'
import type { ChangeStore } from '../contract/change-store.ts'
import type { RequestStore } from '../contract/request-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { executors, redemptions, requests } from '../schema/tables.ts'
import { entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'

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

/** The version grows, so that redemptions decided on the old catalogue are decided again. The rest keeps its order. */
const removeAction = statement(sql`
  WITH decided AS (
    UPDATE ${executors} SET version = version + 1, catalogue = (
      SELECT coalesce(json_agg(offered ORDER BY place) FILTER (WHERE offered ->> 'name' <> ${sql.placeholder('name')}), '[]')
      FROM json_array_elements(catalogue) WITH ORDINALITY AS entry (offered, place))
    WHERE audience = ${sql.placeholder('audience')} AND revoked_at IS NULL AND EXISTS (
      SELECT FROM json_array_elements(catalogue) AS entry (offered)
      WHERE offered ->> 'name' = ${sql.placeholder('name')})
    RETURNING audience AS id
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT id FROM decided`)

export const usageVerbs = (database: Database) =>
  ({
    usage: (span) => database.run(used, { ...span }),
    removeAction: async ({ audience, name, entries }) =>
      (await database.run(removeAction, { audience, name, entries: entryRows(entries) })).length > 0,
  }) satisfies Partial<RequestStore & ChangeStore>
