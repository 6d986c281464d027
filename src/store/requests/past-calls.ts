/** Reads past calls a page at a time, along the index of the list of requests. SPEC 11.4. */
import { sql } from 'drizzle-orm'
import type { PastCall, PastCallStore } from '../contract/past-call-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { payloads, requests } from '../schema/tables.ts'
import { recordedContent } from '../sql/recorded-content.ts'
import { isUnrecorded } from '../sql/recorded-request.ts'
import { contentOf } from '../sql/request-fields.ts'

interface StoredCall extends Omit<PastCall, 'action' | 'bounds' | 'preview'> {
  readonly documents: Partial<Record<'action' | 'bounds' | 'preview', string>> | null
}

const given = sql.placeholder
const inSpan = sql`${requests.createdAt} >= ${given('from')}::bigint AND ${requests.audience} <> ${given('except')}`

const page = statement<StoredCall>(sql`
  SELECT ${requests.id} AS "id", ${requests.createdAt} AS "createdAt", ${requests.agent} AS "agent", ${requests.actors} AS "actors",
    ${requests.audience} AS "audience", ${requests.principal} AS "principal", ${requests.name} AS "name",
    ${requests.origin} AS "origin", ${requests.stateDigest} AS "stateDigest",
    ${requests.catalogueEntry} AS "catalogueEntry", ${requests.terms} AS "terms",
    CASE WHEN NOT ${isUnrecorded} THEN (SELECT json_object_agg(${payloads.kind}, ${recordedContent}) FROM ${payloads}
      WHERE ${payloads.subject} = ${requests.id} AND ${payloads.kind} IN ('action', 'bounds', 'preview')) END AS "documents"
  FROM ${requests}
  WHERE ${inSpan} AND (${requests.createdAt}, ${requests.id}) < (${given('beforeAt')}::bigint, ${given('beforeId')}::text)
  ORDER BY ${requests.createdAt} DESC, ${requests.id} DESC LIMIT ${given('limit')}::integer`)

const count = statement<{ readonly count: number }>(
  sql`SELECT count(*)::integer AS "count" FROM ${requests} WHERE ${inSpan}`,
)

const FIRST = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }

export const pastCallVerbs = (database: Database): PastCallStore => ({
  async pastCalls({ after, ...span }) {
    const { createdAt: beforeAt, id: beforeId } = after ?? FIRST
    return (await database.run(page, { ...span, beforeAt, beforeId })).map(({ documents, ...call }) => ({
      ...call,
      action: contentOf<'action'>(documents?.action),
      bounds: contentOf<'bounds'>(documents?.bounds),
      preview: contentOf<'preview'>(documents?.preview),
    }))
  },
  async countPastCalls(span) {
    return (await database.run(count, { ...span }))[0]?.count ?? 0
  },
})
