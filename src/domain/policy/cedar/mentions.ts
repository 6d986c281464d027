/**
 * The attributes of `context` that policies mention, so that only these are handed to the engine: a long text that no
 * policy reads costs nothing. Read from Cedar's own JSON of a parsed policy. SPEC 11.
 */
import type { PolicyJson } from '@cedar-policy/cedar-wasm/web'

/**
 * A tree of attributes. `whole`: the value itself is read, not only whether it is there. `decimal`: it is compared as a
 * decimal.
 */
export interface Mention {
  whole: boolean
  decimal: boolean
  readonly members: Map<string, Mention>
}

export const noMention = (): Mention => ({ whole: false, decimal: false, members: new Map() })

/** What a policy reads of the context. */
export function mentionOf({ conditions }: PolicyJson): Mention {
  const mention = noMention()
  addMentions(mention, conditions)
  return mention
}

/** What any of several policies reads of it. */
export function mentionIn(policies: readonly { readonly mention: Mention }[]): Mention {
  const all = noMention()
  for (const { mention } of policies) merge(all, mention)
  return all
}

function merge(into: Mention, { whole, decimal, members }: Mention): void {
  into.whole ||= whole
  into.decimal ||= decimal
  for (const [name, member] of members) merge(mark(into, [name]), member)
}

/** Everything, read as a value. */
const EVERYTHING: Mention = { whole: true, decimal: false, members: new Map() }

/** The mention of a member, if any policy has one. */
export const memberOf = (mention: Mention | undefined, name: string): Mention | undefined =>
  mention?.members.get(name) ?? (mention?.whole ? EVERYTHING : undefined)

/** Adds what an expression mentions. `expression`: of the conditions that `policyToJson` gives. */
function addMentions(root: Mention, expression: unknown): void {
  const path = pathOf(expression)
  if (path) {
    mark(root, path).whole = true
    return
  }
  if (Array.isArray(expression)) for (const one of expression) addMentions(root, one)
  else for (const [operator, operands] of membersOf(expression)) addOperation(root, operator, operands)
}

/** The parts of an expression, by operator; none of a literal, which may look like an expression. */
const membersOf = (expression: unknown): [string, unknown][] =>
  typeof expression === 'object' && expression !== null
    ? Object.entries(expression).filter(([operator]) => operator !== 'Value')
    : []

function addOperation(root: Mention, operator: string, operands: unknown): void {
  if (operator === 'has') addPresence(root, operands)
  // The names of a record's members are no operators.
  else addMentions(root, operator === 'Record' ? Object.values(sidesOf(operands)) : operands)
  for (const operand of decimalsOf(operator, operands)) {
    const path = pathOf(operand)
    if (path) mark(root, path).decimal = true
  }
}

const DECIMAL_METHODS = new Set(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])

/** The operands that the operator compares as decimals. */
function decimalsOf(operator: string, operands: unknown): readonly unknown[] {
  if (DECIMAL_METHODS.has(operator) && Array.isArray(operands)) return operands
  if (operator !== '==' && operator !== '!=') return []
  const { left, right } = sidesOf(operands)
  return isDecimal(left) || isDecimal(right) ? [left, right] : []
}

const isDecimal = (expression: unknown) => membersOf(expression).some(([operator]) => operator === 'decimal')

interface Sides {
  readonly left?: unknown
  readonly right?: unknown
  readonly attr?: unknown
}

const sidesOf = (operands: unknown): Sides => (typeof operands === 'object' && operands !== null ? operands : {})

/** `has` asks whether a member is there: its value is not needed. */
function addPresence(root: Mention, operands: unknown): void {
  const { left, attr } = sidesOf(operands)
  const path = pathOf(left)
  if (path) mark(root, [...path, ...(Array.isArray(attr) ? attr.map(String) : [String(attr)])])
  else addMentions(root, left)
}

/** The path below `context` that an expression names; undefined for any other expression. */
function pathOf(expression: unknown): string[] | undefined {
  if (typeof expression !== 'object' || expression === null) return undefined
  if ('Var' in expression) return expression.Var === 'context' ? [] : undefined
  if (!('.' in expression)) return undefined
  const { left, attr } = sidesOf(expression['.'])
  const path = pathOf(left)
  return path && [...path, String(attr)]
}

function mark(root: Mention, path: readonly string[]): Mention {
  let at = root
  for (const name of path) {
    const next = at.members.get(name) ?? noMention()
    at.members.set(name, next)
    at = next
  }
  return at
}
