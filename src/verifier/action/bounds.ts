/**
 * The bounds of a grant: the arguments in which the calls of a series may differ, and how far.
 *
 * An argument that is not named is fixed: the digest of the series covers its value. Counts nothing. Loaded with the
 * first token of a grant, since most executors never see one. SPEC 4.6.
 */
import { canonicalize } from '../data/canonicalize.ts'
import { type Digest, digestOf } from '../data/digest.ts'
import { isJsonObject, type JsonObject } from '../data/json.ts'
import { array, integer, matching, misfit, object, type Reader } from '../data/shape.ts'
import { demand, refusing } from '../errors/refuse.ts'
import type { ActionSpec, CallSnapshot } from './action.ts'

type Scalar = string | number | boolean | null

/** What one argument may be. Exactly one member, or `max` and `sum`. */
export type Constraint = {
  readonly equals?: Scalar
  readonly oneOf?: readonly Scalar[]
  /** Ends in `/`. What follows are path segments of plain characters: nothing that leads out of the prefix. */
  readonly prefix?: string
  /** The argument is a number from 0 to this, with at most six decimals. */
  readonly max?: number
  /** The same, over all calls of the series together. One argument of a series can have it. */
  readonly sum?: number
}

/** By argument name. */
export type Constraints = Readonly<Record<string, Constraint>>

/** What a person consents to, beside the arguments that all calls of the series share. */
export type Bounds = {
  /** Number of calls: 1 to 1000. */
  readonly uses: number
  readonly arguments: Constraints
}

/** The series of calls that people consented to, where a token is for one of them. SPEC 4.6. */
export type GrantBounds = {
  /** Id of the request that was consented to. */
  readonly grant: string
  /** `seriesDigest`: the statement's `action`. */
  readonly digest: Digest
  /** The salt of the series. */
  readonly salt: string
  /** Number of calls: 1 to 1000. */
  readonly uses: number
  /** Constraints by argument name, read when the call is held to them. */
  readonly arguments: JsonObject
}

const MAX_ARGUMENTS = 16
const MAX_VALUES = 32
const MAX_BOUNDS_LENGTH = 2048
const MAX_PATH_LENGTH = 1024

/** A number as millionths, exactly; NaN for one that is negative, too large or has more decimals. */
export const millionths = (value: unknown): number => {
  const scaled = Math.round(Number(value) * 1e6)
  return typeof value === 'number' && scaled / 1e6 === value && scaled >= 0 && scaled <= 1e15 ? scaled : NaN
}

const scalar: Reader<Scalar> = (value, where) => {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  if (!isScalar && value !== null) throw misfit(where)
  return value
}

const amount: Reader<number> = (value, where) => {
  if (typeof value !== 'number' || Number.isNaN(millionths(value))) throw misfit(where)
  return value
}

const members = object(
  {},
  {
    equals: scalar,
    oneOf: array(scalar, 1, MAX_VALUES),
    prefix: matching(/^(?!(?:.*\/)?\.\.\/)[^\p{C}\\%?#]*\/$/u),
    max: amount,
    sum: amount,
  },
)

const constraint: Reader<Constraint> = (value, where) => {
  const read = members(value, where)
  if (!/^(?:\w+|max,sum)$/.test(String(Object.keys(read)))) throw misfit(where)
  return read
}

const constraints: Reader<Constraints> = (value, where) => {
  if (!isJsonObject(value)) throw misfit(where)
  const read = Object.entries(value).map(([name, given]) => [name, constraint(given, name)] as const)
  const summed = read.filter(([, { sum }]) => sum !== undefined)
  const copy = Object.fromEntries(read)
  if (read.length > MAX_ARGUMENTS || summed.length > 1 || canonicalize(value).length > MAX_BOUNDS_LENGTH)
    throw misfit(where)
  return Object.freeze(copy)
}

const readBounds = object({ uses: integer(1, 1000), arguments: constraints })

/** Reads bounds from untrusted data, strictly. Throws `invalid_request`. */
export const parseBounds = (value: unknown): Bounds => readBounds(value, 'bounds')

/**
 * Digest of a series for one executor: SHA-256 over the JCS of
 * `{ typ: "countersign/series/v1", aud, jkt, name, resource, arguments, bounds, salt }`, where `arguments` are those that
 * all calls share, `bounds` the constraints of the others, and `jkt` is the thumbprint of the agent's key. SPEC 4.6.
 */
export function seriesDigest(series: ActionSpec, constraints: Constraints, to: SeriesHolder): Promise<Digest> {
  const { name, resource, salt, arguments: fixed } = series
  const call = { name, resource, arguments: fixed, bounds: { ...constraints }, salt }
  return digestOf({ typ: 'countersign/series/v1', aud: to.audience, jkt: to.jkt, ...call })
}

/** The executor of a series, and the thumbprint of the key that every token of it is bound to. */
export type SeriesHolder = { readonly audience: string; readonly jkt: string }

/** The part of a call that all calls of its series share, and what it adds to the sum. */
export type SeriesShare = {
  readonly fixed: JsonObject
  /** In millionths; 0 without a summed argument. */
  readonly added: number
  /** The most that all calls may add, in millionths; Infinity without a summed argument. */
  readonly limit: number
}

/** The claims of a token that its grant concerns. */
export type SeriesClaims = {
  readonly aud: string
  readonly cnf?: { readonly jkt: string }
  readonly approval: { readonly quorum: number }
}

/** What a call uses up of its grant: an id, the most of it, and how much the call takes. */
export type SeriesUse = readonly [id: string, most: number, taken: number]

/**
 * Checks that a call is one of the series that a token's grant bounds, and tells what it uses up. Throws
 * `token_malformed` for constraints that cannot be read and for a token of no person, `proof_of_possession` for a token
 * without a key, `action_mismatch` for a call or a key outside of them.
 */
export async function checkSeries(
  { name, resource, text }: CallSnapshot,
  { grant, uses, arguments: given, digest, salt }: GrantBounds,
  { aud: audience, cnf, approval }: SeriesClaims,
): Promise<readonly SeriesUse[]> {
  demand(approval.quorum > 0, 'token_malformed')
  demand(cnf !== undefined, 'proof_of_possession')
  const bounds = refusing('token_malformed', () => constraints(given, 'bounds'))
  const { fixed, added, limit } = shareOf(JSON.parse(text), bounds)
  const series = { name, resource, arguments: fixed, salt }
  demand(digest === (await seriesDigest(series, bounds, { audience, jkt: cnf.jkt })), 'action_mismatch')
  return [
    [grant, uses, 1],
    [`${grant} sum`, limit, added],
  ]
}

/** Holds the arguments of a call to constraints. Throws `action_mismatch`. The fixed ones are left to the digest. */
export function shareOf(args: JsonObject, constraints: Constraints): SeriesShare {
  const rest = new Map(Object.entries(args))
  let [added, limit] = [0, Infinity]
  for (const [name, { sum, ...kind }] of Object.entries(constraints)) {
    const value = rest.get(name)
    demand(
      rest.delete(name) && satisfies(value, { ...kind, ...(sum !== undefined && { max: kind.max ?? sum }) }),
      'action_mismatch',
    )
    if (sum !== undefined) [added, limit] = [millionths(value), millionths(sum)]
  }
  return { fixed: Object.fromEntries(rest), added, limit }
}

function satisfies(value: unknown, { equals, oneOf, prefix, max }: Constraint): boolean {
  if (prefix !== undefined) return typeof value === 'string' && isBelow(value, prefix)
  if (max !== undefined) return millionths(value) <= millionths(max)
  return (oneOf ?? [equals]).some((allowed) => allowed === value)
}

/** Nothing that a file system, a URL or a shell could read as another place: dots, escapes, look-alikes. */
const SEGMENT = /^(?!.*[. ]$)[\p{L}\p{N}._@+=,()[\] -]+$/u

const isBelow = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) &&
  path.length <= MAX_PATH_LENGTH &&
  path.normalize('NFKC') === path &&
  path
    .slice(prefix.length)
    .split('/')
    .every((segment) => SEGMENT.test(segment))
