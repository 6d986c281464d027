/**
 * Opens a request: with its token where the policy allows it at once, else among the waiting requests, which are
 * counted. An allowed request is one statement. A waiting one takes its turn by agent and by groups first: an exact
 * count needs the earlier ones committed. SPEC 2, 3.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Series } from '../../domain/approval/series.ts'
import { groupsAsked } from '../../domain/policy/policy.ts'
import type { EarlierCall, OpenRequest, OpenVerdict, RequestRow, RequestStore } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { isDuplicate } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { insert, placeholders, type Statement, statement, type Values } from '../driver/sql-statement.ts'
import { entries, grants, idempotencyKeys, requests, tokens, tokenTexts } from '../schema/tables.ts'
import {
  announce,
  entryRows,
  ifDecided,
  insertEntries,
  insertNotices,
  insertPayloads,
  payloadRows,
} from '../sql/entry-rows.ts'
import { leaverBehind, linksStand } from '../sql/leavers.ts'
import { isInForce } from '../sql/policy-condition.ts'
import { givenRequest, notStopped } from '../sql/stop-condition.ts'
import { inTurnOf, OutdatedHistory } from './history-verbs.ts'
import { isForAny } from './inbox-matches.ts'
import { type AllowedRequest, isPlainlyAllowed, openAllowed, openedRow } from './open-allowed.ts'

const given = sql.placeholder

export interface OpenedRow {
  /** Null when the key was known; then nothing was written. */
  readonly id: string | null
  readonly leaf: Uint8Array | null
  readonly free: boolean
  readonly current: boolean
  readonly agentHasRoom: boolean
  readonly groupHasRoom: boolean
}

interface Variant {
  readonly keyed: boolean
  readonly counted: boolean
  readonly issued: boolean
  /** The request is a grant. */
  readonly budgeted: boolean
}

/** The number of requests that wait for humans now; expired ones do not count, swept or not. */
const waiting = (condition: SQL): SQL => sql`(SELECT count(*) FROM ${requests}
  WHERE ${condition} AND state = 'pending' AND expires_at > ${given('request.createdAt')}::bigint)`

const room = sql`room AS MATERIALIZED (SELECT
  ${waiting(sql`agent = ${given('request.agent')}`)} < ${given('pendingPerAgent')}::bigint AS agent,
  ${waiting(isForAny('request.groups'))} < ${given('pendingPerGroup')}::bigint AS "group"),`
const hasRoom = sql`EXISTS (SELECT FROM room WHERE room.agent AND room."group")`

/** No kill switch selects it, the policy that decided is in force, and nobody behind it has left: evaluated once, for the guards and the verdict. */
const free = sql`free AS MATERIALIZED (SELECT ${notStopped(givenRequest)} AS yes,
  ${isInForce(sql`${given('request.policyVersion')}::integer`)}
    AND ${leaverBehind(sql`${given('request.agent')}::text`, sql`${given('request.principal')}::text`)} IS NULL
    AND ${linksStand(sql`${given('request.actors')}::text::jsonb`)} AS current),`
const isFree = sql`EXISTS (SELECT FROM free WHERE free.yes AND free.current)`

const key = (guard: SQL): SQL => sql`keyed AS (
  ${insert(idempotencyKeys, placeholders(idempotencyKeys, 'key'), sql`WHERE ${guard}`)}
  ON CONFLICT DO NOTHING RETURNING request),`

const issue = sql`
  issued AS (${insert(tokens, placeholders(tokens, 'token', ['revokedAt']), sql`FROM decided`)}),
  texts AS (${insert(tokenTexts, placeholders(tokenTexts, 'token', ['signature', 'kid']), sql`FROM decided`)}),`

const budget = sql`budgeted AS (${insert(grants, placeholders(grants, 'grant'), sql`FROM decided`)}),`

/**
 * A challenge that was used fails by its unique index, taking the idempotency key back with it. So `decided` has a row
 * unless a kill switch stops it, another policy is in force, there was no room or the key was known.
 */
function openStatement({ keyed, counted, issued, budgeted }: Variant): Statement<OpenedRow> {
  const fits = sql`${isFree} AND ${counted ? hasRoom : sql`true`}`
  return statement<OpenedRow>(sql`
    WITH ${free} ${counted ? room : sql``}
    ${keyed ? key(fits) : sql``}
    decided AS (
      ${insert(requests, placeholders(requests, 'request'), sql`WHERE ${keyed ? sql`EXISTS (SELECT FROM keyed)` : fits}`)} RETURNING id
    ),
    kept AS (${insertPayloads(ifDecided)}),
    ${counted ? sql`noticed AS (${insertNotices(ifDecided)}),` : sql``}
    ${issued ? issue : sql``}
    ${budgeted ? budget : sql``}
    written AS (${insertEntries(ifDecided)} RETURNING ${entries.type}, ${entries.leaf})
    SELECT decided.id AS "id", (SELECT leaf FROM written WHERE type = 'token.issued') AS "leaf", free.yes AS "free",
      free.current AS "current"
      ${counted ? sql`, room.agent AS "agentHasRoom", room."group" AS "groupHasRoom"` : sql``}
      ${counted ? sql`, CASE WHEN decided.id IS NOT NULL THEN ${announce(sql`'inbox'`)} END` : sql``}
    FROM free ${counted ? sql`CROSS JOIN room` : sql``} LEFT JOIN decided ON true`)
}

const statements = new Map<string, Statement<OpenedRow>>()

/** Compiled at first use: a deployment meets a few of the combinations. */
function statementFor(variant: Variant): Statement<OpenedRow> {
  const name = Object.values(variant).join(' ')
  const known = statements.get(name) ?? openStatement(variant)
  statements.set(name, known)
  return known
}

const takeTurn = statement(sql`SELECT pg_advisory_xact_lock(hashtextextended(${given('turn')}::text, 0))`)

const earlier = statement<{
  bodyHash: string | null
  request: string | null
  used: string | null
  agent: string | null
}>(sql`
  SELECT keyed.body_hash AS "bodyHash", keyed.request AS "request", used.id AS "used", used.agent AS "agent"
  FROM (SELECT) AS always
  LEFT JOIN ${idempotencyKeys} AS keyed ON keyed.client = ${given('client')} AND keyed.endpoint = ${given('endpoint')}
    AND keyed.key = ${given('key')}
  LEFT JOIN ${requests} AS used ON used.challenge_issuer = ${given('issuer')} AND used.challenge_jti = ${given('jti')}`)

function valuesOf(open: OpenRequest): Values {
  const { request, idempotency, limits, token } = open
  return {
    request: openedRow(open),
    key: idempotency && { ...idempotency, request: request.id, createdAt: request.createdAt },
    token: token?.issued ?? null,
    grant: open.series && budgetRow(request, open.series),
    pendingPerAgent: limits?.pendingPerAgent ?? null,
    pendingPerGroup: limits?.pendingPerGroup ?? null,
    payloads: payloadRows(open.payloads),
    entries: entryRows(token ? [...open.entries, token.entry] : open.entries),
    notices: open.notices,
  }
}

const budgetRow = ({ id, agent, audience, name, expiresAt }: RequestRow, { bounds: _, ...budget }: Series) => ({
  id,
  agent,
  audience,
  name,
  expiresAt,
  ...budget,
})

async function attempt(runner: Runner, open: OpenRequest): Promise<OpenedRow | 'repeated'> {
  const { idempotency, limits, token, series } = open
  const variant = {
    keyed: idempotency !== null,
    counted: limits !== null,
    issued: token !== null,
    budgeted: series !== null,
  }
  const [row] = await runner.run(statementFor(variant), valuesOf(open))
  return row ?? 'repeated'
}

/** Takes the turn of the agent, then those of the groups: always in this order, so that no deadlock is possible. */
async function attemptInTurn(transaction: Runner, open: OpenRequest): Promise<OpenedRow | 'repeated'> {
  await transaction.run(takeTurn, { turn: `agent ${open.request.agent}` })
  for (const group of groupsAsked(open.request.terms).toSorted()) {
    await transaction.run(takeTurn, { turn: `group ${group}` })
  }
  return attempt(transaction, open)
}

/** A turn by history comes before those by agent and group. */
async function attemptOf(database: Database, open: OpenRequest): Promise<OpenedRow | 'repeated'> {
  if (!open.history && !open.limits) return attempt(database, open)
  return database.transaction((transaction) => openWithin(transaction, open))
}

/** Opens a request within a transaction, after `first`, which comes when it is the request's turn and may call it off. */
export function openWithin(
  transaction: Runner,
  open: OpenRequest,
  first: () => Promise<boolean> = async () => true,
): Promise<OpenedRow | 'repeated'> {
  const { history, limits, request } = open
  const opening = async () => {
    if (!(await first())) return 'repeated'
    return limits ? attemptInTurn(transaction, open) : attempt(transaction, open)
  }
  return history ? inTurnOf(transaction, history, request, opening) : opening()
}

type Outcome = OpenedRow | 'repeated' | 'outdated' | 'undo_waits'

async function outcomeOf(database: Database, open: OpenRequest): Promise<Outcome> {
  try {
    return await attemptOf(database, open)
  } catch (error) {
    if (error instanceof OutdatedHistory) return 'outdated'
    if (isDuplicate(error, 'requests_challenge')) return 'repeated'
    if (isDuplicate(error, 'requests_undo_waits')) return 'undo_waits'
    throw error
  }
}

type Identity = Pick<OpenRequest, 'idempotency' | 'challenge'>
type UsedBefore = EarlierCall | Extract<OpenVerdict, { readonly verdict: 'challenge_used' }>

/** What this call repeats. A known key comes first, so that a repeated call always gets its first answer. */
async function earlierUse(database: Database, { idempotency, challenge }: Identity): Promise<UsedBefore | undefined> {
  const { client = null, endpoint = null, key = null, bodyHash = null } = idempotency ?? {}
  const { issuer = null, jti = null } = challenge ?? {}
  const [row] = await database.run(earlier, { client, endpoint, key, issuer, jti })
  if (row?.request) {
    return row.bodyHash === bodyHash
      ? { verdict: 'replayed', request: row.request }
      : { verdict: 'idempotency_mismatch' }
  }
  if (row?.used && row.agent) return { verdict: 'challenge_used', request: row.used, agent: row.agent }
  return undefined
}

async function openRequest(database: Database, open: OpenRequest): Promise<OpenVerdict> {
  const row = await outcomeOf(database, open)
  if (row === 'outdated') return { verdict: 'outdated_history' }
  if (row === 'undo_waits') return { verdict: row }
  if (row !== 'repeated' && row.id !== null) {
    return { verdict: 'opened', leaf: row.leaf ? new Uint8Array(row.leaf) : null }
  }
  const before = await earlierUse(database, open)
  if (before) return before
  if (row !== 'repeated' && !row.free) return { verdict: 'killed' }
  if (row !== 'repeated' && !row.current) return { verdict: 'stale_policy' }
  if (row !== 'repeated' && open.limits) return { verdict: row.agentHasRoom ? 'group_limit' : 'agent_limit' }
  // The key that was in the way was swept between the two statements.
  return openRequest(database, open)
}

/** `gather`: concurrent calls for allowed requests share a statement. */
export const openVerbs = (database: Database, gather: Gather | undefined) => {
  const allow = shared(gather, (all: readonly AllowedRequest[]) => openAllowed(database, all))
  return {
    async openRequest(open) {
      if (!isPlainlyAllowed(open)) return openRequest(database, open)
      return allow(open)
    },
    earlierCall: async (idempotency) => {
      const before = await earlierUse(database, { idempotency, challenge: null })
      return before?.verdict === 'challenge_used' ? undefined : before
    },
  } satisfies Partial<RequestStore>
}
