/** The names that a policy writes out, by what they name: entities, and the texts that known attributes are compared with. SPEC 11.4. */
import type { CompiledPolicy } from './compile.ts'

export type NameKind =
  | 'action'
  | 'agent'
  | 'executor'
  | 'group of people'
  | 'group of agents'
  | 'principal'
  | 'person'
  | 'effect'
  | 'tag'

export interface NameUse {
  readonly kind: NameKind
  readonly name: string
}

const ENTITIES: ReadonlyMap<unknown, NameKind> = new Map([
  ['Action', 'action'],
  ['Agent', 'agent'],
  ['Executor', 'executor'],
  ['Group', 'group of agents'],
])

const ATTRIBUTES: ReadonlyMap<string, NameKind> = new Map([
  ['context.effect', 'effect'],
  ['context.principal', 'principal'],
  ['principal.id', 'agent'],
  ['principal.groups', 'group of agents'],
  ['principal.owner', 'person'],
  ['resource.executor', 'executor'],
])

const COMPARISONS = new Set(['==', '!=', 'contains', 'containsAll', 'containsAny'])
const TAG_READERS = new Set(['getTag', 'hasTag'])

/** In the order of kinds above, each as often as it is written. */
export function namesIn({ json, terms }: CompiledPolicy): readonly NameUse[] {
  const groups = (terms?.requirements ?? []).flatMap((requirement) => requirement.groups)
  return [
    ...used('group of people', groups),
    ...used('agent', terms?.actor ? [terms.actor] : []),
    ...namesBelow([json.principal, json.action, json.resource, json.conditions]),
  ]
}

const used = (kind: NameKind | undefined, names: readonly string[]): NameUse[] =>
  kind === undefined ? [] : names.map((name) => ({ kind, name }))

/** Of Cedar's JSON of a policy, whose depth is bounded. */
function namesBelow(part: unknown): NameUse[] {
  const { type, id } = nodeOf(part)
  if (typeof type === 'string' && typeof id === 'string') return used(ENTITIES.get(type), [id])
  return Object.entries(nodeOf(part)).flatMap(([operator, operands]) => [
    ...comparedBy(operator, nodeOf(operands)),
    ...namesBelow(operands),
  ])
}

function comparedBy(operator: string, { left, right }: Node): NameUse[] {
  if (TAG_READERS.has(operator)) return used('tag', textsOf(right))
  if (!COMPARISONS.has(operator)) return []
  const kind = ATTRIBUTES.get(pathOf(left)) ?? ATTRIBUTES.get(pathOf(right))
  return used(kind, [...textsOf(left), ...textsOf(right)])
}

/** The members of a part that are read here. */
interface Node {
  readonly Var?: unknown
  readonly '.'?: unknown
  readonly Value?: unknown
  readonly Set?: unknown
  readonly left?: unknown
  readonly right?: unknown
  readonly attr?: unknown
  readonly type?: unknown
  readonly id?: unknown
}

const nodeOf = (part: unknown): Node => (typeof part === 'object' && part !== null ? part : {})

/** Dotted; empty for any other expression. */
function pathOf(expression: unknown): string {
  const { Var: variable, '.': member } = nodeOf(expression)
  const { left, attr } = nodeOf(member)
  return member === undefined ? String(variable ?? '') : `${pathOf(left)}.${attr}`
}

/** The texts of a literal, or of a set of them. */
function textsOf(expression: unknown): string[] {
  const { Value: value, Set: members } = nodeOf(expression)
  if (Array.isArray(members)) return members.flatMap(textsOf)
  return typeof value === 'string' ? [value] : []
}
