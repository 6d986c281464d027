/**
 * Stops, the confirmations of executors, and the streams on which executors listen. The transaction that ends something
 * writes its stop, which is announced with the commit. SPEC 9.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { ExecutorStream, StopSelector } from '../../domain/stop/kill-switch.ts'
import type { StopState, StopStore } from '../contract/stop-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, insert, insertMany, object, placeholders, statement } from '../driver/sql-statement.ts'
import {
  confirmations,
  credentials,
  executorStreams,
  executors,
  killSwitches,
  statusPositions,
  stops,
  tokens,
} from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { announce } from '../sql/entry-rows.ts'

const given = sql.placeholder

/** A stream that was not kept for so long is gone with its process. */
const KEPT_FOR_MS = 15_000
export const isKept = sql`${executorStreams.seenAtMs} >= ${given('nowMs')}::bigint - ${sql.raw(String(KEPT_FOR_MS))}`

export const announceStop = announce(sql`'control'`)

/** PostgreSQL refuses longer announcements. A stop that does not fit is read by those who hear of the change. */
const MOST_ANNOUNCED_BYTES = 7999

/**
 * Writes a stop and announces it, as a whole and as a change: nobody who hears it has to read it first. `before`: further
 * common table expressions, each with its comma.
 */
export const writeStop = (values: Parameters<typeof insert<typeof stops>>[1], before: SQL = sql``): SQL => sql`
  WITH ${before} stopped AS (${insert(stops, values)} RETURNING *),
  told AS (SELECT 'stop ' || ${object(stops)}::text AS stop FROM stopped AS ${stops})
  SELECT CASE WHEN octet_length(stop) <= ${sql.raw(String(MOST_ANNOUNCED_BYTES))} THEN ${announce(sql`stop`)} END,
    ${announceStop} FROM told`

const addStop = statement(writeStop(placeholders(stops, '', ['id'])))

export async function stopRevoked(transaction: Runner, selector: StopSelector, atMs: number): Promise<void> {
  await transaction.run(addStop, { atMs, kind: 'revocation', killswitch: null, selector })
}

/** A selector from its columns, with the members that it names. */
export const selectorOf = sql`json_strip_nulls(json_build_object('agent', agent, 'principal', principal,
  'executor', executor, 'action', action, 'request', request, 'trace', replace(trace::text, '-', '')))`

const rows = (query: ReturnType<typeof sql>) => sql`(SELECT coalesce(json_agg(row), '[]') FROM (${query}) AS row)`

const state = statement<StopState>(sql`
  SELECT
    ${rows(sql`SELECT id AS "id", ${selectorOf} AS "selector", engaged_at_ms AS "engagedAtMs"
      FROM ${killSwitches} WHERE released_at_ms IS NULL ORDER BY engaged_at_ms, id`)} AS "active",
    ${rows(sql`SELECT ${fields(stops)} FROM ${stops} WHERE at_ms >= ${given('sinceMs')}::bigint
      AND id NOT IN (SELECT value::bigint FROM json_array_elements_text(${given('known')}::text::json) AS known (value))
      ORDER BY id`)} AS "stops",
    ${rows(sql`SELECT status_list AS "list", count(*) AS "count" FROM ${tokens}
      WHERE revoked_at IS NOT NULL AND status_list IN (
        SELECT status_list FROM ${tokens} WHERE revoked_at IS NOT NULL AND expires_at > ${given('now')}::bigint)
      GROUP BY status_list ORDER BY status_list`)} AS "revoked",
    coalesce((SELECT next FROM ${statusPositions}), 0) AS "nextPosition"`)

/** More than the streams that a process takes from an executor; bounds the rows of an executor that invents streams. */
const MAX_CONFIRMATIONS = 512
const concerns = sql`EXISTS (SELECT FROM ${stops} WHERE ${stops.id} = ${given('stop')}::bigint
  AND coalesce(${stops.selector}->>'executor', ${given('executor')}::text) = ${given('executor')}::text)`
const isRoom = sql`(SELECT count(*) FROM ${confirmations} WHERE ${confirmations.stop} = ${given('stop')}::bigint
  AND ${confirmations.executor} = ${given('executor')}::text) < ${sql.raw(String(MAX_CONFIRMATIONS))}`

const confirm = statement<{ known: boolean }>(sql`
  WITH kept AS (
    ${insert(confirmations, placeholders(confirmations), sql`WHERE ${concerns} AND ${isRoom}`)}
    ON CONFLICT DO NOTHING RETURNING stop
  )
  SELECT ${concerns} AS "known",
    (SELECT ${announce(sql`'confirmations'`)} FROM kept)`)

const keep = statement(sql`
  WITH gone AS (
    DELETE FROM ${executorStreams} WHERE (process = ${given('process')} OR NOT ${isKept})
      AND connection NOT IN (SELECT json_array_elements_text(${given('connections')}::text::json))
  )
  ${insertMany(executorStreams, 'streams')}
  ON CONFLICT (connection) DO UPDATE SET seen_at_ms = excluded.seen_at_ms, lag_ms = excluded.lag_ms`)

const connected = statement<ExecutorStream>(sql`SELECT ${fields(executorStreams)} FROM ${executorStreams}
  WHERE ${isKept} ORDER BY executor, since_ms, connection`)

/** A stream outlives the call that opened it, so its credential is checked again. */
const inForce = statement<{ id: string }>(sql`
  SELECT ${credentials.id} AS "id" FROM ${credentials} JOIN ${executors} ON ${executors.audience} = ${credentials.subject}
  WHERE ${among(credentials.id, 'ids')}
    AND ${credentials.kind} = 'executor' AND ${credentials.revokedAt} IS NULL
    AND ${credentials.expiresAt} > ${given('now')}::bigint AND ${executors.revokedAt} IS NULL`)

export const stopVerbs = (database: Database) =>
  ({
    async stopState({ now, sinceMs, known = [] }) {
      const [row] = await database.run(state, { now, sinceMs, known })
      if (!row) throw new Error('The state of stopping is one row')
      return row
    },
    confirmStop: async (confirmation) => (await database.run(confirm, { ...confirmation }))[0]?.known === true,
    async keepStreams({ process, streams, connections = streams.map(({ connection }) => connection), nowMs }) {
      const kept = streams.map((stream) => ({ ...stream, process, seenAtMs: nowMs }))
      await database.run(keep, { process, connections, streams: kept, nowMs })
    },
    connectedExecutors: (nowMs) => database.run(connected, { nowMs }),
    credentialsInForce: async (held) => (await database.run(inForce, { ...held })).map(({ id }) => id),
  }) satisfies Partial<StopStore>
