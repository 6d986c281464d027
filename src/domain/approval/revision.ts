/**
 * What an approver may change about a request before they consent: arguments that the catalogue calls changeable, and
 * nothing else, three times at most. Pure rules, no store. SPEC 5.2.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { CatalogueEntry } from '../identity/parties.ts'
import type { ApprovalRequest } from './approval-request.ts'

export const MAX_ROUNDS = 3

/** The paths of the arguments that may be changed. */
export const changeablePaths = ({ arguments: listed = [] }: CatalogueEntry): readonly string[] =>
  listed.flatMap(({ name, changeable }) => (changeable === true ? [name] : []))

/** Why nothing about this request can be changed, in words; null where something can. */
export function whyNotRevisable(
  { series, action, round }: Pick<ApprovalRequest, 'series' | 'action' | 'round'>,
  entry: CatalogueEntry,
): string | null {
  if (changeablePaths(entry).length === 0)
    return 'Its executor lets nobody change this call. Approve it as it is, or deny it.'
  if (series !== null) return 'The bounds of a grant are approved as they are, or denied.'
  if (action === null) return 'Its arguments were erased.'
  if (round >= MAX_ROUNDS) return `It was changed ${MAX_ROUNDS} times already. Approve it as it is, or deny it.`
  return null
}

type Path = readonly string[]

/** The first place that may not be changed, or that nothing was; null where these arguments may take the place of the first. */
export function faultOfRevision(
  entry: CatalogueEntry,
  before: JsonObject,
  after: JsonObject,
): { readonly fixed: Path } | 'same' | null {
  const allowed = new Set(changeablePaths(entry))
  const changes = [...differences(before, after, [])]
  const fixed = changes.find((path) => !isWithin(allowed, path))
  if (fixed) return { fixed }
  return changes.length === 0 ? 'same' : null
}

export interface ChangedArgument {
  readonly path: Path
  /** Undefined where it is not given. */
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
}

export const changedArguments = (before: JsonObject, after: JsonObject): readonly ChangedArgument[] =>
  [...differences(before, after, [])].map((path) => ({
    path,
    before: path.reduce<JsonValue | undefined>(memberOf, before),
    after: path.reduce<JsonValue | undefined>(memberOf, after),
  }))

/** The places at which two values differ; a list of another length differs as a whole. */
function* differences(before: JsonValue | undefined, after: JsonValue | undefined, path: Path): Generator<Path> {
  const names = sharedNames(before, after)
  if (names === null) {
    if (!Object.is(before, after)) yield path
    return
  }
  for (const name of names) yield* differences(memberOf(before, name), memberOf(after, name), [...path, name])
}

/** The names of all members of two objects, or of two lists of one length; null where they are compared as a whole. */
function sharedNames(before: JsonValue | undefined, after: JsonValue | undefined): ReadonlySet<string> | null {
  if (!isStructure(before) || !isStructure(after)) return null
  const lengths = [before, after].map((value) => (Array.isArray(value) ? value.length : -1))
  return lengths[0] === lengths[1] ? new Set([...Object.keys(before), ...Object.keys(after)]) : null
}

const isStructure = (value: JsonValue | undefined): value is JsonObject | readonly JsonValue[] =>
  typeof value === 'object' && value !== null

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isStructure(value) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined

/** Whether a path is one of these or leads into it. */
export const isWithin = (allowed: ReadonlySet<string>, path: Path): boolean =>
  path.some((_, at) => allowed.has(path.slice(0, at + 1).join('.')))
