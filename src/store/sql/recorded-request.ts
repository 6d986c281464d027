/** Requests held against the ledger: whether the columns that never change are those of the entry `request.decided`. SPEC 8.1. */
import { type Column, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { RECORDED } from '../../domain/approval/request-record.ts'
import { entries, leaves, requests } from '../schema/tables.ts'
import { digestOf, traceOf } from './request-fields.ts'

const columns: Readonly<Record<string, Column>> = getTableColumns(requests)

function memberOf(name: string): SQL {
  const column = columns[name]
  if (!column) throw new TypeError(`Requests have no column ${name}`)
  return column.getSQLType() === 'jsonb' ? list(column) : sql`${column}`
}

/** Words as they are written, without the spaces of jsonb; anything else as it is. */
const list = (column: Column) => sql`CASE WHEN jsonb_typeof(${column}) = 'array'
  THEN ('[' || array_to_string(ARRAY(SELECT jsonb_array_elements(${column})::text), ',') || ']')::json
  ELSE to_json(${column}) END`

const text = sql`json_build_array(${sql.join(RECORDED.map(memberOf), sql`, `)})::text`

// A body is canonical, and no other member of this type has one of these names. Splitting takes a fraction of a regular
// expression's time.
const member = (name: 'record' | 'seal') =>
  sql`nullif(split_part(split_part(${entries.body}, ${sql.raw(`'"${name}":"'`)}, 2), '"', 1), '')`
const record = member('record')
const seal = sql`replace(${member('seal')}, '\\n', chr(10))`

const decided = (what: SQL) => sql`(SELECT ${what} FROM ${entries}
  LEFT JOIN ${leaves} ON ${leaves.entry} = ${entries.id}
  WHERE ${entries.trace} = ${requests.trace} AND ${entries.type} = 'request.decided'
  ORDER BY ${leaves.index} NULLS LAST, ${entries.id} LIMIT 1)`

/** The record of the columns as they are now; null where they have another trace than the request's. */
export const presentRecord = sql`CASE WHEN ${requests.trace} = ${traceOf(sql`${requests.id}`)} THEN ${digestOf(text)} END`

/** True where a column was changed, or no entry names the request. */
export const isUnrecorded = sql`coalesce(${decided(record)} <> ${presentRecord}, true)`

/** What the entry says was recorded, and the seal of that. */
export const sealedRecord = decided(sql`json_build_object('record', ${record}, 'seal', ${seal})`)
