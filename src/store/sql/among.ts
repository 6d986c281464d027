/**
 * Rows by the many values of a parameter: read by index, whatever the planner knows of the table. SPEC 13.
 */
import { type Column, type SQL, sql } from 'drizzle-orm'

/**
 * `values` is a query of one column. The planner counts an array as ten values. It counts rows of JSON as a hundred, and
 * joins them to the whole of a table that has grown since it was last analyzed.
 */
export const oneOf = (column: Column | SQL, values: SQL): SQL => sql`${column} = ANY (ARRAY(${values}))`

/** The column is one of the texts in the parameter, a JSON array; `type` is that of the column. */
export const among = (column: Column | SQL, parameter: string, type: 'text' | 'uuid' = 'text'): SQL =>
  oneOf(
    column,
    sql`SELECT value::${sql.raw(type)} FROM json_array_elements_text(${sql.placeholder(parameter)}::text::json) AS many (value)`,
  )
