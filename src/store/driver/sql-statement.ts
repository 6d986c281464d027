/**
 * Statements: SQL with the schema's columns, compiled once to text with numbered parameters, and run with values by
 * name. SPEC 13.
 */
import { type Column, getTableColumns, type Placeholder, type SQL, type SQLChunk, sql } from 'drizzle-orm'
import { PgDialect, type PgTable } from 'drizzle-orm/pg-core'

declare const rowOf: unique symbol

/** `parameters` are names in the order of `$1`, `$2`, …; `Row` is the type of a result row. */
export interface Statement<Row> {
  readonly text: string
  readonly parameters: readonly Name[]
  /** It takes as long as all else that a page reads, and is not joined with that. */
  readonly isAlone?: boolean
  readonly [rowOf]?: Row
}

/** `now`, or `token.jti` for a member of the record that is given as `token`. */
type Name = readonly [name: string, member?: string]

/** Objects are sent as JSON text, so their place in the statement is written `::text::json`. */
export type Value = string | number | boolean | null | object
export type Values = Readonly<Record<string, Value>>

const dialect = new PgDialect()

/** Compiles once. Repeated placeholders become one parameter. */
export function statement<Row>(query: SQL): Statement<Row> {
  const compiled = dialect.sqlToQuery(query)
  const names = compiled.params.map(nameOf)
  const distinct = [...new Set(names)]
  const text = compiled.sql.replace(/\$(\d+)/g, (_, n) => `$${distinct.indexOf(names[Number(n) - 1] ?? '') + 1}`)
  return { text, parameters: distinct.map(split) }
}

export const alone = <Row>(one: Statement<Row>): Statement<Row> => ({ ...one, isAlone: true })

function nameOf(parameter: unknown): string {
  const name = typeof parameter === 'object' && parameter !== null && 'name' in parameter ? parameter.name : undefined
  if (typeof name !== 'string') throw new TypeError('A statement takes its values by placeholder only')
  return name
}

function split(name: string): Name {
  const [first = '', member] = name.split('.')
  return member === undefined ? [first] : [first, member]
}

/** The values in the order of the parameters, as both drivers take them. Throws `TypeError` for misuse. */
export function bind(parameters: readonly Name[], values: Values): unknown[] {
  return parameters.map(([name, member]) =>
    encode(name, member === undefined ? values[name] : memberOf(values[name], member)),
  )
}

function memberOf(record: Value | undefined, member: string): Value | undefined {
  return typeof record === 'object' && record !== null ? Reflect.get(record, member) : undefined
}

// PostgreSQL cannot store U+0000 in text. Bodies and payloads hold it escaped, as JSON does. The door refuses names with
// it, and this refuses them before anything is sent.
function encode(name: string, value: Value | undefined): unknown {
  if (value === undefined) throw new TypeError(`A value of ${name} is missing`)
  const isRecord = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
  const encoded = isRecord ? JSON.stringify(value) : value
  // Texts are gone through only where there may be one: JSON writes U+0000 so.
  const mayHold = typeof encoded === 'string' && encoded.includes(isRecord ? '\\u0000' : '\0')
  if (mayHold && textsOf(value).some((text) => text.includes('\0')))
    throw new TypeError(`A value of ${name} contains U+0000`)
  return encoded
}

/** The texts that PostgreSQL will extract from a value: its own, those of a list, those of a list of records. */
function textsOf(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && depth === 0) return value.flatMap((member) => textsOf(member, 1))
  if (depth === 1 && typeof value === 'object' && value !== null) {
    return Object.values(value).filter((member) => typeof member === 'string')
  }
  return []
}

type ColumnsOf<T extends PgTable> = { readonly [K in keyof T['$inferInsert']]?: SQL | Placeholder }

/** Placeholders for all columns of a table but `except`, named as in the schema, with a prefix where given. */
export function placeholders(table: PgTable, prefix = '', except: readonly string[] = []): Record<string, Placeholder> {
  const names = Object.keys(getTableColumns(table)).filter((name) => !except.includes(name))
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(prefix ? `${prefix}.${name}` : name)]))
}

/**
 * `INSERT INTO table (…) SELECT … [rest]`, where `rest` holds the FROM and WHERE that decide whether a row is inserted.
 */
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

/**
 * `INSERT INTO table (…) SELECT …` of the rows in a parameter: a JSON array of `flat` records with the schema's names.
 * `where` refers to a row as `many`.
 */
export function insertMany(
  table: PgTable,
  parameter: string,
  except: readonly string[] = [],
  where: SQL = sql`true`,
): SQL {
  const columns = Object.entries<Column>(getTableColumns(table)).filter(([key]) => !except.includes(key))
  const list = (each: (key: string, column: Column) => SQL) =>
    sql.join(
      columns.map(([key, column]) => each(key, column)),
      sql`, `,
    )
  return sql`INSERT INTO ${table} (${list((_, column) => name(column))})
    SELECT ${list((key, column) => fromRecord(sql.identifier(key), column.getSQLType()))}
    FROM json_to_recordset(${sql.placeholder(parameter)}::text::json)
      AS many (${list((key, column) => sql`${sql.identifier(key)} ${sql.raw(TEXT_IN_RECORDS.test(column.getSQLType()) ? 'text' : column.getSQLType())}`)})
    WHERE ${where}`
}

/** Documents and bytes are text in a record; bytes are in hex. */
const TEXT_IN_RECORDS = /^(jsonb?|bytea)$/

function fromRecord(value: SQLChunk, type: string): SQL {
  if (type === 'bytea') return sql`decode(${value}, 'hex')`
  return TEXT_IN_RECORDS.test(type) ? sql`${value}::${sql.raw(type)}` : sql`${value}`
}

/** A record with its documents as text: PostgreSQL refuses an escaped U+0000 in records it takes apart. */
export function flat(record: object): Record<string, unknown> {
  const row: Record<string, unknown> = { ...record }
  for (const key of Object.keys(row)) {
    const value = row[key]
    if (typeof value === 'object' && value !== null) row[key] = JSON.stringify(value)
  }
  return row
}

/** A column's bare name, for INSERT and SET. */
export const name = (column: Column): SQL => sql`${sql.identifier(column.name)}`

// Without a cast a bare parameter in a SELECT is text, and the drivers encode JSON strings once more for json columns.
function cast(value: SQL | Placeholder, column: Column): SQL {
  const type = column.getSQLType()
  if (type === 'json' || type === 'jsonb') return sql`(${value})::text::${sql.raw(type)}`
  return sql`(${value})::${sql.raw(type)}`
}

/** `column AS "key"` for all columns of a table, so that rows come back with the schema's names. */
export function fields(table: PgTable, except: readonly string[] = []): SQL {
  const columns = Object.entries<Column>(getTableColumns(table)).filter(([key]) => !except.includes(key))
  return sql.join(
    columns.map(([key, column]) => sql`${column} AS ${sql.identifier(key)}`),
    sql`, `,
  )
}

/** A row as a JSON object by the schema's names, with further members. */
export function object(table: PgTable, further: Readonly<Record<string, SQL>> = {}): SQL {
  const members = Object.entries<Column | SQL>({ ...getTableColumns(table), ...further }).map(
    ([key, value]) => sql`${sql.raw(`'${key}'`)}, ${value}`,
  )
  return sql`json_build_object(${sql.join(members, sql`, `)})`
}
