/**
 * Whether a condition narrows what a statement touches: a column equals literals, is one of them, begins with one, or
 * lies between two days that are at most a year apart. `true`, `1=1`, `id = id`, `id > 0`, `name ~ 'a*'` and
 * `id IS NOT NULL` do not narrow. What is not recognised does not either. SPEC 11.1.
 */
import { isNode, listOf, type Node, nodeOf, textOf } from './tree.ts'

/** `half`: together with its opposite it holds for every row, as a flag or a test for null does. */
type Reach = 'every row' | 'half' | 'few'

export const narrows = (condition: unknown): boolean => reachOf(condition) !== 'every row'

/** Looks at each condition once, however they are nested. */
function reachOf(condition: unknown): Reach {
  const [kind, node] = nodeOf(condition)
  switch (kind) {
    case 'BoolExpr':
      return joined(node)
    case 'A_Expr':
      return compared(node)
    case 'NullTest':
      return node.nulltesttype === 'IS_NULL' && isColumn(node.arg) ? 'half' : 'every row'
    case 'SubLink':
      return findsIn(node) ? 'few' : 'every row'
    case 'ColumnRef':
      return 'half'
    case 'CurrentOfExpr':
      return 'few'
    default:
      return 'every row'
  }
}

function joined({ boolop, args }: Node): Reach {
  if (boolop === 'NOT_EXPR') return listOf(args).every((part) => nodeOf(part)[0] === 'ColumnRef') ? 'half' : 'every row'
  const parts = listOf(args).map(reachOf)
  const halves = parts.filter((part) => part === 'half').length
  if (boolop === 'AND_EXPR') return parts.includes('few') ? 'few' : halves > 0 ? 'half' : 'every row'
  return parts.includes('every row') || halves > 1 ? 'every row' : halves === 1 ? 'half' : 'few'
}

function compared(node: Node): Reach {
  const sides = [node.lexpr, node.rexpr]
  const limits = sides.filter((side, at) => isColumn(side) && isLimit(node, sides[1 - at]))
  if (limits.length === 0) return 'every row'
  return sides.some((side) => partsOf(side).some(isFlag)) ? 'half' : 'few'
}

const EQUAL = ['AEXPR_OP', 'AEXPR_OP_ANY', 'AEXPR_IN', 'AEXPR_NOT_DISTINCT']

/** Whether what a column is compared with is the same for every row, and leaves rows out. */
function isLimit(node: Node, side: unknown): boolean {
  const [kind, operator] = [String(node.kind), operatorOf(node)]
  if (kind === 'AEXPR_BETWEEN') return isShort(partsOf(side))
  if (/^~~\*?$/.test(operator)) return /LIKE|AEXPR_OP$/.test(kind) && /^[^%_\\]/u.test(String(constantOf(side) ?? ''))
  if (operator !== '=' || !EQUAL.includes(kind)) return false
  const parts = partsOf(side)
  return isScalarSubquery(side) || (parts.every(isLiteral) && parts.filter(isFlag).length < 2)
}

const operatorOf = ({ name }: Node): string =>
  listOf(name)
    .map((part) => textOf(nodeOf(part)[1]))
    .join('.')

/** The values of a list, of an array, or of one that is spelled as a text. */
function partsOf(side: unknown): readonly unknown[] {
  const [kind, node] = nodeOf(side)
  if (kind === 'List') return listOf(node.items)
  if (kind === 'A_ArrayExpr') return listOf(node.elements)
  const text = /^\{(?<items>.*)\}$/s.exec(String(constantOf(side) ?? ''))?.groups?.['items']
  return text === undefined ? [side] : text.split(',').map((sval) => ({ A_Const: { sval: { sval: sval.trim() } } }))
}

const isLiteral = (value: unknown): boolean => nodeOf(value)[0] === 'ParamRef' || constantOf(value) !== undefined

/** One of the two values of a flag, however it is spelled. */
const isFlag = (value: unknown): boolean =>
  /^(?:t|true|f|false|y|yes|n|no|on|off|0|1)$/i.test(String(constantOf(value) ?? ''))

const DAY = /^\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?$/
const YEAR_MS = 366 * 86_400_000

/** Whether two days lie within a year: every row may be in a wider range. */
function isShort(bounds: readonly unknown[]): boolean {
  const days = bounds.map((bound) => String(constantOf(bound) ?? ''))
  const [from = Number.NaN, to = Number.NaN] = days.map((day) => (DAY.test(day) ? Date.parse(day) : Number.NaN))
  return to - from <= YEAR_MS
}

/** What a cast, of which there may be thousands, is of. */
function withoutCasts(value: unknown): readonly [string, Node] {
  let found = nodeOf(value)
  while (found[0] === 'TypeCast') found = nodeOf(found[1].arg)
  return found
}

function constantOf(value: unknown): string | number | boolean | undefined {
  const [kind, node] = withoutCasts(value)
  if (kind === 'A_Expr' && operatorOf(node) === '-' && node.lexpr === undefined)
    return nodeOf(node.rexpr)[0] === 'A_Const' ? -1 : undefined
  if (kind !== 'A_Const') return undefined
  if (isNode(node.sval)) return textOf(node.sval)
  if (isNode(node.boolval)) return node.boolval.boolval === true
  const number = isNode(node.ival) ? (node.ival.ival ?? 0) : isNode(node.fval) ? node.fval.fval : undefined
  return number === undefined ? undefined : Number(number)
}

/** Functions of a column that still tell its values apart. */
const TELLING = ['lower', 'upper', 'date', 'btrim']

function isColumn(value: unknown): boolean {
  let [kind, node] = withoutCasts(value)
  while (kind === 'A_Expr' && operatorOf(node).startsWith('->')) [kind, node] = withoutCasts(node.lexpr)
  if (kind === 'ColumnRef') return true
  if (kind !== 'FuncCall') return false
  const [[name, ...schema], args] = [listOf(node.funcname).toReversed(), listOf(node.args)]
  return schema.length === 0 && TELLING.includes(textOf(nodeOf(name)[1])) && args.length === 1 && isColumn(args[0])
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
