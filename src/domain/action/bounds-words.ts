/** The constraints of a grant in words. Values are hostile text: the page that shows them decides how. SPEC 4.6. */
import type { JsonObject } from '@countersign/verifier'
import type { Constraint, Constraints } from '@countersign/verifier/authority'

export function wordsOfConstraint({ equals, oneOf, prefix, max, sum }: Constraint): string {
  if (prefix !== undefined) return `${prefix}… (anything below)`
  const most = max === undefined ? [] : [`at most ${max}`]
  const inAll = sum === undefined ? [] : [`${sum} in all`]
  if (most.length + inAll.length > 0) return [...most, ...inAll].join(', ')
  return (oneOf ?? [equals]).map(shown).join(' or ')
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

/** Arguments as a sentence reads them: those that are fixed, and words for those that are bounded. */
export const readArgumentsOf = (fixed: JsonObject, constraints: Constraints): JsonObject =>
  Object.fromEntries([
    ...Object.entries(fixed),
    ...Object.entries(constraints).map(([name, constraint]) => [name, wordsOfConstraint(constraint)] as const),
  ])

/** Every text in the bounds, by the name of its argument. */
export const textsOfBounds = (constraints: Constraints): readonly (readonly [name: string, text: string])[] =>
  Object.entries(constraints).flatMap(([name, constraint]) => [
    ['the name of an argument', name] as const,
    [name, wordsOfConstraint(constraint)] as const,
  ])
