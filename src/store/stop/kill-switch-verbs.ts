/**
 * Kill switches: engaged together with the revocation of all they select, read back with their exact hits, released.
 * Engaging waits for no redemption. Tokens are held in the order in which redemptions hold them: a token that is being
 * spent is spent first, any other is spent no more. SPEC 9.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Confirmation, KillSwitch, Reach } from '../../domain/stop/kill-switch.ts'
import type { Engagement, EngagementVerdict, StopStore } from '../contract/stop-store.ts'
import { type Database, isDuplicate, type Runner } from '../driver/database.ts'
import { insert, placeholders, statement } from '../driver/sql-statement.ts'
import { stoppedAmong } from '../requests/stopped-among.ts'
import {
  confirmations,
  executorStreams,
  grants,
  idempotencyKeys,
  killSwitches,
  requests,
  stops,
  tokens,
} from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { appendEntries, keepPayloads, putInOutbox } from '../sql/entry-rows.ts'
import { lastingContent } from '../sql/recorded-content.ts'
import { traceOf, wordsOf } from '../sql/request-fields.ts'
import { requestNotStopped, selected, storedRequest } from '../sql/stop-condition.ts'
import { inOrder, revokeHeld, unspent } from '../tokens/token-verbs.ts'
import { endGrants } from './end-grants.ts'
import { announceStop, isKept, selectorOf, writeStop } from './stop-verbs.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

/** A switch that is not engaged yet, with the columns of one that is. */
const givenRule = sql`(SELECT ${given('agent')}::text AS agent, ${given('principal')}::text AS principal,
  ${given('executor')}::text AS executor, ${given('action')}::text AS action, ${given('request')}::text AS request,
  ${given('trace')}::uuid AS trace, ${given('spared')}::text AS spared, ${given('id')}::text AS id) AS rule`
const recentRules = sql`(SELECT * FROM ${killSwitches}
  WHERE released_at_ms IS NULL AND engaged_at_ms >= ${given('sinceMs')}::bigint) AS rule`

const isLive = sql`${requests.id} = ${tokens.request} AND ${tokens.expiresAt} > ${now}
  AND ${tokens.revokedAt} IS NULL AND ${unspent} AND ${selected(storedRequest)}`

/** The live tokens that the rules select, in order, for `revokeHeld`; a spent token needs no holding. */
const holdOf = (rules: SQL, held: SQL = sql``) =>
  statement<{ jti: string; killswitch: string }>(sql`SELECT ${tokens.jti} AS "jti", rule.id AS "killswitch"
    FROM ${tokens}, ${requests}, ${rules} WHERE ${isLive} ${inOrder} FOR UPDATE OF ${sql.identifier('tokens')} ${held}`)
// A token that is being spent must not delay the switch; `endStopped` waits for it, once the switch is active.
const holdGiven = holdOf(givenRule, sql`SKIP LOCKED`)
const holdRecent = holdOf(recentRules)

const isOpenGrant = sql`${requests.id} = ${grants.id} AND ${requests.state} = 'approved'
  AND ${grants.endedAt} IS NULL AND ${grants.expiresAt} > ${now} AND ${selected(storedRequest)}`
const holdGrants = statement<{
  id: string
  killswitch: string
}>(sql`SELECT ${grants.id} AS "id", rule.id AS "killswitch" FROM ${grants}, ${requests}, ${recentRules}
  WHERE ${isOpenGrant} ORDER BY ${grants.id} FOR UPDATE OF ${sql.identifier('grants')}`)

/**
 * Whether there is anything to hold. A token that is being spent counts until then. Counted, because a planner that is
 * asked for one row expects it soon, and reads the whole table where there is none.
 */
const anyLate = statement<{ late: boolean }>(sql`SELECT CASE WHEN EXISTS (SELECT FROM ${recentRules}) THEN
    (SELECT count(*) FROM ${tokens}, ${requests}, ${recentRules} WHERE ${isLive})
    + (SELECT count(*) FROM ${grants}, ${requests}, ${recentRules} WHERE ${isOpenGrant}) > 0
  ELSE false END AS "late"`)

// ── engaging ───────────────────────────────────────────────────────────────

/** The requests that wait, and the connected executors that would have to act. */
const around = sql`
  (SELECT count(*) FROM ${requests}, ${givenRule} WHERE state = 'pending' AND expires_at > ${now}
    AND ${selected(storedRequest)}) AS "pending",
  (SELECT coalesce(json_agg(DISTINCT ${executorStreams.executor}), '[]') FROM ${executorStreams}, ${givenRule}
    WHERE ${isKept} AND (rule.executor IS NULL OR ${executorStreams.executor} = rule.executor)) AS "executors"`
const surroundings = statement<Omit<Reach, 'tokens'>>(sql`SELECT ${around}`)
const reachNow = statement<Reach>(sql`SELECT ${around},
  (SELECT count(*) FROM ${tokens}, ${requests}, ${givenRule} WHERE ${isLive}) AS "tokens"`)

const claimKey = statement(sql`${insert(idempotencyKeys, placeholders(idempotencyKeys))}
  ON CONFLICT DO NOTHING RETURNING key`)
const keyed = statement<{ request: string; bodyHash: string }>(sql`
  SELECT request AS "request", body_hash AS "bodyHash" FROM ${idempotencyKeys}
  WHERE client = ${given('client')} AND endpoint = ${given('endpoint')} AND key = ${given('key')}`)

/** Locked, so that its release either came before or comes after. */
const activeTwin = statement<{ id: string }>(sql`SELECT id AS "id" FROM ${killSwitches}
  WHERE ${killSwitches.selectorDigest} = ${given('selectorDigest')} AND released_at_ms IS NULL FOR SHARE`)

const stopOfSwitch = {
  atMs: given('engagedAtMs'),
  kind: sql`'killswitch'`,
  killswitch: given('id'),
  selector: given('selector'),
}
const columnsGiven = placeholders(killSwitches, '', ['releasedAtMs', 'releaseRequest'])
const addSwitch = statement(writeStop(stopOfSwitch, sql`engaged AS (${insert(killSwitches, columnsGiven)}),`))

const columnsOf = ({
  id,
  selector,
  spared,
}: Pick<Engagement, 'selector' | 'spared'> & { readonly id: string | null }) => {
  const { agent = null, principal = null, executor = null, action = null, request = null, trace = null } = selector
  return { id, spared, agent, principal, executor, action, request, trace }
}

const secondsOf = (atMs: number): number => Math.floor(atMs / 1000)

async function engage(transaction: Runner, input: Engagement): Promise<EngagementVerdict> {
  const { idempotency, nowMs, reason, selectorDigest } = input
  const now = secondsOf(nowMs())
  const [active] = await transaction.run(activeTwin, { selectorDigest })
  if (idempotency) {
    const claimed = await transaction.run(claimKey, { ...idempotency, request: active?.id ?? input.id, createdAt: now })
    if (claimed.length === 0) return replayOf(transaction, idempotency)
  }
  if (active) return { verdict: 'active', id: active.id }
  const columns = columnsOf(input)
  const revoked = await revokeHeld(transaction, await transaction.run(holdGiven, { ...columns, now }), now)
  const [found] = await transaction.run(surroundings, { ...columns, now, nowMs: nowMs() })
  const engagedAtMs = nowMs()
  const hits = { tokens: revoked.length, pending: found?.pending ?? 0, executors: found?.executors.length ?? 0 }
  await appendEntries(transaction, await input.entriesFor({ requests: [], tokens: revoked }))
  await keepPayloads(transaction, [reason])
  const { selector, engagedBy } = input
  await putInOutbox(transaction, [{ kind: 'killswitch.engaged', subject: input.id, dueAt: now }])
  const engaged = { ...columns, ...hits, selector, selectorDigest, engagedAtMs, engagedBy, reason: reason.digest }
  await transaction.run(addSwitch, engaged)
  return { verdict: 'engaged' }
}

/** Of two that engage the same selector at once the index lets one through; the other then finds it active. */
async function engageOnce(database: Database, input: Engagement): Promise<EngagementVerdict> {
  const attempt = () => database.transaction((transaction) => engage(transaction, input))
  try {
    return await attempt()
  } catch (error) {
    if (isDuplicate(error, 'kill_switches_one_active')) return attempt()
    throw error
  }
}

async function replayOf(transaction: Runner, { bodyHash, ...key }: NonNullable<Engagement['idempotency']>) {
  const [before] = await transaction.run(keyed, key)
  return before?.bodyHash === bodyHash
    ? ({ verdict: 'replayed', id: before.request } as const)
    : ({ verdict: 'idempotency_mismatch' } as const)
}

const countLate = statement(sql`
  WITH counted AS (
    UPDATE ${killSwitches} SET tokens = ${killSwitches.tokens} + late.count
    FROM json_to_recordset(${given('late')}::text::json) AS late (id text, count integer)
    WHERE ${killSwitches.id} = late.id
  )
  SELECT ${announceStop}`)

type LateTokens = Parameters<StopStore['endStopped']>[0]

/** A grant ends for good: it does not go on when the switch is released. */
async function endSelectedGrants(
  transaction: Runner,
  { now, sinceMs, entriesFor }: Pick<LateTokens, 'sinceMs' | 'entriesFor'> & { readonly now: number },
): Promise<void> {
  const held = await transaction.run(holdGrants, { now, sinceMs })
  for (const killswitch of new Set(held.map((grant) => grant.killswitch))) {
    const ids = held.filter((grant) => grant.killswitch === killswitch).map(({ id }) => id)
    await appendEntries(transaction, await entriesFor(killswitch, await endGrants(transaction, ids, now)))
  }
}

async function endStopped(transaction: Runner, { nowMs, sinceMs, entriesFor }: LateTokens): Promise<number> {
  const now = secondsOf(nowMs)
  await endSelectedGrants(transaction, { now, sinceMs, entriesFor })
  const held = await transaction.run(holdRecent, { now, sinceMs })
  const revoked = await revokeHeld(transaction, held, now)
  // Where several switches select one token, any of them is its cause.
  const causes = new Map(held.map(({ jti, killswitch }) => [jti, killswitch]))
  const late = [...new Set(causes.values())]
    .map((id) => ({ id, tokens: revoked.filter(({ jti }) => causes.get(jti) === id) }))
    .filter(({ tokens }) => tokens.length > 0)
  for (const { id, tokens } of late) await appendEntries(transaction, await entriesFor(id, { requests: [], tokens }))
  if (late.length > 0) {
    await transaction.run(countLate, { late: late.map(({ id, tokens }) => ({ id, count: tokens.length })) })
  }
  return revoked.length
}

// ── reading back ───────────────────────────────────────────────────────────

type Stored = Omit<KillSwitch, 'reason' | 'hits'> & KillSwitch['hits'] & { readonly reason: string | null }

const whole = sql`${killSwitches.id} AS "id",
  replace(${traceOf(sql`id`)}::text, '-', '') AS "trace", ${selectorOf} AS "selector", engaged_at_ms AS "engagedAtMs",
  engaged_by AS "engagedBy", tokens AS "tokens", pending AS "pending", executors AS "executors",
  released_at_ms AS "releasedAtMs", release_request AS "releaseRequest",
  ${lastingContent(sql`${killSwitches.id}`, 'killswitch')} AS "reason" FROM ${killSwitches}`
const listed = statement<Stored>(sql`
  (SELECT ${whole} WHERE released_at_ms IS NULL ORDER BY engaged_at_ms DESC, id)
  UNION ALL
  (SELECT ${whole} WHERE released_at_ms IS NOT NULL ORDER BY engaged_at_ms DESC, id LIMIT ${given('limit')}::integer)`)
const byId = statement<Stored>(sql`SELECT ${whole} WHERE ${killSwitches.id} = ${given('id')}`)
const confirmed = statement<Confirmation>(sql`
  SELECT ${confirmations.executor} AS "executor", ${confirmations.connection} AS "connection",
    ${confirmations.atMs} AS "atMs", ${confirmations.aborted} AS "aborted"
  FROM ${stops} JOIN ${confirmations} ON ${confirmations.stop} = ${stops.id}
  WHERE ${stops.killswitch} = ${given('id')} ORDER BY ${confirmations.atMs}, ${confirmations.executor}`)
const stoppedRequest = statement<{ stopped: boolean }>(
  sql`SELECT NOT ${requestNotStopped(sql`${given('request')}`)} AS "stopped"`,
)

const switchOf = ({ tokens, pending, executors, reason, ...rest }: Stored): KillSwitch => ({
  ...rest,
  reason: wordsOf(reason),
  hits: { tokens, pending, executors },
})

export const release = statement(sql`
  WITH decided AS (
    UPDATE ${killSwitches} SET released_at_ms = ${given('atMs')}::bigint, release_request = ${given('request')}
    WHERE ${among(sql`id`, 'ids')} AND released_at_ms IS NULL RETURNING id
  )
  SELECT id, ${announceStop} FROM decided`)

export const killSwitchVerbs = (database: Database) =>
  ({
    engage: (input) => engageOnce(database, input),
    async endStopped(late) {
      const [any] = await database.run(anyLate, { now: secondsOf(late.nowMs), sinceMs: late.sinceMs })
      // Executors are told of the switch at this moment, and a transaction takes the processor's time from that.
      return any?.late === true ? database.transaction((transaction) => endStopped(transaction, late)) : 0
    },
    async reach({ selector, spared, nowMs }) {
      const values = { ...columnsOf({ id: null, selector, spared }), now: secondsOf(nowMs), nowMs }
      const [found] = await database.run(reachNow, values)
      if (!found) throw new Error('The reach of a selector is one row')
      return found
    },
    killSwitches: async (limit) => (await database.run(listed, { limit })).map(switchOf),
    async killSwitch(id) {
      const [row] = await database.run(byId, { id })
      return row && switchOf(row)
    },
    confirmations: (id) => database.run(confirmed, { id }),
    stoppedAmong: (list) => stoppedAmong(database, list),
    isStopped: async (request) => (await database.run(stoppedRequest, { request }))[0]?.stopped === true,
  }) satisfies Partial<StopStore>
