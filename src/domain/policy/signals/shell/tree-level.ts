/** How deep a part of a shell text stands, which is bounded, and a look at the parts in it. SPEC 11.1. */
import { forEachChild, type SyntaxNode } from 'unbash'
import { isPlain } from './shell-words.ts'

/** Texts, and nodes of their trees, that a part stands in. */
export interface Level {
  readonly depth: number
  readonly level: number
}

export const MAX_DEPTH = 8
export const MAX_LEVEL = 100

/** A nested script is parsed when it is looked at, so that depth costs time. */
export const depthIn = ({ type }: SyntaxNode, depth: number): number =>
  type === 'CommandExpansion' || type === 'ProcessSubstitution' ? depth + 1 : depth

/** Without a list of the children, which would be slow for each node. */
export function someChild(at: SyntaxNode, holds: (child: SyntaxNode) => boolean): boolean {
  let found = false
  forEachChild(at, (child) => {
    found ||= !isPlain(child) && holds(child)
  })
  return found
}
