/**
 * Spending a token, exactly once per use, and the outcome that follows.
 *
 * In: who redeems, and the entry. Out: a verdict. One statement holds every condition, takes the use and writes the
 * entry; only when it gives nothing does a second one ask why. It announces nothing: NOTIFY would make commits queue.
 * The signature that was presented is kept with the redemption. SPEC 6, 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Store } from '../contract/store.ts'
import type { Redeem, RedeemVerdict, RedemptionRow } from '../contract/token-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { fields, insert, statement } from '../driver/sql-statement.ts'
import { agents, credentials, entries, executors, redemptions, tokens } from '../schema/tables.ts'
import { entryRow, entryRows, ifDecided, insertEntries, insertPayloads, payloadRows } from '../sql/entry-rows.ts'
import { requestNotStopped } from '../sql/stop-condition.ts'
import { inOrder } from './end-tokens.ts'

const given = sql.placeholder
const used = sql`(SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti})`

/** Whose word is enough: a live credential of the executor, or nobody's, where the authority is that executor itself. */
const executorHolds = (hash: SQL, audience: SQL, now: SQL) => sql`EXISTS (SELECT FROM ${credentials}
  WHERE ${credentials.hash} = ${hash} AND kind = 'executor' AND subject = ${audience} AND revoked_at IS NULL
  AND ${credentials.expiresAt} > ${now})`
const executorIs = (audience: SQL, version: SQL) => sql`EXISTS (SELECT FROM ${executors}
  WHERE ${executors.audience} = ${audience} AND ${executors.version} = ${version} AND revoked_at IS NULL)`
const agentIsLive = sql`NOT EXISTS (SELECT FROM ${agents} WHERE id = ${tokens.agent} AND revoked_at IS NOT NULL)`
const isNotStopped = requestNotStopped(sql`${tokens.request}`)

type Way = 'executor' | 'authority'

// FOR SHARE, so that whoever revokes the token waits for this redemption, or this one sees the revocation; in order,
// since a kill switch holds many. A token has one use nearly always, so uses are counted only where there are several: the key of a redemption settles the rest.
const redeemAll = (way: Way) =>
  statement<{ jti: string; use: number }>(sql`
  WITH asked AS (
    SELECT * FROM json_to_recordset(${given('asked')}::text::json) AS asked (
      jti text, audience text, credential text, version integer, now bigint, signature text,
      type text, at bigint, trace uuid, body text, leaf text)
  ),
  live AS (
    SELECT asked.*, ${tokens.request}, ${tokens.uses},
      CASE WHEN ${tokens.uses} = 1 THEN 0 ELSE ${used} END AS used
    FROM asked JOIN ${tokens} ON ${tokens.jti} = asked.jti AND ${tokens.audience} = asked.audience
    WHERE ${tokens.revokedAt} IS NULL AND ${tokens.expiresAt} > asked.now AND ${agentIsLive}
      AND ${executorIs(sql`asked.audience`, sql`asked.version`)}
      ${way === 'executor' ? sql`AND ${executorHolds(sql`asked.credential`, sql`asked.audience`, sql`asked.now`)}` : sql``}
      AND ${isNotStopped}
    ${inOrder} FOR SHARE OF ${sql.identifier('tokens')}
  ),
  decided AS (
    ${insert(
      redemptions,
      {
        jti: sql`jti`,
        use: sql`used + 1`,
        request: sql`request`,
        audience: sql`audience`,
        redeemedAt: sql`now`,
        signature: sql`signature`,
      },
      sql`FROM live WHERE used < uses ORDER BY jti`,
    )} ON CONFLICT DO NOTHING RETURNING jti, use
  ),
  written AS (
    ${insert(
      entries,
      { type: sql`type`, at: sql`at`, trace: sql`trace`, body: sql`body`, leaf: sql`decode(leaf, 'hex')` },
      sql`FROM asked WHERE jti IN (SELECT jti FROM decided)`,
    )}
  )
  SELECT jti AS "jti", use AS "use" FROM decided`)

interface Reasons {
  readonly executor: boolean
  readonly present: boolean
  readonly known: boolean
  readonly inTime: boolean
  readonly revoked: boolean
  readonly spent: boolean
  readonly agentLive: boolean
  readonly killed: boolean
}

const explainTo = (way: Way) => {
  const allowed = executorHolds(
    sql`${given('credentialHash')}`,
    sql`${given('audience')}`,
    sql`${given('now')}::bigint`,
  )
  const present = executorIs(sql`${given('audience')}`, sql`${given('executorVersion')}::integer`)
  return statement<Reasons>(sql`
  SELECT ${way === 'executor' ? allowed : sql`true`} AS "executor", ${present} AS "present",
    ${tokens.jti} IS NOT NULL AS "known", ${tokens.expiresAt} > ${given('now')}::bigint AS "inTime",
    ${tokens.revokedAt} IS NOT NULL AS "revoked", ${used} >= ${tokens.uses} AS "spent", ${agentIsLive} AS "agentLive",
    NOT ${isNotStopped} AS "killed"
  FROM (SELECT) AS always LEFT JOIN ${tokens}
    ON ${tokens.jti} = ${given('jti')} AND ${tokens.audience} = ${given('audience')}`)
}

function reasonOf(reasons: Reasons): Exclude<RedeemVerdict['verdict'], 'redeemed'> | undefined {
  if (!reasons.executor) return 'unauthenticated'
  if (!reasons.known) return 'unknown'
  if (reasons.spent) return 'spent'
  if (reasons.killed) return 'killed'
  if (reasons.revoked) return 'revoked'
  if (!reasons.inTime) return 'expired'
  if (!reasons.agentLive) return 'agent_revoked'
  return reasons.present ? undefined : 'stale_executor'
}

/** Every further attempt means that another use was taken meanwhile, of which a token has at most a hundred. */
const MAX_ATTEMPTS = 200

const WAYS = {
  executor: { redeem: redeemAll('executor'), explain: explainTo('executor') },
  authority: { redeem: redeemAll('authority'), explain: explainTo('authority') },
} as const

type Spending = Omit<Redeem, 'credentialHash'> & { readonly credentialHash?: string }

const askedRow = ({ entry, ...spending }: Spending) => ({
  jti: spending.jti,
  audience: spending.audience,
  credential: spending.credentialHash ?? null,
  version: spending.executorVersion,
  now: spending.now,
  signature: spending.signature,
  ...entryRow(entry),
})

/** One statement decides them all, each by itself; a jti must stand in it once. Null for what was not redeemed. */
async function redeemTogether(runner: Runner, way: Way, all: readonly Spending[]): Promise<(number | null)[]> {
  const taken = await runner.run(WAYS[way].redeem, { asked: all.map(askedRow) })
  const uses = new Map(taken.map(({ jti, use }) => [jti, use]))
  return all.map(({ jti }) => uses.get(jti) ?? null)
}

/** Redeems on its own, or within the transaction that carries an act of administration out. */
export async function redeemWith(
  runner: Runner,
  way: Way,
  spending: Spending,
  attempt: (spending: Spending) => Promise<number | null | undefined> = async (one) =>
    (await redeemTogether(runner, way, [one]))[0],
): Promise<RedeemVerdict> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const use = await attempt(spending)
    if (use) return { verdict: 'redeemed', use }
    const [reasons] = await runner.run(WAYS[way].explain, { ...spending })
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

/** `gather`: concurrent redemptions share a statement. Not where calls may not share a connection, as on Workers. */
export const redemptionVerbs = (
  database: Database,
  gather: Gather | undefined,
): Pick<Store, 'redeemOnce' | 'redemption' | 'reportOutcome'> => {
  const attempt = shared(
    gather,
    (all: readonly Spending[]) => redeemTogether(database, 'executor', all),
    ({ jti }) => jti,
  )
  return {
    redeemOnce: (input) => redeemWith(database, 'executor', input, attempt),
    redemption: async (jti, use) => (await database.run(one, { jti, use }))[0],
    async reportOutcome({ entry, payloads, ...input }) {
      const values = { ...input, entries: entryRows([entry]), payloads: payloadRows(payloads) }
      if ((await database.run(report, values)).length > 0) return 'reported'
      const [row] = await database.run(one, { jti: input.jti, use: input.use })
      return row?.audience === input.audience ? 'already' : 'unknown'
    },
  }
}
