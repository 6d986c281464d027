/**
 * Whether a condition narrows what a statement touches: it compares a column with something that no row itself
 * supplies. `true`, `1=1`, `id = id`, `id > 0` and `id IS NOT NULL` do not. What is not recognised does not either.
 * SPEC 11.1.
 */
import { isNode, listOf, type Node, nodeOf, textOf } from './tree.ts'

const COMPARING = ['=', '<', '<=', '>', '>=', '~~', '~~*', '~', '~*', '@>', '<@', '&&', 'IN', 'BETWEEN']
/** Functions of a column that still tell its values apart. */
const TELLING = ['lower', 'upper', 'date', 'date_trunc', 'btrim', 'to_char']

export function narrows(condition: unknown): boolean {
  const [kind, node] = nodeOf(condition)
  switch (kind) {
    case 'BoolExpr':
      return joins(node)
    case 'A_Expr':
      return compares(node)
    case 'NullTest':
      return node.nulltesttype === 'IS_NULL' && isColumn(node.arg)
    case 'SubLink':
      return findsIn(node)
    case 'ColumnRef':
    case 'CurrentOfExpr':
      return true
    default:
      return false
  }
}

function joins({ boolop, args }: Node): boolean {
  const parts = listOf(args)
  if (boolop === 'AND_EXPR') return parts.some(narrows)
  if (boolop === 'OR_EXPR') return parts.every((part) => narrows(part) && !isHalf(part))
  return parts.every((part) => nodeOf(part)[0] === 'ColumnRef')
}

/** Together with its opposite it holds for every row: a flag, a test for null, the values beyond a bound. */
function isHalf(condition: unknown): boolean {
  const [kind, node] = nodeOf(condition)
  if (kind === 'BoolExpr') return node.boolop !== 'AND_EXPR' && listOf(node.args).some(isHalf)
  if (kind === 'A_Expr') return /^[<>]/.test(operatorOf(node)) || [node.lexpr, node.rexpr].some(isFlag)
  return kind === 'ColumnRef' || kind === 'NullTest'
}

const isFlag = (value: unknown): boolean => {
  const [kind, node] = nodeOf(value)
  if (kind === 'TypeCast') return isFlag(node.arg)
  return (
    kind === 'A_Const' &&
    (isNode(node.boolval) || /^(?:t|true|f|false|y|yes|n|no|on|off)$/i.test(String(constantOf(value))))
  )
}

function compares(node: Node): boolean {
  const operator = operatorOf(node)
  if (!COMPARING.includes(operator)) return false
  const sides = [node.lexpr, node.rexpr]
  return sides.some((side, at) => isColumn(side) && sets(operator, sides[1 - at]))
}

function operatorOf({ kind, name }: Node): string {
  if (kind === 'AEXPR_BETWEEN') return 'BETWEEN'
  return listOf(name)
    .map((part) => textOf(nodeOf(part)[1]))
    .join('.')
}

/** Whether `side` limits: no other column, no pattern that fits all, no bound that every number passes. */
function sets(operator: string, side: unknown): boolean {
  if (holdsRows(side)) return operator === '=' && isScalarSubquery(side)
  const [kind, { items }] = nodeOf(side)
  const sides = kind === 'List' ? listOf(items) : [side]
  if (sides.filter(isFlag).length > 1) return false
  if (/^[<>]|^BETWEEN$/.test(operator)) return !sides.some(isEnd)
  const constant = constantOf(side)
  return !operator.startsWith('~') || constant === undefined || /[^%_.*^$]/u.test(String(constant))
}

/** A bound that every value may pass: a number, however it is spelled, or infinity. */
function isEnd(side: unknown): boolean {
  const constant = constantOf(side)
  return constant !== undefined && (!Number.isNaN(Number(constant)) || /infinity/i.test(String(constant)))
}

function constantOf(value: unknown): string | number | undefined {
  const [kind, node] = nodeOf(value)
  if (kind === 'TypeCast') return constantOf(node.arg)
  if (kind === 'A_Expr' && operatorOf(node) === '-' && node.lexpr === undefined) return -1
  if (kind !== 'A_Const') return undefined
  if (isNode(node.sval)) return textOf(node.sval)
  const number = isNode(node.ival) ? (node.ival.ival ?? 0) : isNode(node.fval) ? node.fval.fval : undefined
  return number === undefined ? undefined : Number(number)
}

function isColumn(value: unknown): boolean {
  const [kind, node] = nodeOf(value)
  if (kind === 'ColumnRef') return true
  if (kind === 'TypeCast') return isColumn(node.arg)
  if (kind === 'A_Expr') return operatorOf(node).startsWith('->') && isColumn(node.lexpr)
  if (kind !== 'FuncCall') return false
  const called = listOf(node.funcname).map((part) => textOf(nodeOf(part)[1]))
  return TELLING.includes(called.at(-1) ?? '') && listOf(node.args).some(isColumn)
}

const isScalarSubquery = (value: unknown): boolean => {
  const [kind, node] = nodeOf(value)
  return kind === 'SubLink' && node.subLinkType === 'EXPR_SUBLINK' && isOwn(node.subselect, false)
}

/** `IN (SELECT …)` and `EXISTS (SELECT …)` narrow as the inner statement does. */
function findsIn({ subLinkType, subselect }: Node): boolean {
  const [, select] = nodeOf(subselect)
  const limit = Number(constantOf(select.limitCount) ?? Number.NaN)
  if (subLinkType === 'EXISTS_SUBLINK') return narrows(select.whereClause) && !isOwn(subselect, true)
  return (limit <= MAX_LIMIT || narrows(select.whereClause)) && isOwn(select.targetList, true, tablesIn(subselect))
}

const MAX_LIMIT = 1000
const AGGREGATES = ['max', 'min', 'count', 'sum', 'avg']

const tablesIn = (subselect: unknown): readonly string[] =>
  listOf(nodeOf(subselect)[1].fromClause).flatMap((from) => {
    const [kind, { relname, alias }] = nodeOf(from)
    if (kind !== 'RangeVar') return []
    return [String(isNode(alias) ? alias.aliasname : relname)]
  })

/** Whether no column in it can be one of the statement around it. `bare`: whether one without its table counts as own. */
function isOwn(value: unknown, bare: boolean, tables = tablesIn(value)): boolean {
  if (Array.isArray(value)) return value.every((one) => isOwn(one, bare, tables))
  if (!isNode(value)) return true
  return Object.entries(value).every(([kind, inner]) => {
    if (kind === 'ColumnRef' && isNode(inner)) return isOwnColumn(listOf(inner.fields), bare, tables)
    return isOwn(inner, bare || (kind === 'FuncCall' && isNode(inner) && aggregates(inner)), tables)
  })
}

const isOwnColumn = (fields: readonly unknown[], bare: boolean, tables: readonly string[]): boolean =>
  fields.length === 1 ? bare : fields.length === 2 && tables.includes(textOf(nodeOf(fields[0])[1]))

const aggregates = ({ funcname }: Node): boolean =>
  AGGREGATES.includes(textOf(nodeOf(listOf(funcname).at(-1))[1])) && listOf(funcname).length === 1

/** Whether columns or subqueries are somewhere in it. */
function holdsRows(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsRows)
  if (!isNode(value)) return false
  return Object.entries(value).some(([kind, inner]) => kind === 'ColumnRef' || kind === 'SubLink' || holdsRows(inner))
}
