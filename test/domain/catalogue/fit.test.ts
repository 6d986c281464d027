/** Arguments against a schema: the verdict, the member that is named, and the bound of the work. */
import { Validator } from '@cfworker/json-schema'
import type { JsonObject, JsonValue } from '@countersign/verifier'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { misfitOf } from '../../../src/domain/catalogue/fit.ts'
import { schemaFault } from '../../../src/domain/catalogue/schema.ts'

const parsed = (text: string): JsonObject => JSON.parse(text)
const ofMember = (schema: JsonValue): JsonObject => ({ properties: { a: schema } })
const saysOf = (schema: JsonValue, a: JsonValue) => misfitOf(ofMember(schema), { a })

describe('arguments', () => {
  it.each<[string, JsonValue, JsonValue, JsonValue]>([
    ['type', { type: 'string' }, 'x', 1],
    ['types', { type: ['integer', 'null'] }, null, 1.5],
    ['a whole number written as a fraction', { type: 'integer' }, 1.0, 'x'],
    ['enum', { enum: ['x', { b: 1, a: 2 }] }, { a: 2, b: 1 }, 'y'],
    ['const', { const: [1] }, [1], [1, 1]],
    ['minimum', { minimum: 3 }, 3, 2],
    ['maximum', { maximum: 3 }, 3, 4],
    ['exclusiveMinimum', { exclusiveMinimum: 3 }, 3.1, 3],
    ['exclusiveMaximum', { exclusiveMaximum: 3 }, 2, 3],
    ['multipleOf', { multipleOf: 0.5 }, 1.5, 1.2],
    ['minLength in characters', { minLength: 2 }, '👋👋', '👋'],
    ['maxLength in characters', { maxLength: 2 }, '👋👋', '👋👋👋'],
    ['pattern, anywhere in the text', { pattern: 'b+' }, 'abba', 'aa'],
    ['format date', { format: 'date' }, '2026-11-27', '2026-13-40'],
    ['format email', { format: 'email' }, 'ada@example.com', 'ada'],
    ['format uri', { format: 'uri' }, 'https://a.example', 'a b'],
    ['format of something else than text', { format: 'uuid' }, 5, 'x'],
    ['minItems', { minItems: 1 }, [0], []],
    ['maxItems', { maxItems: 1 }, [0], [0, 1]],
    [
      'uniqueItems',
      { uniqueItems: true },
      [1, '1', [1]],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    ['items', { items: { type: 'null' } }, [null], [null, 0]],
    ['prefixItems', { prefixItems: [{ type: 'null' }], items: false }, [null], [null, 0]],
    ['contains', { contains: { const: 1 } }, [0, 1], [0]],
    ['minContains', { contains: { const: 1 }, minContains: 2 }, [1, 1], [1]],
    ['maxContains', { contains: { const: 1 }, minContains: 0, maxContains: 1 }, [], [1, 1]],
    ['minProperties', { minProperties: 1 }, { b: 1 }, {}],
    ['maxProperties', { maxProperties: 1 }, { b: 1 }, { b: 1, c: 1 }],
    ['required', { required: ['b'] }, { b: null }, { c: 1 }],
    ['dependentRequired', { dependentRequired: { b: ['c'] } }, { c: 1 }, { b: 1 }],
    ['patternProperties', { patternProperties: { '^x': { type: 'null' } } }, { y: 1 }, { x1: 1 }],
    ['additionalProperties', { properties: { b: true }, additionalProperties: false }, { b: 1 }, { c: 1 }],
    ['propertyNames', { propertyNames: { maxLength: 2 } }, { bb: 1 }, { bbb: 1 }],
    ['anyOf', { anyOf: [{ const: 1 }, { const: 2 }] }, 2, 3],
    ['oneOf', { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 1, 2],
    ['allOf', { allOf: [{ minimum: 1 }, { maximum: 2 }] }, 2, 3],
    ['not', { not: { const: 1 } }, 2, 1],
    // biome-ignore lint/suspicious/noThenProperty: a keyword
    ['if, then', { if: { minimum: 5 }, then: { multipleOf: 5 } }, 4, 6],
    ['if, else', { if: { minimum: 5 }, else: { const: 0 } }, 0, 1],
    ['a schema that is false', { properties: { b: false } }, {}, { b: 1 }],
  ])('%s', (_, schema, fitting, other) => {
    expect(schemaFault(ofMember(schema))).toBeNull()
    expect(saysOf(schema, fitting)).toBeNull()
    expect(saysOf(schema, other)).toMatchObject({ path: expect.arrayContaining(['a']) })
  })

  it('follow references to definitions', () => {
    const schema = { $defs: { name: { type: 'string' } }, properties: { a: { items: { $ref: '#/$defs/name' } } } }
    expect(misfitOf(schema, { a: ['x', 1] })).toEqual({ path: ['a', 1], expected: 'a text' })
  })

  it('are named by the member that does not fit, in words without their values', () => {
    const schema = { properties: { to: { items: { required: ['iban'], properties: { iban: { maxLength: 3 } } } } } }
    expect(misfitOf(schema, { to: [{ iban: 'ABC' }, { iban: 'secret' }] })).toEqual({
      path: ['to', 1, 'iban'],
      expected: 'a text of at most 3 characters',
    })
    expect(misfitOf(schema, { to: [{}] })).toEqual({ path: ['to', 0, 'iban'], expected: 'given' })
  })

  it('have members of their own alone, whatever their names', () => {
    expect(misfitOf({ required: ['toString'] }, {})).toEqual({ path: ['toString'], expected: 'given' })
    expect(misfitOf({ properties: { constructor: { type: 'string' } } }, {})).toBeNull()
    const closed = parsed('{"properties":{"__proto__":{"type":"string"}},"additionalProperties":false}')
    expect(misfitOf(closed, parsed('{"__proto__":"x"}'))).toBeNull()
    expect(misfitOf(closed, parsed('{"__proto__":1}'))).toMatchObject({ path: ['__proto__'] })
    expect(misfitOf(closed, parsed('{"constructor":1}'))).toMatchObject({ path: ['constructor'] })
    expect(misfitOf(parsed('{"dependentRequired":{"__proto__":["x"]}}'), {})).toBeNull()
  })
})

const list = (length: number, item: (at: number) => JsonValue): JsonObject => ({
  a: Array.from({ length }, (_, at) => item(at)),
})
const branches = (count: number) => Array.from({ length: count }, (_, at) => ({ type: 'string', minLength: at + 3 }))
const tree = (depth: number): JsonValue =>
  depth === 0 ? { type: 'integer' } : { oneOf: [tree(depth - 1), tree(depth - 1)] }
const random = (length: number, signs: string) =>
  Array.from({ length }, (_, at) => signs[(at * at + (at >> 3)) % signs.length]).join('')

describe('the largest legal arguments against hostile schemas', () => {
  it.each<[string, JsonValue, JsonObject]>([
    ['branches for each of many items', { items: { oneOf: branches(32) } }, list(20_000, () => 'ab')],
    ['branches in branches', { items: tree(7) }, list(20_000, () => 1)],
    [
      'many values for each item',
      { items: { enum: Array.from({ length: 256 }, (_, at) => `${at}`) } },
      list(14_000, () => '255'),
    ],
    [
      'objects among objects',
      { items: { enum: Array.from({ length: 256 }, (_, at) => ({ at })) } },
      list(5000, () => ({ at: 255 })),
    ],
    ['distinct objects', { uniqueItems: true }, list(8000, (at) => [at])],
    ['a pattern of many states', { items: { pattern: '(a|b)*a(a|b){40}$' } }, list(1, () => random(65_000, 'abbab'))],
    ['nested repetition', { items: { pattern: '^(a+)+$' } }, list(1, () => `${'a'.repeat(65_000)}!`)],
    [
      'patterns for each name',
      { patternProperties: Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`^x${at}$`, true])) },
      { a: Object.fromEntries(Array.from({ length: 6000 }, (_, at) => [`k${at}`, 1])) },
    ],
  ])('%s', (_, schema, args) => {
    expect(schemaFault(ofMember(schema))).toBeNull()
    const begun = performance.now()
    misfitOf(ofMember(schema), args)
    // Without a bound the worst of these take minutes; the bench has the figure.
    expect(performance.now() - begun).toBeLessThan(2000)
  })
})

/** Schemas and values of few names, so that they meet. */
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2, 2.5, '', 'a', 'ab', 'abc'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  ),
}))

const { schema: schemas } = fc.letrec<{ schema: JsonValue }>((tie) => {
  const inner = tie('schema')
  const named = fc.dictionary(fc.constantFrom('a', 'b', 'c'), inner, { maxKeys: 2 })
  const several = fc.array(inner, { minLength: 1, maxLength: 3 })
  const few = fc.integer({ min: 0, max: 3 })
  return {
    schema: fc.oneof(
      { depthSize: 'small' },
      fc.boolean(),
      fc.record(
        {
          type: fc.constantFrom('object', 'array', 'string', 'number', 'integer', 'boolean', 'null'),
          enum: fc.array(value, { minLength: 1, maxLength: 3 }),
          const: value,
          minimum: few,
          exclusiveMaximum: few,
          multipleOf: fc.constantFrom(0.5, 1, 2),
          minLength: few,
          maxLength: few,
          pattern: fc.constantFrom('a', '^b', 'c$', '^[ab]+$'),
          minItems: few,
          maxItems: few,
          uniqueItems: fc.boolean(),
          required: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
          properties: named,
          additionalProperties: inner,
          items: inner,
          prefixItems: several,
          contains: inner,
          anyOf: several,
          oneOf: several,
          allOf: several,
          not: inner,
          if: inner,
          // biome-ignore lint/suspicious/noThenProperty: a keyword
          then: inner,
          else: inner,
        },
        { requiredKeys: [] },
      ),
    ),
  }
})

it('agrees with another validator', () => {
  fc.assert(
    fc.property(schemas, value, (schema, a) => {
      const root = ofMember(schema)
      const other = new Validator(structuredClone(root), '2020-12').validate({ a }).valid
      expect(misfitOf(root, { a }) === null).toBe(other)
    }),
    { numRuns: 300 },
  )
})
