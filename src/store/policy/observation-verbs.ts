/**
 * Observed drafts: started and ended with their entries, counted in one row, their differences bounded in number. SPEC
 * 11.8.
 */
import { sql } from 'drizzle-orm'
import { OBSERVED, type Observation, type ObservedDifference } from '../../domain/policy/drafts/observation.ts'
import type { ObservationStore } from '../contract/observation-store.ts'
import type { Database } from '../driver/database.ts'
import { fields, flat, insert, insertMany, placeholders, statement } from '../driver/sql-statement.ts'
import { observations, observedDifferences } from '../schema/policy-tables.ts'
import { entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder
const MAX_KEPT = 20
const MAX_DIFFERENCES = 200

const start = statement(sql`
  WITH decided AS (
    ${insert(observations, placeholders(observations, 'observation', OBSERVED))} ON CONFLICT DO NOTHING RETURNING id
  ),
  written AS (${insertEntries(ifDecided)}),
  forgotten AS (
    DELETE FROM ${observations} WHERE ${ifDecided} AND ${observations.id} IN (SELECT ${observations.id}
      FROM ${observations} ORDER BY ${observations.startedAt} DESC, ${observations.id} OFFSET ${sql.raw(String(MAX_KEPT - 1))})
  )
  SELECT id FROM decided`)

const end = statement(sql`
  WITH decided AS (
    UPDATE ${observations} SET ended_at = ${given('at')}::bigint
    WHERE id = ${given('id')} AND ended_at IS NULL RETURNING id
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT id FROM decided`)

const counts = sql.join(
  OBSERVED.map((name) => sql`${sql.raw(`'${name}'`)}, ${observations[name]}`),
  sql`, `,
)
const columns = sql`${fields(observations, OBSERVED)}, json_build_object(${counts}) AS "counts"`
export const isUnderWay = sql`${observations.endedAt} IS NULL`
const open = statement<Observation>(sql`SELECT ${columns} FROM ${observations} WHERE ${isUnderWay}`)
const all = statement<Observation>(
  sql`SELECT ${columns} FROM ${observations}
    ORDER BY ${observations.endedAt} DESC NULLS FIRST, ${observations.startedAt} DESC, ${observations.id}`,
)
const byId = statement<Observation>(
  sql`SELECT ${columns} FROM ${observations} WHERE ${observations.id} = ${given('id')}`,
)
const differences = statement<ObservedDifference>(sql`
  SELECT ${fields(observedDifferences, ['observation'])} FROM ${observedDifferences}
  WHERE ${observedDifferences.observation} = ${given('id')}
  ORDER BY ${observedDifferences.count} DESC, ${observedDifferences.key}`)

// The row stays locked until the differences are there, so that their number stays bounded.
const add = statement(sql`
  UPDATE ${observations} SET ${sql.join(
    OBSERVED.map((name) => sql`${sql.raw(name)} = ${observations[name]} + ${given(`counts.${name}`)}::bigint`),
    sql`, `,
  )}
  WHERE id = ${given('observation')} AND ended_at IS NULL RETURNING id`)

const known = statement<{ readonly key: string }>(
  sql`SELECT ${observedDifferences.key} AS "key" FROM ${observedDifferences} WHERE ${observedDifferences.observation} = ${given('observation')}`,
)
const keep = statement(sql`
  ${insertMany(observedDifferences, 'differences')}
  ON CONFLICT (observation, key) DO UPDATE SET count = ${observedDifferences.count} + excluded.count,
    last_at = excluded.last_at, request = excluded.request, reason = excluded.reason`)

export const observationVerbs = (database: Database): ObservationStore => ({
  async startObservation({ observation: { counts: _, ...observation }, entry }) {
    return (await database.run(start, { observation, entries: entryRows([entry]) })).length > 0
  },
  async endObservation({ entry, ...ended }) {
    return (await database.run(end, { ...ended, entries: entryRows([entry]) })).length > 0
  },
  openObservation: async () => (await database.run(open))[0],
  listObservations: () => database.run(all),
  observation: async (id) => (await database.run(byId, { id }))[0],
  observedDifferences: (id) => database.run(differences, { id }),
  recordObserved: ({ observation, counts, differences: found }) =>
    database.transaction(async (transaction) => {
      if ((await transaction.run(add, { observation, counts })).length === 0 || found.length === 0) return
      const keys = new Set((await transaction.run(known, { observation })).map(({ key }) => key))
      const fresh = found.filter(({ key }) => !keys.has(key)).slice(0, Math.max(0, MAX_DIFFERENCES - keys.size))
      const kept = found.filter((one) => keys.has(one.key) || fresh.includes(one))
      await transaction.run(keep, { differences: kept.map((one) => flat({ ...one, observation })) })
    }),
})
