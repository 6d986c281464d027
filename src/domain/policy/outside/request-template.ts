/**
 * The template of the question to an outside engine: JSON in which each string that begins with `$/` stands for the
 * fact at that JSON pointer. Everything else is sent as it is. SPEC 11.2.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'

import { FACTS, type Facts } from './facts.ts'
import { isList, parsePointer, partsOf, valuesAt } from './json-pointer.ts'

const MARK = '$/'
const MAX_DEPTH = 16

/** Why a template cannot be filled in; undefined where it can. */
export function faultOfTemplate(template: JsonValue, depth = 1): string | undefined {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`
  if (typeof template === 'string') return faultOfText(template)
  const parts = partsOf(template)
  return parts.map((part) => faultOfTemplate(part, depth + 1)).find((fault) => fault !== undefined)
}

function faultOfText(text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined
  const pointer = parsePointer(text.slice(1))
  const [first = ''] = pointer?.segments ?? []
  if (FACTS.some((name) => name === first) && !pointer?.segments.includes('*')) return undefined
  return `has ${text.slice(0, 80)}, which leads to no fact; the facts are ${FACTS.join(', ')}`
}

/** A fact that is missing is null. */
export function fillIn(template: JsonValue, facts: Facts): JsonValue {
  if (typeof template === 'string') return template.startsWith(MARK) ? factAt(template, facts) : template
  if (isJsonObject(template)) return mapMembers(template, (value) => fillIn(value, facts))
  return isList(template) ? template.map((value) => fillIn(value, facts)) : template
}

function factAt(text: string, facts: Facts): JsonValue {
  const pointer = parsePointer(text.slice(1))
  return (pointer && valuesAt(pointer, facts)[0]) ?? null
}

const mapMembers = (object: JsonObject, change: (value: JsonValue) => JsonValue): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
