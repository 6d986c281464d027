/**
 * The search index of auditors: a row an entry, counts by minute and hour, words of requests.
 *
 * In: a growth of the log. Out: rows, in the transaction of its tiles, so that each entry is counted once. Removes the
 * resources of erased traces. Runs off the hot path. SPEC 8.
 */
import { sql } from 'drizzle-orm'
import type { Growth } from '../../domain/ledger/growth.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { activity, entryIndex, payloads } from '../schema/tables.ts'
import { hex } from '../sql/entry-rows.ts'

const given = sql.placeholder

const addRows = statement(sql`
  INSERT INTO ${entryIndex} (leaf_index, at, type, trace, agent, principal, approver, executor, name, action, resource,
    outcome, origin, leaf_prefix)
  SELECT "leafIndex", at, type, trace, agent, principal, approver, executor, name, action, decode(resource, 'hex'),
    outcome, origin, "leafPrefix"
  FROM json_to_recordset(${given('rows')}::text::json) AS row ("leafIndex" bigint, at bigint, type text, trace uuid,
    agent text, principal text, approver text, executor text, name text, action text, resource text, outcome text,
    origin text, "leafPrefix" bigint)`)

const addActivity = statement(sql`
  INSERT INTO ${activity} (width, start, type, count, first, last)
  SELECT * FROM json_to_recordset(${given('activity')}::text::json)
    AS row (width integer, start bigint, type text, count bigint, first bigint, last bigint)
  ON CONFLICT (width, start, type) DO UPDATE SET count = ${activity.count} + excluded.count,
    first = LEAST(${activity.first}, excluded.first), last = GREATEST(${activity.last}, excluded.last)`)

const keepWords = statement(sql`
  UPDATE ${payloads} SET words = array_to_tsvector(ARRAY(SELECT json_array_elements_text(said.words)))
  FROM json_to_recordset(${given('words')}::text::json) AS said (request text, words json)
  WHERE ${payloads.subject} = said.request AND ${payloads.kind} = 'action'`)

const forgetResources = statement(sql`
  UPDATE ${entryIndex} SET resource = NULL WHERE resource IS NOT NULL
    AND trace IN (SELECT json_array_elements_text(${given('traces')}::text::json)::uuid)`)

export async function growIndex(transaction: Runner, growth: Growth): Promise<void> {
  const rows = growth.rows.map((row) => ({ ...row, resource: row.resource && hex(row.resource) }))
  await transaction.run(addRows, { rows })
  await transaction.run(addActivity, { activity: growth.activity })
  if (growth.words.length > 0) await transaction.run(keepWords, { words: growth.words })
  if (growth.erasedTraces.length > 0) await transaction.run(forgetResources, { traces: growth.erasedTraces })
}
