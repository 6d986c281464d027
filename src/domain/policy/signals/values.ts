/** Every value in the arguments of a call, with its place. SPEC 11.1. */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { CatalogueArgument, CatalogueEntry } from '../../identity/parties.ts'
import { type Budget, sizeOf, take } from './budget.ts'
import { plainName } from './members.ts'
import { recipientIn } from './payment.ts'

type Language = NonNullable<CatalogueArgument['language']>

export interface FoundValue {
  readonly value: JsonValue
  /** The nearest member name, in lower case with underscores. */
  readonly member: string
  /** Whether it is one of several in a list. */
  readonly listed: boolean
  /** What the catalogue says that it is read as. */
  readonly language: Language | undefined
  /** The recipient that is named nearest around it; empty without one. */
  readonly around: string
}

interface Open extends FoundValue {
  readonly path: string
}

/** Stops where the budget has no room left, which shows by nothing being left. */
export function* valuesOf(entry: CatalogueEntry | undefined, given: JsonObject, budget: Budget): Generator<FoundValue> {
  const languages: Languages = new Map((entry?.arguments ?? []).map(({ name, language }) => [name, language]))
  const open: Open[] = [{ value: given, member: '', listed: false, language: undefined, around: '', path: '' }]
  for (let at = open.pop(); at !== undefined && take(budget, sizeOf(at.value)); at = open.pop()) {
    yield at
    if (at.value !== null && typeof at.value === 'object') open.push(...inside(at, languages))
  }
}

type Languages = ReadonlyMap<string, FoundValue['language']>

function inside(at: Open, languages: Languages): Open[] {
  const { value, member } = at
  const around = isJsonObject(value) ? recipientIn(value) || at.around : at.around
  const listed = Array.isArray(value) && value.length > 1
  return Object.entries(value ?? {}).map(([name, inner]) => {
    const path = pathBelow(at.path, name)
    const language = languages.get(path) ?? at.language
    return { value: inner, path, listed, language, around, member: Array.isArray(value) ? member : plainName(name) }
  })
}

/** Paths of a catalogue have at most 128 characters; a longer one is none of them, and need not grow. */
const pathBelow = (path: string, name: string): string =>
  path === '' ? name : path.length > 128 ? path : `${path}.${name}`
