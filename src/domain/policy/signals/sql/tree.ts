/** The parse tree of PostgreSQL as plain JSON: an object with one member, its kind, around the node's own members. */

export type Node = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const NO_NODE = ['', {}] as const

/** Kind and members; both empty for anything else. */
export function nodeOf(value: unknown): readonly [string, Node] {
  if (!isNode(value)) return NO_NODE
  for (const kind in value) {
    const node = value[kind]
    return isNode(node) ? [kind, node] : NO_NODE
  }
  return NO_NODE
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What a string node holds. */
export const textOf = ({ sval }: Node): string => (typeof sval === 'string' ? sval : '')
