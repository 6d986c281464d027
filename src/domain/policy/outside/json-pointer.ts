/**
 * JSON pointers (RFC 6901) with one addition: a segment `*` stands for every element of a list and every member of an
 * object, so that none is overlooked because it is not the first. SPEC 11.2.
 */

import type { JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'

export interface Pointer {
  readonly text: string
  readonly segments: readonly string[]
}

const MAX_CHARACTERS = 512
const MAX_SEGMENTS = 32
const FORM = /^(?:\/(?:[^~/]|~0|~1)*)*$/

/** Undefined where the text is no pointer. */
export function parsePointer(text: string): Pointer | undefined {
  if (text.length > MAX_CHARACTERS || !FORM.test(text)) return undefined
  const segments = text
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
  return segments.length > MAX_SEGMENTS ? undefined : { text, segments }
}

/** The values that a pointer leads to: none, one, or with `*` any number. */
export function valuesAt({ segments }: Pointer, document: JsonValue): readonly JsonValue[] {
  return segments.reduce<readonly JsonValue[]>((values, segment) => values.flatMap(step(segment)), [document])
}

const step =
  (segment: string) =>
  (value: JsonValue): readonly JsonValue[] => {
    if (segment === '*') return partsOf(value)
    if (isList(value)) return elementOf(value, segment)
    return isJsonObject(value) && Object.hasOwn(value, segment) ? definedOnly(value[segment]) : []
  }

const elementOf = (list: readonly JsonValue[], segment: string) =>
  /^(?:0|[1-9]\d{0,5})$/.test(segment) ? definedOnly(list[Number(segment)]) : []

const definedOnly = (value: JsonValue | undefined): readonly JsonValue[] => (value === undefined ? [] : [value])

/** The elements of a list, or the values of an object's members. */
export const partsOf = (value: JsonValue): readonly JsonValue[] =>
  isList(value) ? value : isJsonObject(value) ? Object.values(value) : []

export const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)
