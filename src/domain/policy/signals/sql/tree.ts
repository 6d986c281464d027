/** The parse tree of PostgreSQL as plain JSON: an object with one member, its kind, around the node's own members. */

export type Node = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Kind and members; both empty for anything else. */
export function nodeOf(value: unknown): readonly [string, Node] {
  if (!isNode(value)) return ['', {}]
  const [entry] = Object.entries(value)
  return entry && isNode(entry[1]) ? [entry[0], entry[1]] : ['', {}]
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What a string node holds. */
export const textOf = ({ sval }: Node): string => (typeof sval === 'string' ? sval : '')
