/**
 * The budget of a grant: how a token takes part in it when it is issued, and how a redemption spends it. A redemption
 * holds the grant's row first, so that its budget is spent by one after another, each seeing what the others left. SPEC 7.
 */
import { type SQL, sql } from 'drizzle-orm'
import { statement } from '../driver/sql-statement.ts'
import { grants, redemptions, requests, tokens } from '../schema/tables.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

/** Its people's consent counts, nobody and nothing ended it, and it is within its time. */
const stands = (at: SQL) => sql`(${grants.endedAt} IS NULL AND ${grants.expiresAt} > ${at}
  AND EXISTS (SELECT FROM ${requests} WHERE ${requests.id} = ${grants.id} AND ${requests.state} = 'approved'))`

/** What its redemptions spent, which stay written: the numbers of the row itself are for lists. */
const spending = sql`(SELECT count(*) AS used, coalesce(sum(spender.added), 0) AS summed
  FROM ${tokens} AS spender JOIN ${redemptions} ON ${redemptions.jti} = spender.jti
  WHERE spender.grant_id = ${grants.id}) AS spending`

/** As people signed it. */
interface SignedBudget {
  readonly uses: SQL
  readonly sumLimit: SQL
}

const holds = (added: SQL, { uses, sumLimit }: SignedBudget) => sql`(spending.used < ${uses}
  AND (${sumLimit} IS NULL OR spending.summed + ${added} <= ${sumLimit}))`

export const givenBudget = (name: string): SignedBudget => ({
  uses: sql`${given(`${name}.uses`)}::integer`,
  sumLimit: sql`${given(`${name}.sumLimit`)}::bigint`,
})

/** The grant of the request in `approved`, where it has room for the given token. */
export const openGrant = sql`SELECT FROM ${grants} JOIN approved ON ${grants.id} = approved.grant_id, LATERAL ${spending}
  WHERE ${stands(now)} AND ${holds(sql`${given('token.added')}::bigint`, givenBudget('budget'))}`

export const holdGrant = statement(sql`SELECT FROM ${grants} WHERE ${grants.id} = ${given('grant')} FOR UPDATE`)

/** That the grant of `tokens` has room for it. */
export const grantHasRoom = (
  at: SQL,
  budget: SignedBudget,
): SQL => sql`EXISTS (SELECT FROM ${grants}, LATERAL ${spending}
  WHERE ${grants.id} = ${tokens.grant} AND ${stands(at)} AND ${holds(sql`${tokens.added}`, budget)})`

export const grantStands = sql`EXISTS (SELECT FROM ${grants} WHERE ${grants.id} = ${tokens.grant} AND ${stands(now)})`

/** Spends it, for the token in `decided`. */
export const spentGrant = sql`UPDATE ${grants} SET used = ${grants.used} + 1, summed = ${grants.summed} + ${tokens.added}
  FROM decided JOIN ${tokens} ON ${tokens.jti} = decided.jti WHERE ${grants.id} = ${tokens.grant}`
