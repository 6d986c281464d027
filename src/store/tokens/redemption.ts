/**
 * Redeems a token, exactly once per use, and records the outcome that follows. One statement holds every condition,
 * takes one use and writes its entry; only when it takes nothing does a second statement ask why, and which use is
 * next. The key of a redemption decides who gets a use. It announces nothing, since NOTIFY would make commits queue.
 * SPEC 6, 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { SpendRefusal } from '../../domain/token/validate-redemption.ts'
import type {
  PresentedToken,
  RedeemVerdict,
  RedemptionAttempt,
  RedemptionRow,
  TokenStore,
} from '../contract/token-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { fields, insert, statement } from '../driver/sql-statement.ts'
import { agents, entries, redemptions, tokens } from '../schema/tables.ts'
import {
  entryRow,
  entryRows,
  ifDecided,
  insertEntries,
  insertPayloads,
  insertResultNotices,
  payloadRows,
} from '../sql/entry-rows.ts'
import { executorHolds, executorIs } from '../sql/party-condition.ts'
import { peopleAre } from '../sql/people-condition.ts'
import { isInForce } from '../sql/policy-condition.ts'
import { requestNotStopped } from '../sql/stop-condition.ts'
import { givenBudget, grantHasRoom, grantStands, holdGrant, spentGrant } from './grant-budget.ts'
import { inOrder } from './token-verbs.ts'

const given = sql.placeholder
const used = sql`(SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti})`

const agentIsLive = sql`NOT EXISTS (SELECT FROM ${agents} WHERE id = ${tokens.agent} AND revoked_at IS NOT NULL)`
const agentIs = (version: SQL) => sql`(${version} IS NULL OR NOT EXISTS (SELECT FROM ${agents}
  WHERE id = ${tokens.agent} AND ${agents.version} <> ${version}))`
const isNotStopped = requestNotStopped(sql`${tokens.request}`)

/** The budget of the token's grant, of an attempt. */
const SIGNED = { uses: sql`attempt.grant_uses`, sumLimit: sql`attempt.sum_limit` }

/** `grant`: an executor, with a token of a grant. */
type Redeemer = 'executor' | 'grant' | 'authority'

// FOR SHARE, so that a revocation waits for this redemption, or this one sees the revocation; in order, since a kill
// switch locks many tokens. Uses are taken one after another: an attempt at a use that is taken conflicts with its key.
const redeemAll = (redeemer: Redeemer) =>
  statement<{ jti: string }>(sql`
  WITH attempt AS (
    SELECT * FROM json_to_recordset(${given('attempt')}::text::json) AS attempt (
      jti text, use integer, audience text, claims text, credential text, version integer, agent_version integer, policy integer, people integer, now bigint, signature text,
      grant_uses integer, sum_limit bigint, type text, at bigint, trace uuid, body text, leaf text)
  ),
  live AS (
    SELECT attempt.*, ${tokens.request}
    FROM attempt JOIN ${tokens} ON ${tokens.jti} = attempt.jti AND ${tokens.audience} = attempt.audience
      AND ${tokens.claimsDigest} = attempt.claims
    WHERE attempt.use <= ${tokens.uses} AND ${tokens.revokedAt} IS NULL AND ${tokens.expiresAt} > attempt.now AND ${agentIsLive}
      AND ${executorIs(sql`attempt.audience`, sql`attempt.version`)} AND ${agentIs(sql`attempt.agent_version`)}
      AND ${isInForce(sql`attempt.policy`)} AND ${peopleAre(sql`attempt.people`)}
      ${redeemer === 'grant' ? sql`AND ${grantHasRoom(sql`attempt.now`, SIGNED)}` : sql``}
      ${redeemer !== 'authority' ? sql`AND ${executorHolds(sql`attempt.credential`, sql`attempt.audience`, sql`attempt.now`)}` : sql``}
      AND ${isNotStopped}
    ${inOrder} FOR SHARE OF ${sql.identifier('tokens')}
  ),
  decided AS (
    ${insert(
      redemptions,
      {
        jti: sql`jti`,
        use: sql`use`,
        request: sql`request`,
        audience: sql`audience`,
        redeemedAt: sql`now`,
        signature: sql`signature`,
        // A change to the authority itself is made in this transaction.
        ...(redeemer === 'authority' ? { outcome: sql`'succeeded'`, reportedAt: sql`now` } : {}),
      },
      sql`FROM live ORDER BY jti`,
    )} ON CONFLICT DO NOTHING RETURNING jti
  ),
  ${redeemer === 'grant' ? sql`spent AS (${spentGrant}),` : sql``}
  written AS (
    ${insert(
      entries,
      { type: sql`type`, at: sql`at`, trace: sql`trace`, body: sql`body`, leaf: sql`decode(leaf, 'hex')` },
      sql`FROM attempt WHERE jti IN (SELECT jti FROM decided)`,
    )}
  )
  SELECT jti AS "jti" FROM decided`)

type Reason =
  | 'grantStands'
  | 'grantHasRoom'
  | 'executor'
  | 'present'
  | 'known'
  | 'unaltered'
  | 'inTime'
  | 'revoked'
  | 'spent'
  | 'agentLive'
  | 'killed'
type Reasons = Readonly<Record<Reason, boolean>> & { readonly nextUse: number }

const explainTo = (redeemer: Redeemer) => {
  const allowed = executorHolds(
    sql`${given('credentialHash')}`,
    sql`${given('audience')}`,
    sql`${given('now')}::bigint`,
  )
  const present = executorIs(sql`${given('audience')}`, sql`${given('executorVersion')}::integer`)
  return statement<Reasons>(sql`
  SELECT ${redeemer === 'grant' ? grantStands : sql`true`} AS "grantStands",
    ${redeemer === 'grant' ? grantHasRoom(sql`${given('now')}::bigint`, givenBudget('grant')) : sql`true`} AS "grantHasRoom",
    ${redeemer !== 'authority' ? allowed : sql`true`} AS "executor", ${present} AND ${agentIs(sql`${given('agentVersion')}::integer`)}
      AND ${isInForce(sql`${given('policyVersion')}::integer`)} AND ${peopleAre(sql`${given('people')}::integer`)} AS "present",
    ${tokens.jti} IS NOT NULL AS "known", ${tokens.claimsDigest} = ${given('claimsDigest')} AS "unaltered",
    ${tokens.expiresAt} > ${given('now')}::bigint AS "inTime",
    ${tokens.revokedAt} IS NOT NULL AS "revoked", ${used} >= ${tokens.uses} AS "spent", ${agentIsLive} AS "agentLive",
    NOT ${isNotStopped} AS "killed", ${used} + 1 AS "nextUse"
  FROM (SELECT) AS always LEFT JOIN ${tokens}
    ON ${tokens.jti} = ${given('jti')} AND ${tokens.audience} = ${given('audience')}`)
}

function reasonOf(reasons: Reasons): Exclude<RedeemVerdict['verdict'], 'redeemed'> | undefined {
  if (!reasons.executor) return 'unauthenticated'
  if (!reasons.known) return 'unknown'
  if (!reasons.unaltered) return 'altered'
  if (reasons.spent) return 'spent'
  if (reasons.killed) return 'killed'
  if (reasons.revoked) return 'revoked'
  if (!reasons.inTime) return 'expired'
  if (!reasons.agentLive) return 'agent_revoked'
  if (!reasons.grantStands) return 'grant_ended'
  if (!reasons.grantHasRoom) return 'grant_spent'
  return reasons.present ? undefined : 'stale_party'
}

/** Each further attempt means that another redeemer took a use meanwhile, or that the token has several. */
const MAX_ATTEMPTS = 2000

const STATEMENTS = {
  executor: { redeem: redeemAll('executor'), explain: explainTo('executor') },
  grant: { redeem: redeemAll('grant'), explain: explainTo('grant') },
  authority: { redeem: redeemAll('authority'), explain: explainTo('authority') },
} as const

type Taking = Omit<OwnAttempt, 'entryFor'> & { readonly use: number; readonly entry: PreparedEntry }
type OwnAttempt = Omit<RedemptionAttempt, 'credentialHash'> & { readonly credentialHash?: string }

const attemptRow = ({ entry, ...taking }: Taking) => ({
  jti: taking.jti,
  use: taking.use,
  audience: taking.audience,
  claims: taking.claimsDigest,
  credential: taking.credentialHash ?? null,
  version: taking.executorVersion,
  agent_version: taking.agentVersion,
  policy: taking.policyVersion,
  people: taking.people,
  now: taking.now,
  signature: taking.signature,
  grant_uses: taking.grant?.uses ?? null,
  sum_limit: taking.grant?.sumLimit ?? null,
  ...entryRow(entry),
})

/** One statement decides them all, each by itself; a jti must be in it once. True for each use that was taken. */
async function takeTogether(runner: Runner, redeemer: Redeemer, all: readonly Taking[]): Promise<boolean[]> {
  const taken = await runner.run(STATEMENTS[redeemer].redeem, { attempt: all.map(attemptRow) })
  const jtis = new Set(taken.map(({ jti }) => jti))
  return all.map(({ jti }) => jtis.has(jti))
}

/** Redeems on its own, or within the transaction that carries out a change to the authority. */
export async function redeemWith(
  runner: Runner,
  redeemer: Redeemer,
  { entryFor, ...attempt }: OwnAttempt,
  take = async (taking: Taking): Promise<boolean | undefined> => (await takeTogether(runner, redeemer, [taking]))[0],
): Promise<RedeemVerdict> {
  for (let use = 1, tries = 0; tries < MAX_ATTEMPTS; tries++) {
    if (await take({ ...attempt, use, entry: await entryFor(use) })) return { verdict: 'redeemed', use }
    const [reasons] = await runner.run(STATEMENTS[redeemer].explain, { ...attempt })
    const verdict = reasons && reasonOf(reasons)
    if (verdict) return { verdict }
    use = reasons?.nextUse ?? use
  }
  throw new Error('A redemption was refused without a reason')
}

/** Why a token could not be spent by anybody, whatever its parties are now; undefined while it could. */
async function tokenEnd(runner: Runner, token: PresentedToken): Promise<SpendRefusal | undefined> {
  const { explain } = STATEMENTS[token.grant ? 'grant' : 'executor']
  const [reasons] = await runner.run(explain, { ...token, ...NO_PARTIES })
  const verdict = reasons && reasonOf(reasons)
  return verdict === 'stale_party' || verdict === 'unauthenticated' ? undefined : verdict
}

const NO_PARTIES = { executorVersion: null, agentVersion: null, policyVersion: null, people: null }

const one = statement<RedemptionRow>(sql`SELECT ${fields(redemptions, ['signature', 'missingAt'])} FROM ${redemptions}
  WHERE ${redemptions.jti} = ${given('jti')} AND ${redemptions.use} = ${given('use')}::integer`)

const report = statement(sql`
  WITH decided AS (
    UPDATE ${redemptions} SET outcome = ${given('outcome')}, reported_at = ${given('now')}::bigint
    WHERE jti = ${given('jti')} AND use = ${given('use')}::integer AND audience = ${given('audience')}
      AND (outcome IS NULL OR outcome = 'indeterminate' AND ${given('outcome')} <> 'indeterminate')
    RETURNING jti, request
  ),
  noticed AS (${insertResultNotices('outcome.reported', sql`request`)}),
  kept AS (${insertPayloads(ifDecided)}),
  written AS (${insertEntries(ifDecided)})
  SELECT jti FROM decided`)

/** One after another: a token of a grant takes part of a budget that others want, too. */
const redeemOfGrant = (database: Database, grant: string, attempt: RedemptionAttempt) =>
  database.transaction(async (transaction) => {
    await transaction.run(holdGrant, { grant })
    return redeemWith(transaction, 'grant', attempt)
  })

/** `gather`: concurrent redemptions share a statement. Not where calls may not share a connection, as on Workers. */
export const redemptionVerbs = (database: Database, gather: Gather | undefined) => {
  const take = shared(
    gather,
    (all: readonly Taking[]) => takeTogether(database, 'executor', all),
    ({ jti }) => jti,
  )
  return {
    redeemOnce: (attempt) =>
      attempt.grant === null
        ? redeemWith(database, 'executor', attempt, take)
        : redeemOfGrant(database, attempt.grant.id, attempt),
    tokenEnd: (token) => tokenEnd(database, token),
    redemption: async (input) => (await database.run(one, { ...input }))[0],
    async reportOutcome({ entry, payloads, ...input }) {
      const values = { ...input, entries: entryRows([entry]), payloads: payloadRows(payloads) }
      if ((await database.run(report, values)).length > 0) return { verdict: 'reported' }
      const [row] = await database.run(one, { jti: input.jti, use: input.use })
      return { verdict: row?.audience === input.audience ? 'already' : 'unknown' }
    },
  } satisfies Partial<TokenStore>
}
