/** The fast writer of canonical text writes and refuses what `canonicalize` does. */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText, isOrdered } from '../../src/verifier/data/canonical-text.ts'

const name = fc.constantFrom('a', 'b', 'ab', 'é', '10', '2', 'toJSON', '__proto__', 'a"', '\ud800')
const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, 'text', 'é', '"', '\u007f', '\ud800', '😀', 0, -0, 1.5, 1e21, 2 ** 53),
  fc.integer(),
)
const { object } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 5 }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((members) => JSON.parse(textOf(members))),
}))

/** As text, since a literal would take `__proto__` for the prototype. */
const textOf = (members: readonly (readonly [string, JsonValue])[]) =>
  `{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`

const resultOf = (write: (value: JsonObject) => string, value: JsonObject) => {
  try {
    return { text: write(value) }
  } catch (error) {
    return { error: String(error) }
  }
}

const deep = (levels: number): JsonObject => JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`)
const deepList = (levels: number): JsonObject => JSON.parse(`{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`)

describe('canonicalText', () => {
  it('is what canonicalize writes, of values in order and of others', () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(resultOf(canonicalText, value)).toEqual(resultOf(canonicalize, value))
      }),
    )
  })

  it.each([['an undefined member', { a: undefined }]])('refuses %s', (_, value) => {
    const given = value as unknown as JsonObject
    expect(resultOf(canonicalText, given)).toEqual(resultOf(canonicalize, given))
  })

  it.each([deep, deepList])('nests 32 levels, and no more', (nest) => {
    expect(isOrdered(nest(32))).toBe(true)
    expect(canonicalText(nest(32))).toBe(canonicalize(nest(32)))
    expect(() => canonicalText(nest(33))).toThrow('Nest less deeply.')
  })
})
