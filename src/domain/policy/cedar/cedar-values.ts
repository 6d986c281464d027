/**
 * JSON as Cedar holds it, without loss: what Cedar cannot hold is refused, and nothing that a caller sends becomes an
 * entity. Only what policies mention is converted. SPEC 11.
 */
import type { CedarValueJson } from '@cedar-policy/cedar-wasm/web'
import { type Mention, memberOf } from './mentions.ts'

/** Values and levels that are handed in with one call, so that no call takes long. */
const MAX_VALUES = 1_000
const MAX_DEPTH = 32

/** Members by which Cedar's JSON names entities and extension values. */
const RESERVED = new Set(['__entity', '__extn', '__expr'])

/** Thrown for a value that cannot be handed in. `message`: a sentence that names the path. */
export class Inconvertible extends Error {}

/** Converts what is mentioned of `value`. `path` names it in messages. */
export function cedarValue(value: unknown, mention: Mention, path: string): CedarValueJson {
  return convert(value, mention, { path, depth: 0, budget: { left: MAX_VALUES } })
}

interface At {
  readonly path: string
  readonly depth: number
  readonly budget: { left: number }
}

/** `name` only where a policy names it: other names are the caller's, and do not belong into messages. */
const below = ({ path, depth, budget }: At, name = ''): At => ({ path: `${path}${name}`, depth: depth + 1, budget })

function convert(value: unknown, mention: Mention, at: At): CedarValueJson {
  if (--at.budget.left < 0) throw new Inconvertible(`The policy reads more than ${MAX_VALUES} values of this call.`)
  if (at.depth > MAX_DEPTH) throw new Inconvertible(`${at.path} is nested more than ${MAX_DEPTH} deep.`)
  if (value === null) throw new Inconvertible(`${at.path} is or holds null, which policies cannot read.`)
  // Only whether it is there is asked.
  if (!mention.whole && mention.members.size === 0) return true
  if (typeof value === 'number') return numberValue(value, mention.decimal, at.path)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((one) => convert(one, ALL, below(at)))
  if (typeof value === 'object') return recordValue(value, mention, at)
  throw new Inconvertible(`${at.path} is nothing that policies can read.`)
}

const ALL: Mention = { whole: true, decimal: false, members: new Map() }

function recordValue(record: object, mention: Mention, at: At): CedarValueJson {
  const members: [string, CedarValueJson][] = []
  for (const [name, value] of Object.entries(record)) {
    const mentioned = memberOf(mention, name)
    if (!mentioned) continue
    if (RESERVED.has(name))
      throw new Inconvertible(`${at.path} has a member named ${name}, which policies cannot read.`)
    members.push([name, convert(value, mentioned, below(at, mention.members.has(name) ? `.${name}` : ''))])
  }
  return Object.fromEntries(members)
}

const DECIMAL = /^-?\d{1,14}(\.\d{1,4})?$/

/** Whole numbers are of type Long, unless a policy compares them as decimals; others are decimals of up to four digits. */
function numberValue(value: number, asDecimal: boolean, path: string): CedarValueJson {
  if (Number.isSafeInteger(value) && !asDecimal) return value
  const text = String(value)
  if (!DECIMAL.test(text))
    throw new Inconvertible(`${path} is or holds a number with more digits than policies can read.`)
  return { __extn: { fn: 'decimal', arg: text.includes('.') ? text : `${text}.0` } }
}
