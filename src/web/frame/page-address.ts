/**
 * What a page reads from its address: known parameters, each at most once and held to its schema. Empty ones, which forms
 * send, and unknown ones, which others add to links, are ignored.
 *
 * A parameter that cannot be read is a page of its own: 400 and `invalid_request`, with a link to the same page without
 * that parameter. SPEC 12.
 */
import type { Context } from 'hono'
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

export interface Address<Known extends Fields> {
  /** The texts of the parameters that are there. */
  readonly given: Readonly<Record<string, string>>
  readonly read: { readonly [Name in keyof Known]: Known[Name] extends Field<infer Value> ? Value : never }
}

export type ReadAddress<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem }

export function readAddress<Known extends Fields>(c: Context, known: Known): ReadAddress<Address<Known>> {
  const address = new URL(c.req.url).searchParams
  const given: Record<string, string> = {}
  const read: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(known)) {
    const [text, another] = address
      .getAll(name)
      .map((one) => one.trim())
      .filter((one) => one !== '')
    if (another !== undefined) return { ok: false, problem: invalidParameter(c, name, 'is there twice') }
    const parsed = field.safeParse(text)
    if (!parsed.success) return { ok: false, problem: invalidParameter(c, name, wordsOf(parsed.error.issues[0])) }
    if (text !== undefined) given[name] = text
    read[name] = parsed.data
  }
  return { ok: true, value: { given, read: read as Address<Known>['read'] } }
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
