/** Schemas from outside: what is taken, and what is refused with which place and words. */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { misfitOf } from '../../../src/domain/catalogue/fit.ts'
import { patternFault, patternSize } from '../../../src/domain/catalogue/pattern.ts'
import { schemaFault } from '../../../src/domain/catalogue/schema.ts'

const chain = (length: number, link: (next: JsonValue) => JsonValue): JsonValue =>
  Array.from({ length }).reduce<JsonValue>((next) => link(next), true)

const doubled = (count: number): JsonObject => ({
  $defs: Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `d${at}`,
      at + 1 === count ? true : { anyOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
    ]),
  ),
  $ref: '#/$defs/d0',
})

describe('a schema', () => {
  it('of ordinary arguments is taken', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: { person: { type: 'object', properties: { name: { type: 'string', title: 'Name' } } } },
      type: 'object',
      properties: {
        to: { type: 'array', items: { $ref: '#/$defs/person' }, minItems: 1 },
        amount: { type: 'number', exclusiveMinimum: 0, description: 'In EUR', examples: [5] },
        id: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
      },
      required: ['to'],
      additionalProperties: false,
    }
    expect(schemaFault(schema)).toBeNull()
  })

  it.each([
    'https://json-schema.org/draft/2020-12/schema',
    'https://json-schema.org/draft/2019-09/schema',
    'http://json-schema.org/draft-07/schema#',
  ])('of %s is taken', ($schema) => {
    const schema = { $schema, definitions: { a: { type: 'string' } }, properties: { a: { $ref: '#/definitions/a' } } }
    expect(schemaFault(schema)).toBeNull()
    expect(misfitOf(schema, { a: 1 })).toMatchObject({ path: ['a'] })
    expect(misfitOf(schema, { a: 'text' })).toBeNull()
  })

  it.each<[string, JsonValue, string, RegExp]>([
    ['that is a list', [], '', /object/],
    ['with a misspelt keyword', { properties: { a: { requred: ['b'] } } }, '/properties/a/requred', /not checked/],
    ['with a keyword that is not checked', { unevaluatedProperties: false }, '/unevaluatedProperties', /not checked/],
    ['named as a member of objects', { constructor: {} }, '/constructor', /not checked/],
    ['with another dialect', { $schema: 'http://json-schema.org/draft-04/schema#' }, '/$schema', /draft-07/],
    ['with two lists of definitions', { $defs: {}, definitions: {} }, '/definitions', /not in both/],
    [
      'with a reference to the other list',
      { $defs: { a: true }, $ref: '#/definitions/a' },
      '/$ref',
      /no definition #\/definitions\/a/,
    ],
    ['with a list of items of an older dialect', { items: [{ type: 'string' }] }, '/items', /object, true or false/],
    ['with an id inside', { properties: { a: { $schema: 'x' } } }, '/properties/a/$schema', /root/],
    ['with a reference to elsewhere', { $ref: 'http://169.254.169.254/latest' }, '/$ref', /definition here/],
    ['with a reference to its root', { properties: { a: { $ref: '#' } } }, '/properties/a/$ref', /definition here/],
    ['with a reference to nothing', { $ref: '#/$defs/none' }, '/$ref', /no definition none/],
    ['with a reference to a member of objects', { $ref: '#/$defs/constructor', $defs: {} }, '/$ref', /no definition/],
    [
      'with a circle of references',
      { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { not: { $ref: '#/$defs/a' } } } },
      '/$defs/b/not/$ref',
      /back to itself/,
    ],
    ['whose references multiply', doubled(40), '', /over 1000 schemas/],
    ['that nests deep', chain(30, (not) => ({ not })), '', /24 levels/],
    ['that nests deeper than recursion reaches', chain(100_000, (not) => ({ not })), '', /24 levels/],
    ['that is large', { description: 'x'.repeat(20_000) }, '', /16384 bytes/],
    [
      'of many keywords',
      { allOf: Array.from({ length: 32 }, () => ({ anyOf: Array.from({ length: 32 }, () => ({ minimum: 1 })) })) },
      '',
      /1000 keywords/,
    ],
    ['of many branches', { anyOf: Array.from({ length: 33 }, () => true) }, '/anyOf', /1 to 32/],
    ['of no branches', { oneOf: [] }, '/oneOf', /1 to 32/],
    ['of many values', { enum: Array.from({ length: 257 }, (_, at) => at) }, '/enum', /256/],
    ['of an unknown type', { type: 'text' }, '/type', /object, array/],
    ['of an unknown format', { format: 'hostname' }, '/format', /date-time/],
    ['with a negative length', { minLength: -1 }, '/minLength', /whole number/],
    ['with a step of nothing', { multipleOf: 0 }, '/multipleOf', /above 0/],
    ['with names that stand twice', { required: ['a', 'a'] }, '/required', /distinct/],
    ['with a broken pattern', { pattern: '(' }, '/pattern', /ECMAScript/],
    ['with a broken pattern as a name', { patternProperties: { '(': true } }, '/patternProperties', /ECMAScript/],
    ['with a schema that is none', { items: 5 }, '/items', /object, true or false/],
  ])('%s is refused', (_, schema, pointer, words) => {
    const fault = schemaFault(schema)
    if (pointer !== '') expect(fault?.path.map((name) => `/${name}`).join('')).toBe(pointer)
    expect(fault?.words).toMatch(words)
  })
})

describe('a pattern', () => {
  it.each(['^(a+)+$', '^[\\w.-]+@[a-z]+\\.[a-z]{2,10}$', '\\p{L}+', '^a|b$', '[^\\]]', ''])(
    '%s is taken',
    (pattern) => {
      expect(patternFault(pattern)).toBeNull()
    },
  )

  it.each([
    ['looks ahead', '(?=a)', /RE2/],
    ['looks behind', '(?<=a)b', /RE2/],
    ['refers back', '(a)\\1', /RE2/],
    ['is of another dialect', '(?i)a', /ECMAScript/],
    ['has a class of POSIX', '[[:alpha:]x[y]', /\[:/],
    ['repeats too often', 'a{1000}', /256 steps/],
    ['repeats repetitions', '((a{9}){9}){9}', /256 steps/],
    ['is long', 'a'.repeat(257), /256 characters/],
  ])('that %s is refused', (_, pattern, words) => {
    expect(patternFault(pattern)).toMatch(words)
  })

  it('is never larger than it is counted', async () => {
    const { RE2JS } = await import('re2js')
    for (const pattern of ['a', 'a{3,5}', '(ab?){4}', '[a-z]{2,}x', '(?:a|b|c){10}', '\\p{L}{9}', '(a{3}b{2}){5}']) {
      expect(RE2JS.compile(pattern).programSize()).toBeLessThanOrEqual(patternSize(pattern) + 8)
    }
  })
})
