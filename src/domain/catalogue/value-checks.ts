/** The keywords of a schema about one value: its type, numbers, texts. SPEC 10.8. */

import { canonicalize, type JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type Check, type Checking, canonical, type Found, type Place, unless } from './checking.ts'
import { isFormat, misformed } from './formats.ts'
import { compile } from './pattern.ts'
import { isList, TYPES } from './schema.ts'

const TYPE_WORDS: Readonly<Record<(typeof TYPES)[number], string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
}

function isOfType(instance: JsonValue, type: JsonValue): boolean {
  if (type === 'null') return instance === null
  if (type === 'array') return isList(instance)
  if (type === 'object') return isJsonObject(instance)
  return type === 'integer' ? Number.isInteger(instance) : typeof instance === type
}

function checkType(value: JsonValue, at: Place): Found {
  const types = isList(value) ? value : [value]
  const words = TYPES.filter((type) => types.includes(type)).map((type) => TYPE_WORDS[type])
  return unless(
    types.some((type) => isOfType(at.instance, type)),
    at,
    words.join(' or '),
  )
}

const MOST_NAMED = 160

function namedValues(values: readonly JsonValue[]): string {
  const text = values.map((value) => JSON.stringify(value)).join(', ')
  return text.length > MOST_NAMED ? `${text.slice(0, MOST_NAMED)}…` : text
}

const sets = new WeakMap<readonly JsonValue[], ReadonlySet<string>>()

/** The canonical texts of the values that a schema lists. */
function textsOf(values: readonly JsonValue[]): ReadonlySet<string> {
  const texts = sets.get(values) ?? new Set(values.map(canonicalize))
  sets.set(values, texts)
  return texts
}

function checkEnum(value: JsonValue, at: Place, checking: Checking): Found {
  const values = isList(value) ? value : []
  if (textsOf(values).has(canonical(checking, at.instance))) return null
  return { path: at.path, expected: `one of ${namedValues(values)}` }
}

const checkConst: Check = (value, at, checking) =>
  canonical(checking, at.instance) === canonicalize(value) ? null : { path: at.path, expected: namedValues([value]) }

// ── numbers and texts ──────────────────────────────────────────────────────

const ofNumber =
  (holds: (instance: number, bound: number) => boolean, words: string): Check =>
  (value, at) =>
    unless(typeof at.instance !== 'number' || holds(at.instance, Number(value)), at, `a number ${words} ${value}`)

const ofText =
  (holds: (instance: string, value: JsonValue, checking: Checking) => string | null): Check =>
  (value, at, checking) => {
    if (typeof at.instance !== 'string') return null
    checking.spend(at.instance.length)
    const expected = holds(at.instance, value, checking)
    return expected === null ? null : { path: at.path, expected }
  }

function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

const characters = (count: JsonValue) => `${count} ${count === 1 ? 'character' : 'characters'}`

export function checkPattern(text: string, pattern: JsonValue, checking: Checking): string | null {
  const compiled = compile(String(pattern))
  if (!compiled) return 'a text of a pattern that cannot be read'
  checking.spendMatching(text.length * compiled.size)
  return compiled.test(text) ? null : `a text of the form ${pattern}`
}

export const VALUE_CHECKS: readonly (readonly [string, Check])[] = [
  ['type', checkType],
  ['enum', checkEnum],
  ['const', checkConst],
  ['minimum', ofNumber((instance, bound) => instance >= bound, 'from')],
  ['maximum', ofNumber((instance, bound) => instance <= bound, 'up to')],
  ['exclusiveMinimum', ofNumber((instance, bound) => instance > bound, 'above')],
  ['exclusiveMaximum', ofNumber((instance, bound) => instance < bound, 'below')],
  ['multipleOf', ofNumber((instance, unit) => Number.isInteger(instance / unit), 'that is a multiple of')],
  [
    'minLength',
    ofText((text, least) => (lengthOf(text) >= Number(least) ? null : `a text of at least ${characters(least)}`)),
  ],
  [
    'maxLength',
    ofText((text, most) => (lengthOf(text) <= Number(most) ? null : `a text of at most ${characters(most)}`)),
  ],
  ['pattern', ofText(checkPattern)],
  ['format', ofText((text, format) => (isFormat(format) ? misformed(format, text) : 'a format that is known'))],
]
