/**
 * SQL written once with the schema's columns and compiled once to text with numbered parameters.
 *
 * In:  drizzle `sql` with named placeholders. Out: a `Statement` that a database runs, prepared, with values by name.
 * Holds no connection and decides nothing. Specification: DESIGN 13.
 */
import { type Column, getTableColumns, type Placeholder, type SQL, sql } from 'drizzle-orm'
import { PgDialect, type PgTable } from 'drizzle-orm/pg-core'

declare const rowOf: unique symbol

/** `parameters` are names in the order of `$1`, `$2`, …; `Row` is what one row of its answer looks like. */
export interface Statement<Row> {
  readonly text: string
  readonly parameters: readonly string[]
  readonly [rowOf]?: Row
}

/** Objects are sent as JSON text, so their place in the statement is written `::text::json`. */
export type Value = string | number | boolean | null | object

const dialect = new PgDialect()

/** Compiles once. A placeholder that stands several times becomes one parameter. */
export function statement<Row>(query: SQL): Statement<Row> {
  const compiled = dialect.sqlToQuery(query)
  const names = compiled.params.map(nameOf)
  const parameters = [...new Set(names)]
  const text = compiled.sql.replace(/\$(\d+)/g, (_, n) => `$${parameters.indexOf(names[Number(n) - 1] ?? '') + 1}`)
  return { text, parameters }
}

function nameOf(parameter: unknown): string {
  const name = typeof parameter === 'object' && parameter !== null && 'name' in parameter ? parameter.name : undefined
  if (typeof name !== 'string') throw new TypeError('A statement takes its values by placeholder only')
  return name
}

/** The values in the order of the parameters, as both drivers take them. Throws `TypeError` for misuse. */
export function bind(parameters: readonly string[], values: Readonly<Record<string, Value>>): unknown[] {
  return parameters.map((name) => encode(name, values[name]))
}

// PostgreSQL keeps no U+0000 in text. Bodies and payloads hold it escaped, as JSON does; a name that has one must have
// been refused at the door, and is refused here before anything is sent.
function encode(name: string, value: Value | undefined): unknown {
  if (value === undefined) throw new TypeError(`The statement's value ${name} is missing`)
  if (typeof value === 'string' && value.includes('\0')) throw new TypeError(`${name} contains U+0000`)
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? JSON.stringify(value) : value
}

/** `{ 'request.id': …, 'request.trace': … }`: the values of one record, for statements that take several. */
export function prefixed(prefix: string, record: object): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}.${name}`, value]))
}

type ColumnsOf<T extends PgTable> = { readonly [K in keyof T['$inferInsert']]?: SQL | Placeholder }

/** Placeholders for all columns of a table, or the listed ones, named as in the schema, with a prefix where given. */
export function placeholders(table: PgTable, prefix = '', except: readonly string[] = []): Record<string, Placeholder> {
  const names = Object.keys(getTableColumns(table)).filter((name) => !except.includes(name))
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(prefix ? `${prefix}.${name}` : name)]))
}

/** `INSERT INTO table (…) SELECT … [rest]`, where `rest` is the FROM and WHERE that decide whether a row is made. */
export function insert<T extends PgTable>(table: T, values: ColumnsOf<T>, rest: SQL = sql``): SQL {
  const columns: Record<string, Column> = getTableColumns(table)
  const pairs = Object.entries<SQL | Placeholder | undefined>(values).flatMap(([key, value]) => {
    const column = columns[key]
    return column && value ? [{ column, value }] : []
  })
  const names = pairs.map(({ column }) => name(column))
  const selected = pairs.map(({ column, value }) => cast(value, column))
  return sql`INSERT INTO ${table} (${sql.join(names, sql`, `)}) SELECT ${sql.join(selected, sql`, `)} ${rest}`
}

/** A column's bare name, as INSERT and SET want it. */
export const name = (column: Column): SQL => sql`${sql.identifier(column.name)}`

// Without a cast a bare parameter in a SELECT is text, and the drivers encode JSON strings once more for json columns.
function cast(value: SQL | Placeholder, column: Column): SQL {
  const type = column.getSQLType()
  if (type === 'json' || type === 'jsonb') return sql`(${value})::text::${sql.raw(type)}`
  return sql`(${value})::${sql.raw(type)}`
}

/** `column AS "key"` for all columns of a table, so that rows come back in the words of the schema. */
export function fields(table: PgTable, except: readonly string[] = []): SQL {
  const columns = Object.entries<Column>(getTableColumns(table)).filter(([key]) => !except.includes(key))
  return sql.join(
    columns.map(([key, column]) => sql`${column} AS ${sql.identifier(key)}`),
    sql`, `,
  )
}

/** The row of a table as one JSON object in the words of the schema. */
export function object(table: PgTable): SQL {
  const members = Object.entries<Column>(getTableColumns(table)).map(
    ([key, column]) => sql`${sql.raw(`'${key}'`)}, ${column}`,
  )
  return sql`json_build_object(${sql.join(members, sql`, `)})`
}
