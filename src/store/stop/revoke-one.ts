/**
 * Revokes one token, or one request with the token it led to. A row is locked before it is evaluated: a concurrent
 * redemption or collection locks it too. A spent token stays spent; a stop goes out all the same, since the call it
 * allowed may be under way. SPEC 9.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { EndedRequest, Endings } from '../contract/request-store.ts'
import type { RevocationOrder, RevocationVerdict, StopStore } from '../contract/stop-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { agents, executors, redemptions, requests, stops, tokens } from '../schema/tables.ts'
import { announce, appendEntries } from '../sql/entry-rows.ts'
import { endedFields } from '../sql/request-fields.ts'
import { requestNotStopped } from '../sql/stop-condition.ts'
import { unspent } from '../tokens/token-verbs.ts'
import { endGrants } from './end-grants.ts'
import { stopRevoked } from './stop-verbs.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

const holdRequest = statement<EndedRequest & { readonly open: boolean; readonly waited: boolean }>(sql`
  SELECT ${endedFields}, state IN ('pending', 'approved') AS "open", state = 'pending' AS "waited" FROM ${requests}
  WHERE ${requests.id} = ${given('id')} FOR NO KEY UPDATE`)
const endRequest = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'stopped', decided_at = ${now} WHERE id = ${given('id')} RETURNING id
  )
  SELECT ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

const holdToken = (which: SQL) => statement(sql`SELECT FROM ${tokens} WHERE ${which} FOR UPDATE`)
const judgeToken = (which: SQL) =>
  statement<{ jti: string; live: boolean; used: boolean } & EndedRequest>(sql`
    SELECT ${tokens.jti} AS "jti", ${tokens.revokedAt} IS NULL AND ${tokens.expiresAt} > ${now} AND ${unspent} AS "live",
      EXISTS (SELECT FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti}) AS "used", ${endedFields}
    FROM ${tokens} JOIN ${requests} ON ${requests.id} = ${tokens.request} WHERE ${which}`)
const revokeToken = statement(sql`UPDATE ${tokens} SET revoked_at = ${now} WHERE jti = ${given('jti')}`)

const byJti = sql`${tokens.jti} = ${given('id')}`
const byRequest = sql`${tokens.request} = ${given('id')}`
const TOKEN = {
  jti: { hold: holdToken(byJti), judge: judgeToken(byJti) },
  request: { hold: holdToken(byRequest), judge: judgeToken(byRequest) },
}

async function endToken(transaction: Runner, { hold, judge }: (typeof TOKEN)['jti'], id: string, now: number) {
  await transaction.run(hold, { id })
  const [found] = await transaction.run(judge, { id, now })
  if (!found) return undefined
  const { jti, live, used, ...request } = found
  if (live) await transaction.run(revokeToken, { jti, now })
  return { token: { jti, request }, live, used }
}

const unspentRequests = statement<{ id: string }>(sql`SELECT ${requests.id} AS "id" FROM ${requests}
  WHERE state IN ('pending', 'approved') AND ${requests.expiresAt} > ${now}
    AND NOT EXISTS (SELECT FROM ${redemptions} WHERE ${redemptions.request} = ${requests.id}) ORDER BY ${requests.id}`)

/** Its call was cut off already: another entry would only lengthen the ledger. */
const stoppedBefore = statement(
  sql`SELECT FROM ${stops} WHERE ${stops.selector}->>'jti' = ${given('id')}::text LIMIT 1`,
)

async function revokeOneToken(
  transaction: Runner,
  { id, nowMs, entriesFor }: RevocationOrder,
): Promise<RevocationVerdict> {
  const ended = await endToken(transaction, TOKEN.jti, id, Math.floor(nowMs / 1000))
  if (!ended) return { verdict: 'unknown' }
  if (!ended.live && !ended.used) return { verdict: 'ended' }
  if (!ended.live && (await transaction.run(stoppedBefore, { id })).length > 0) return { verdict: 'stopped' }
  await appendEntries(transaction, await entriesFor({ requests: [], tokens: [ended.token] }))
  await stopRevoked(transaction, { jti: id }, nowMs)
  return { verdict: ended.live ? 'revoked' : 'stopped' }
}

async function revokeOneRequest(
  transaction: Runner,
  { id, nowMs, entriesFor }: RevocationOrder,
): Promise<RevocationVerdict> {
  const now = Math.floor(nowMs / 1000)
  const [held] = await transaction.run(holdRequest, { id })
  if (!held) return { verdict: 'unknown' }
  const granted = await endGrants(transaction, [id], now)
  if (granted.requests.length > 0) return endedGrant(transaction, { id, nowMs, entriesFor }, granted)
  const { open, waited, ...request } = held
  const ended = await endToken(transaction, TOKEN.request, id, now)
  const isEnded = open && !ended
  if (!isEnded && !ended?.live && !ended?.used) return { verdict: 'ended' }
  if (isEnded) await transaction.run(endRequest, { id, now })
  const [requests, tokens] = [isEnded ? [request] : [], ended ? [ended.token] : []]
  await appendEntries(transaction, await entriesFor({ requests, tokens }))
  await stopRevoked(transaction, { request: id }, nowMs)
  return { verdict: isEnded || ended?.live ? 'revoked' : 'stopped', waited }
}

/** A grant ends with the calls under it. */
async function endedGrant(
  transaction: Runner,
  { id, nowMs, entriesFor }: RevocationOrder,
  ended: Endings,
): Promise<RevocationVerdict> {
  await appendEntries(transaction, await entriesFor(ended))
  await stopRevoked(transaction, { request: id }, nowMs)
  return { verdict: 'revoked', waited: (ended.waiting ?? 0) > 0 }
}

const liveToken = statement<{ live: boolean }>(sql`
  SELECT ${tokens.revokedAt} IS NULL AND ${tokens.expiresAt} > ${now} AND ${unspent}
    AND NOT EXISTS (SELECT FROM ${agents} WHERE id = ${tokens.agent} AND revoked_at IS NOT NULL)
    AND EXISTS (SELECT FROM ${executors} WHERE audience = ${tokens.audience} AND revoked_at IS NULL)
    AND ${requestNotStopped(sql`${tokens.request}`)} AS "live"
  FROM ${tokens} WHERE ${tokens.jti} = ${given('jti')} AND ${tokens.claimsDigest} = ${given('claimsDigest')}`)

export const revokeOneVerbs = (database: Database) =>
  ({
    revokeToken: (one) => database.transaction((transaction) => revokeOneToken(transaction, one)),
    revokeRequest: (one) => database.transaction((transaction) => revokeOneRequest(transaction, one)),
    unspentRequests: async (at) => (await database.run(unspentRequests, { now: at })).map(({ id }) => id),
    isLive: async (token) => (await database.run(liveToken, { ...token }))[0]?.live === true,
  }) satisfies Partial<StopStore>
