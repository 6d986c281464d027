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
  if (boolop === 'OR_EXPR') return parts.every(narrows)
  return parts.every((part) => nodeOf(part)[0] === 'ColumnRef')
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
  const constant = constantOf(side)
  if (operator.startsWith('~')) return constant === undefined || /[^%_.*^$]/u.test(String(constant))
  return !/^[<>]/.test(operator) || typeof constant !== 'number' || constant > 0
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
  return kind === 'SubLink' && node.subLinkType === 'EXPR_SUBLINK'
}

/** `IN (SELECT …)` and `EXISTS (SELECT …)` narrow as the inner statement does. */
function findsIn({ subselect }: Node): boolean {
  const [, select] = nodeOf(subselect)
  return select.limitCount !== undefined || narrows(select.whereClause)
}

/** Whether columns or subqueries are somewhere in it. */
function holdsRows(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsRows)
  if (!isNode(value)) return false
  return Object.entries(value).some(([kind, inner]) => kind === 'ColumnRef' || kind === 'SubLink' || holdsRows(inner))
}
