/**
 * Spending a token, exactly once per use, and the outcome that follows.
 *
 * In:  who redeems, and the entry. Out: a verdict. One statement holds every condition, takes the use and writes the
 * entry; only when it gives nothing does a second one ask why. It announces nothing: NOTIFY would make commits queue.
 * The signature that was presented is kept with the redemption. Specification: DESIGN 6, 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Database, Runner } from './database.ts'
import { entryRows, ifDecided, insertEntries, insertPayloads, payloadRows } from './ledger.ts'
import { agents, credentials, entries, executors, redemptions, tokens } from './schema.ts'
import { fields, insert, statement, type Value } from './statement.ts'
import type { Redeem, RedeemVerdict, RedemptionRow, Store } from './store.ts'

const given = sql.placeholder
const used = sql`(SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti})`

const isExecutor = sql`EXISTS (SELECT FROM ${credentials} WHERE hash = ${given('credentialHash')}
  AND kind = 'executor' AND subject = ${given('audience')} AND revoked_at IS NULL
  AND ${credentials.expiresAt} > ${given('now')}::bigint)`
const isPresent = sql`EXISTS (SELECT FROM ${executors} WHERE ${executors.audience} = ${given('audience')}
  AND version = ${given('executorVersion')}::integer AND revoked_at IS NULL)`
const agentIsLive = sql`NOT EXISTS (SELECT FROM ${agents} WHERE id = ${tokens.agent} AND revoked_at IS NOT NULL)`

// FOR SHARE, so that whoever revokes the token waits for this redemption, or this one sees the revocation.
const redeem = (isAllowed: SQL) =>
  statement<{ use: number }>(sql`
  WITH live AS (
    SELECT request, uses, ${used} AS used FROM ${tokens}
    WHERE jti = ${given('jti')} AND audience = ${given('audience')} AND ${tokens.revokedAt} IS NULL
      AND ${tokens.expiresAt} > ${given('now')}::bigint AND ${isAllowed} AND ${isPresent} AND ${agentIsLive}
    FOR SHARE OF ${sql.identifier('tokens')}
  ),
  decided AS (
    ${insert(
      redemptions,
      {
        jti: given('jti'),
        use: sql`used + 1`,
        request: sql`request`,
        audience: given('audience'),
        redeemedAt: given('now'),
        signature: given('signature'),
      },
      sql`FROM live WHERE used < uses`,
    )} ON CONFLICT DO NOTHING RETURNING use
  ),
  written AS (
    ${insert(
      entries,
      {
        type: given('entry.type'),
        at: given('entry.at'),
        trace: given('entry.trace'),
        body: given('entry.body'),
        leaf: given('entry.leaf'),
      },
      sql`FROM decided`,
    )}
  )
  SELECT use AS "use" FROM decided`)

interface Reasons {
  readonly executor: boolean
  readonly present: boolean
  readonly known: boolean
  readonly inTime: boolean
  readonly revoked: boolean
  readonly spent: boolean
  readonly agentLive: boolean
}

const explain = (isAllowed: SQL) =>
  statement<Reasons>(sql`
  SELECT ${isAllowed} AS "executor", ${isPresent} AS "present", ${tokens.jti} IS NOT NULL AS "known",
    ${tokens.expiresAt} > ${given('now')}::bigint AS "inTime", ${tokens.revokedAt} IS NOT NULL AS "revoked",
    ${used} >= ${tokens.uses} AS "spent", ${agentIsLive} AS "agentLive"
  FROM (SELECT) AS always LEFT JOIN ${tokens}
    ON ${tokens.jti} = ${given('jti')} AND ${tokens.audience} = ${given('audience')}`)

function reasonOf(reasons: Reasons): Exclude<RedeemVerdict['verdict'], 'redeemed'> | undefined {
  if (!reasons.executor) return 'unauthenticated'
  if (!reasons.known) return 'unknown'
  if (reasons.spent) return 'spent'
  if (reasons.revoked) return 'revoked'
  if (!reasons.inTime) return 'expired'
  if (!reasons.agentLive) return 'agent_revoked'
  return reasons.present ? undefined : 'stale_executor'
}

/** Every further attempt means that another use was taken meanwhile, of which a token has at most a hundred. */
const MAX_ATTEMPTS = 200

/** Who may redeem: whoever holds a live credential of the executor, or the authority, where that executor is itself. */
const WAYS = {
  executor: { redeem: redeem(isExecutor), explain: explain(isExecutor) },
  authority: { redeem: redeem(sql`true`), explain: explain(sql`true`) },
} as const

/** Redeems on its own, or within the transaction that carries an act of administration out. */
export async function redeemWith(
  runner: Runner,
  who: keyof typeof WAYS,
  { entry, ...input }: Omit<Redeem, 'credentialHash'>,
): Promise<RedeemVerdict> {
  const way = WAYS[who]
  const { type, at, trace, body, leaf } = entry
  const values: Record<string, Value> = {
    ...input,
    'entry.type': type,
    'entry.at': at,
    'entry.trace': trace,
    'entry.body': body,
    'entry.leaf': leaf,
  }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [taken] = await runner.run(way.redeem, values)
    if (taken) return { verdict: 'redeemed', use: taken.use }
    const [reasons] = await runner.run(way.explain, values)
    const verdict = reasons && reasonOf(reasons)
    if (verdict) return { verdict }
  }
  throw new Error('A redemption was refused without a reason')
}

const one = statement<RedemptionRow>(sql`SELECT ${fields(redemptions, ['signature', 'missingAt'])} FROM ${redemptions}
  WHERE ${redemptions.jti} = ${given('jti')} AND ${redemptions.use} = ${given('use')}::integer`)

const report = statement(sql`
  WITH decided AS (
    UPDATE ${redemptions} SET outcome = ${given('outcome')}, reported_at = ${given('now')}::bigint
    WHERE jti = ${given('jti')} AND use = ${given('use')}::integer AND audience = ${given('audience')}
      AND outcome IS NULL
    RETURNING jti
  ),
  kept AS (${insertPayloads(ifDecided)}),
  written AS (${insertEntries(ifDecided)})
  SELECT jti FROM decided`)

export const redemptionVerbs = (database: Database): Pick<Store, 'redeemOnce' | 'redemption' | 'reportOutcome'> => ({
  redeemOnce: (input) => redeemWith(database, 'executor', input),
  redemption: async (jti, use) => (await database.run(one, { jti, use }))[0],
  async reportOutcome({ entry, payloads, ...input }) {
    const values = { ...input, entries: entryRows([entry]), payloads: payloadRows(payloads) }
    if ((await database.run(report, values)).length > 0) return 'reported'
    const [row] = await database.run(one, { jti: input.jti, use: input.use })
    return row?.audience === input.audience ? 'already' : 'unknown'
  },
})
