/**
 * What a page reads from its address: known parameters, each at most once and held to its schema. Empty ones, which forms
 * send, and unknown ones, which others add to links, are ignored.
 *
 * Where some cannot be read, the page is a problem: 400 and `invalid_request`, with a link to the same page without the
 * first of them. A page with a search form shows the form with it. SPEC 12.
 */
import type { Context } from 'hono'
import type { Typed } from '../parts/filter-form.tsx'
import type { Problem } from './problem-page.tsx'

/** As a schema of the endpoints reads one parameter, undefined where it is not there. */
interface Field<Value> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }
}

/** `values`: all that would do, where they are few. `maximum`: of a text that is too long, in characters. */
interface Issue {
  readonly message: string
  readonly values?: readonly unknown[]
  readonly maximum?: number | bigint
}

type Fields = Readonly<Record<string, Field<unknown>>>

type Texts = Readonly<Record<string, string>>
type Values<Known> = { readonly [Name in keyof Known]: Known[Name] extends Field<infer Value> ? Value : never }

/** `given`: the texts of the parameters that are there. `faults`: what is wrong with those that cannot be read. */
export type ReadAddress<Read> =
  | { readonly ok: true; readonly given: Texts; readonly read: Read }
  | {
      readonly ok: false
      readonly given: Texts
      readonly read: Partial<Read>
      readonly faults: Texts
      readonly problem: Problem
    }

/** A filter, or what its form shows to be corrected. */
export type ReadFilter<Filter> =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly problem: Problem; readonly typed: Typed }

export function readAddress<Known extends Fields>(c: Context, known: Known): ReadAddress<Values<Known>> {
  const address = new URL(c.req.url).searchParams
  const given: Record<string, string> = {}
  const faults: Record<string, string> = {}
  const read: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(known)) {
    const [text, another] = address
      .getAll(name)
      .map((one) => one.trim())
      .filter((one) => one !== '')
    if (text !== undefined) given[name] = text
    const parsed = field.safeParse(text)
    if (another !== undefined) faults[name] = 'it is there twice'
    else if (parsed.success) read[name] = parsed.data
    else faults[name] = wordsOf(parsed.error.issues[0])
  }
  const [first] = Object.entries(faults)
  if (first === undefined) return { ok: true, given, read: read as Values<Known> }
  return { ok: false, given, read: read as Partial<Values<Known>>, faults, problem: invalidParameter(c, ...first) }
}

/** In the schema's own words, where it has some. */
function wordsOf({ message, values, maximum }: Issue = { message: 'invalid' }): string {
  if (values !== undefined) return `it is one of ${values.join(', ')}`
  return maximum === undefined ? message : `it has at most ${maximum} characters`
}

function invalidParameter(c: Context, name: string, fault: string): Problem {
  const without = new URL(c.req.url)
  without.searchParams.delete(name)
  const wayOn = { to: without.pathname + without.search, words: `Show the page without “${name}”` }
  return invalidAddress(`Its parameter “${name}” cannot be read: ${fault}.`, wayOn)
}

export const invalidAddress = (fault: string, wayOn: NonNullable<Problem['wayOn']>): Problem => ({
  status: 400,
  code: 'invalid_request',
  title: 'This address is not valid',
  detail: `${fault} Nothing was changed.`,
  wayOn,
})
