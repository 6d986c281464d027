/** Reads past calls some at a time, along the index of the list of requests. SPEC 11.4. */
import { sql } from 'drizzle-orm'
import type { CallTexts } from '../../domain/policy/drafts/draft-job.ts'
import type { PastCall, PastCallStore } from '../contract/past-call-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { payloads, requests } from '../schema/tables.ts'
import { noneIsGone, recordedContent } from '../sql/recorded-content.ts'
import { isUnrecorded } from '../sql/recorded-request.ts'

/** Of a statement: the embedded database computes for some 20 ms on them, on the thread that answers others. */
const CALLS_AT_ONCE = 100
/** Of their texts, in bytes, or of one call that has more. */
const BYTES_AT_ONCE = 262_144

interface StoredCall extends Omit<PastCall, 'texts'> {
  /** Empty where it was altered. */
  readonly texts: Partial<CallTexts> | null
  readonly isComplete: boolean
}

const given = sql.placeholder
const inSpan = sql`${requests.createdAt} >= ${given('from')}::bigint AND ${requests.audience} <> ${given('except')}`

const isText = sql`${payloads.subject} = ${requests.id} AND ${payloads.kind} IN ('action', 'bounds', 'preview')`
const newestFirst = sql`${requests.createdAt} DESC, ${requests.id} DESC`

/** The length of a stored text is known without reading it. */
const page = statement<StoredCall>(sql`
  WITH ahead AS (
    SELECT ${requests.id} AS id, ${requests.createdAt} AS created_at,
      (SELECT coalesce(sum(octet_length(${payloads.content})), 0) FROM ${payloads} WHERE ${isText}) AS bytes
    FROM ${requests}
    WHERE ${inSpan} AND (${requests.createdAt}, ${requests.id}) < (${given('beforeAt')}::bigint, ${given('beforeId')}::text)
    ORDER BY ${newestFirst} LIMIT ${sql.raw(String(CALLS_AT_ONCE))}
  ),
  near AS MATERIALIZED (
    SELECT id, sum(bytes) OVER (ORDER BY created_at DESC, id DESC) - bytes AS bytes_before FROM ahead
  )
  SELECT ${requests.id} AS "id", ${requests.createdAt} AS "createdAt", ${requests.agent} AS "agent", ${requests.actors} AS "actors",
    ${requests.audience} AS "audience", ${requests.principal} AS "principal", ${requests.name} AS "name",
    ${requests.origin} AS "origin", ${requests.stateDigest} AS "stateDigest",
    ${requests.catalogueEntry} AS "catalogueEntry", ${requests.terms} AS "terms",
    CASE WHEN NOT ${isUnrecorded} THEN (SELECT json_object_agg(${payloads.kind}, ${recordedContent}) FROM ${payloads}
      WHERE ${isText}) END AS "texts", ${noneIsGone} AS "isComplete"
  FROM near JOIN ${requests} ON ${requests.id} = near.id WHERE bytes_before < ${sql.raw(String(BYTES_AT_ONCE))}
  ORDER BY ${newestFirst}`)

const count = statement<{ readonly count: number }>(
  sql`SELECT count(*)::integer AS "count" FROM ${requests} WHERE ${inSpan}`,
)

const FIRST = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }

const wholeOf = ({ action, bounds = null, preview = null }: Partial<CallTexts>): CallTexts | null =>
  action && bounds !== '' && preview !== '' ? { action, bounds, preview } : null

export const pastCallVerbs = (database: Database): PastCallStore => ({
  async pastCalls({ after, ...span }) {
    const { createdAt: beforeAt, id: beforeId } = after ?? FIRST
    const rows = await database.run(page, { ...span, beforeAt, beforeId })
    return rows.map(({ texts, isComplete, ...call }) => ({ ...call, texts: isComplete ? wholeOf(texts ?? {}) : null }))
  },
  async countPastCalls(span) {
    return (await database.run(count, { ...span }))[0]?.count ?? 0
  },
})
