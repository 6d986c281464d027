/**
 * The text that has PostgreSQL explain a statement and run nothing: by its own parser one EXPLAIN, without ANALYZE, of one
 * statement that reads or changes rows. `EXPLAIN` in front of a text alone would run what comes after a semicolon.
 */
import { isJsonObject } from '@countersign/verifier/authority'

const MAX_CHARACTERS = 32_768

/** Undefined where it cannot be explained so. `costs`: with estimates, which change with every row. */
export async function explaining(sql: string, costs: boolean): Promise<string | undefined> {
  // A backslash ends a string, or does not, by a setting of the database.
  if (sql.length > MAX_CHARACTERS || /[\0\\]/.test(sql)) return undefined
  const text = `EXPLAIN (COSTS ${costs ? 'ON' : 'OFF'}) ${sql}`
  return isPlainExplain(await statementsIn(text)) ? text : undefined
}

async function statementsIn(text: string): Promise<readonly unknown[]> {
  const { parse } = await import('libpg-query')
  try {
    const { stmts = [] }: { stmts?: readonly unknown[] } = await parse(text)
    return stmts
  } catch {
    return []
  }
}

const EXPLAINED = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

function isPlainExplain(statements: readonly unknown[]): boolean {
  const [only, ...others] = statements
  const explain = member(member(only, 'stmt'), 'ExplainStmt')
  const options = member(explain, 'options')
  const [option, ...more] = Array.isArray(options) ? options : []
  const isCosts = member(member(option, 'DefElem'), 'defname') === 'costs'
  const [kind = ''] = Object.keys(member(explain, 'query') ?? {})
  return others.length === 0 && isCosts && more.length === 0 && EXPLAINED.has(kind)
}

const member = (node: unknown, name: string): unknown => (isJsonObject(node) ? node[name] : undefined)
