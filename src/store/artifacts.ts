/**
 * The texts of tokens that are over, in the order of the log.
 *
 * In:  where the page before ended, the clock. Out: claims and signatures, null where they were erased, up to the first
 * token that is still alive. Specification: DESIGN 8.
 */
import { sql } from 'drizzle-orm'
import type { Artifact, SearchStore } from '../ledger/search-store.ts'
import type { Database } from './database.ts'
import { entryIndex, redemptions, tokens, tokenTexts } from './schema.ts'
import { requestOf } from './search-leads.ts'
import { statement } from './statement.ts'

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

async function artifactsAfter(database: Database, after: number | null, limit: number, now: number) {
  const rows = await database.run(artifacts, { after: after ?? -1, limit, now })
  const alive = rows.findIndex(({ over }) => !over)
  return rows.slice(0, alive < 0 ? rows.length : alive).map(({ over: _, ...artifact }) => artifact)
}

export const artifactVerbs = (database: Database): Pick<SearchStore, 'artifacts'> => ({
  artifacts: (after, limit, now) => artifactsAfter(database, after, limit, now),
})
