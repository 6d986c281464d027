/**
 * The constraints of a grant in words. Values are hostile text: they are never joined into words, which one value could
 * imitate. SPEC 4.6.
 */
import type { JsonObject } from '@countersign/verifier'
import type { Constraint, Constraints } from '@countersign/verifier/authority'

/** A value that is neither a list nor an object. */
export type Scalar = NonNullable<Constraint['equals']> | null

function wordsOfConstraint(constraint: Constraint): string {
  const values = valuesOf(constraint)
  if (values.length > 1) return `one of ${values.length} values`
  if (constraint.prefix !== undefined) return `${constraint.prefix}… (anything below)`
  return wordsOfNumbers(constraint) ?? textOf(values[0])
}

/** Undefined where the argument is no number within limits. */
export function wordsOfNumbers({ max, sum }: Constraint): string | undefined {
  const parts = [...(max === undefined ? [] : [`at most ${max}`]), ...(sum === undefined ? [] : [`${sum} in all`])]
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** Those that the argument may have, where the constraint lists them. */
export const valuesOf = ({ equals, oneOf }: Constraint): readonly Scalar[] =>
  oneOf ?? (equals === undefined ? [] : [equals])

const textOf = (value: Scalar | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)

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
    ...[constraint.prefix ?? '', ...valuesOf(constraint)].map((value) => [name, textOf(value)] as const),
  ])
