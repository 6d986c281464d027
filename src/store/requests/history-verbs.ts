/**
 * What policies know of earlier calls: read in one statement, and written in the transaction that opens a request. The
 * versions of the scopes decide who comes first. What becomes of a request is counted by triggers. SPEC 11.6.
 */
import { sql } from 'drizzle-orm'
import type { HistoryStore, HistoryTurn, ScopeHistory } from '../contract/history-store.ts'
import type { RequestRow } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { historyCalls, historyScopes, historyTotals } from '../schema/history-tables.ts'
import { entries } from '../schema/tables.ts'
import { among } from '../sql/among.ts'

const given = sql.placeholder

const read = statement<ScopeHistory>(sql`
  SELECT asked.scope AS "scope", coalesce(${historyScopes.version}, 0)::float8 AS "version", ${historyScopes.last} AS "last",
    ${historyScopes.lastAt}::float8 AS "lastAt", greatest(0, least(9007199254740991,
      coalesce((SELECT sum(${historyTotals.total}) FROM ${historyTotals}
        WHERE ${historyTotals.scope} = asked.scope AND ${historyTotals.bucket} >= asked.since), 0)
      - coalesce((SELECT sum(${historyCalls.amount}::numeric * ${historyCalls.uses}) FROM ${historyCalls}
        WHERE ${historyCalls.request} = ${given('without')} AND ${historyCalls.scope} = asked.scope AND counted
          AND ${historyCalls.bucket} >= asked.since), 0)))::float8 AS "total"
  FROM json_to_recordset(${given('queries')}::text::json) AS asked (scope text, since bigint)
  LEFT JOIN ${historyScopes} ON ${historyScopes.scope} = asked.scope`)

// In order, since two calls may concern the same scopes.
const takeScopes = statement<{ scope: string }>(sql`
  INSERT INTO ${historyScopes} AS known (scope, version, expires_at)
  SELECT scope, coalesce(version, 0) + 1, expires_at
  FROM json_to_recordset(${given('scopes')}::text::json) AS turn (scope text, version bigint, expires_at bigint)
  ORDER BY scope
  ON CONFLICT (scope) DO UPDATE SET version = known.version + 1, expires_at = greatest(known.expires_at, excluded.expires_at)
    WHERE known.version = excluded.version - 1 OR known.scope IN (SELECT json_array_elements_text(${given('unread')}::text::json))
  RETURNING scope`)

const addCalls = statement(sql`
  WITH added AS (
    INSERT INTO ${historyCalls} (request, scope, state, amount, uses, bucket, step, window_seconds, counted, expires_at)
    SELECT ${given('request')}, scope, state, amount, uses, bucket, step, window_seconds, counted, ${given('expiresAt')}::bigint
    FROM json_to_recordset(${given('calls')}::text::json) AS call (scope text, state text, amount bigint, uses integer,
      bucket bigint, step bigint, window_seconds bigint, counted boolean)
    ON CONFLICT DO NOTHING
    RETURNING scope, bucket, amount::numeric * uses AS amount, bucket + window_seconds + 2 * step AS until, counted
  )
  SELECT add_to_history(scope, bucket, amount, until) FROM (SELECT * FROM added WHERE counted ORDER BY scope) AS counting`)

/** Thrown to undo a turn that came too late. */
export class OutdatedHistory extends Error {}

/** Outcomes that come later than this after the end of a request are not counted. */
const OUTCOME_SECONDS = 7 * 86_400

/** Opens by `open` when no other call has come in between; throws `OutdatedHistory` else. */
export async function inTurnOf<Row extends { readonly id: string | null }>(
  runner: Runner,
  { scopes, calls }: HistoryTurn,
  request: Pick<RequestRow, 'id' | 'expiresAt'>,
  open: () => Promise<Row | 'repeated'>,
): Promise<Row | 'repeated'> {
  const taken = await runner.run(takeScopes, {
    scopes: scopes.map(({ scope, version, expiresAt }) => ({ scope, version, expires_at: expiresAt })),
    unread: scopes.filter(({ version }) => version === null).map(({ scope }) => scope),
  })
  if (taken.length < scopes.length) throw new OutdatedHistory()
  const row = await open()
  if (row !== 'repeated' && row.id !== null) {
    const expiresAt = request.expiresAt + OUTCOME_SECONDS
    const rows = calls.map(({ windowSeconds, ...call }) => ({ ...call, window_seconds: windowSeconds }))
    await runner.run(addCalls, { request: request.id, calls: rows, expiresAt })
  }
  return row
}

const revoked = statement<{ trace: string }>(sql`SELECT DISTINCT replace(${entries.trace}::text, '-', '') AS "trace"
  FROM ${entries} WHERE ${among(entries.trace, 'traces', 'uuid')}
    AND ${entries.type} IN ('request.withdrawn', 'token.revoked')`)

export const historyVerbs = (database: Database) =>
  ({
    history: (queries, without) => database.run(read, { queries, without }),
    revokedAmong: async (traces) => (await database.run(revoked, { traces })).map(({ trace }) => trace),
  }) satisfies HistoryStore
