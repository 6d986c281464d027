/**
 * Erasable texts that entries name by digest: ended tokens, and executors' outcome reports.
 *
 * In: a page and the clock, or a trace. Out: claims and signatures in log order, null where erased, up to the first
 * token that is still alive; reports, unless erased. SPEC 8.
 */
import { sql } from 'drizzle-orm'
import type { Artifact, Report } from '../../domain/ledger/found-entry.ts'
import type { SearchStore } from '../contract/search-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { entryIndex, payloads, redemptions, tokens, tokenTexts } from '../schema/tables.ts'
import { requestOf } from '../sql/request-id.ts'

const given = sql.placeholder
const at = entryIndex.leafIndex

const artifacts = statement<Artifact & { readonly over: boolean }>(sql`
  SELECT ${at} AS "index", ${tokens.jti} AS "jti", ${tokenTexts.claims} AS "claims",
    ${tokenTexts.signature} AS "signature", ${tokenTexts.kid} AS "kid",
    ${tokens.expiresAt} <= ${given('now')}::bigint OR ${tokens.uses} <=
      (SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti}) AS "over"
  FROM ${entryIndex} JOIN ${tokens} ON ${tokens.request} = ${requestOf(sql`${entryIndex.trace}`)}
  LEFT JOIN ${tokenTexts} ON ${tokenTexts.jti} = ${tokens.jti}
  WHERE ${entryIndex.type} = 'token.issued' AND ${at} > ${given('after')}::bigint
  ORDER BY ${at} LIMIT ${given('limit')}::integer`)

async function artifactsAfter(database: Database, page: Parameters<SearchStore['artifacts']>[0]) {
  const rows = await database.run(artifacts, { ...page, after: page.after ?? -1 })
  const alive = rows.findIndex(({ over }) => !over)
  return rows.slice(0, alive < 0 ? rows.length : alive).map(({ over: _, ...artifact }) => artifact)
}

const reports = statement<Report>(sql`
  SELECT ${payloads.digest} AS "digest", ${payloads.content} AS "content" FROM ${payloads}
  WHERE ${payloads.kind} = 'outcome' AND ${payloads.subject} = ${requestOf(sql`${given('trace')}::uuid`)}
  ORDER BY 1`)

export const artifactVerbs = (database: Database): Pick<SearchStore, 'artifacts' | 'reports'> => ({
  artifacts: (page) => artifactsAfter(database, page),
  reports: (trace) => database.run(reports, { trace }),
})
