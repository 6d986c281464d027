/** The part of two texts that differs, line by line: what they share at the beginning and the end is left out. */

export interface DifferingLines {
  /** Number of the first line, from 1. */
  readonly from: number
  readonly before: string | null
  readonly after: string | null
}

/** Most that is shown of one call. */
export const MAX_CHARACTERS = 15_000
/** Lines around the difference that are shown too. */
const CONTEXT = 3

/** Undefined where it is too long to show. Texts that are short are given whole. */
export function differingLines(before: string | null, after: string | null): DifferingLines | undefined {
  const isShort = (before?.length ?? 0) + (after?.length ?? 0) <= MAX_CHARACTERS
  if (isShort) return { from: 1, before, after }
  if (before === null || after === null) return undefined
  const [old, fresh] = [before.split('\n'), after.split('\n')]
  const first = Math.max(0, shared(old, fresh) - CONTEXT)
  const last = Math.max(
    0,
    Math.min(shared(old.toReversed(), fresh.toReversed()), Math.min(old.length, fresh.length) - first) - CONTEXT,
  )
  const part = (lines: readonly string[]) => lines.slice(first, lines.length - last).join('\n')
  const found = { from: first + 1, before: part(old), after: part(fresh) }
  return found.before.length + found.after.length <= MAX_CHARACTERS ? found : undefined
}

function shared(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((line, index) => line !== other[index])
  return at < 0 ? one.length : at
}
