/**
 * Names of one object that a reader takes for one: they differ in blanks, case, hidden characters or letters that look
 * alike. SPEC 3, Unicode TS 39.
 */
import { looksLike } from './lookalikes.ts'
import { normalForm } from './normal-form.ts'

const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]+/gu

const lookOf = (name: string): string =>
  [...normalForm(name, 'NFKC').replace(INVISIBLE, '').toLowerCase()].map(looksLike).join('').toLowerCase()

/** Those of `names` that look like another of them. Linear in their length. */
export function sameLooking(names: readonly string[]): ReadonlySet<string> {
  const seen = new Map<string, string[]>()
  for (const name of names) {
    const look = lookOf(name)
    const same = seen.get(look)
    if (same) same.push(name)
    else seen.set(look, [name])
  }
  return new Set([...seen.values()].filter(({ length }) => length > 1).flat())
}
