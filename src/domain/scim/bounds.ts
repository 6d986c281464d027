/**
 * What one call of a directory may cost: values in its body, work of its operations, comparisons of its filter. All are
 * counted, never timed, so that one call is answered alike on every machine. SPEC 10.10.
 */
import { isJsonObject } from '@countersign/verifier/authority'
import { ok, type Result, refuse, type ScimType } from '../refusal.ts'
import type { ResourceType } from './attributes.ts'
import { comparisonsIn, type Filter } from './parse-filter.ts'

/** Of a body, at every level: five times those of a full group. */
const MAX_VALUES = 5000
/** Of the filter of a list: resources that it is asked of, times its comparisons. */
const MAX_ASKED = 50_000
/** How many single values are compared before others have their turn. */
const TURN = 5000
/** Of the operations of a PATCH: one for each character of a path, and for each element or comparison with it, more where it is long. */
const MAX_WORK = 50_000

/** Why a call cannot be carried out. */
export class ScimFault extends Error {
  override readonly name = 'ScimFault'
  readonly scimType: ScimType
  constructor(scimType: ScimType, words: string) {
    super(words)
    this.scimType = scimType
  }
}

/** The result of work that throws `ScimFault`. */
export function unlessFault<T>(work: () => T): Result<T> {
  try {
    return ok(work())
  } catch (error) {
    if (!(error instanceof ScimFault)) throw error
    return refuse('invalid_request', error.message, { status: 400, scimType: error.scimType })
  }
}

/** Counted down; throws `ScimFault` when nothing is left. */
export type Budget = (work: number) => void

export function createBudget(): Budget {
  let left = MAX_WORK
  return (work) => {
    left -= work
    if (left < 0) throw new ScimFault('tooMany', 'These operations are too much work for one call. Send fewer at once.')
  }
}

/** How many of the resources a filter is asked of in one turn. Throws `ScimFault` where it is too much in sum. */
export function turnOf(filter: Filter, resources: number, { kept }: ResourceType): number {
  const comparisons = comparisonsIn(filter)
  if (resources * comparisons > MAX_ASKED)
    throw new ScimFault(
      'tooMany',
      `The filter has too many comparisons for ${resources} resources. Narrow it by userName, id or externalId.`,
    )
  const longest = Math.max(...[...kept.values()].map(({ most = 1 }) => most))
  return Math.max(1, Math.floor(TURN / (comparisons * longest)))
}

/** The body, of no more values than are taken, and of no name twice, whatever its case. Throws `ScimFault`. */
export function checkedBody(body: unknown): unknown {
  const waiting = [body]
  for (let at = 0; at < waiting.length; at++) {
    const value = waiting[at]
    const inner = typeof value === 'object' && value !== null ? Object.values(value) : []
    if (waiting.length + inner.length > MAX_VALUES)
      throw new ScimFault('tooMany', `The body has more than ${MAX_VALUES} values. Send fewer at once.`)
    if (isJsonObject(value)) checkNames(Object.keys(value))
    for (const one of inner) waiting.push(one)
  }
  return body
}

function checkNames(names: readonly string[]): void {
  const known = new Set<string>()
  for (const name of names) {
    const key = name.toLowerCase()
    if (known.has(key))
      throw new ScimFault('invalidSyntax', `${name.slice(0, 100)} stands twice. Names are compared without case.`)
    known.add(key)
  }
}
