/** Properties that hold for every value, not just for chosen examples. */
import {
  base64urlDecode,
  base64urlEncode,
  canonicalize,
  type JsonValue,
  jwkThumbprint,
  parseCall,
  parseJson,
} from '@countersign/verifier'
import fc from 'fast-check'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import { rawSignature } from '../../src/verifier/keys/der.ts'
import { derOf } from '../setup/authenticator.ts'
import { codeOf, newSigningKey } from './world.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => new Uint8Array(array))
/** JSON within the limits: well-formed strings, doubles that are no large integer, member names of any kind. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'a"b', '\\', ':'),
)
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n))
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => plainObject(entries)),
  ),
})).value

/** An object whose `__proto__`, if it has one, is a member like any other. */
function plainObject(entries: readonly (readonly [string, JsonValue])[]): JsonValue {
  const object = {}
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return object
}

describe('canonical form', () => {
  test('is what parses back to the same canonical form', () => {
    fc.assert(fc.property(json, (value) => canonicalize(parseJson(canonicalize(value))) === canonicalize(value)))
  })

  test('says what JSON says', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalize(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('does not depend on the order of members', () => {
    const entries = fc.uniqueArray(fc.tuple(text, json), { selector: ([name]) => name, maxLength: 6 })
    fc.assert(
      fc.property(entries, (list) => canonicalize(plainObject(list)) === canonicalize(plainObject(list.toReversed()))),
    )
  })

  test('sorts by UTF-16 code unit', () => {
    expect(canonicalize({ '\u{1f600}': 1, '\ufb33': 2, a: 3 })).toBe('{"a":3,"\u{1f600}":1,"\ufb33":2}')
  })

  test.each([
    ['a class', new (class Money {})()],
    ['a map', new Map()],
    ['a boxed string', Object('x')],
    ['toJSON', { toJSON: () => 'other' }],
    ['bytes', new Uint8Array(1)],
    ['a symbol', Symbol('x')],
    ['33 levels', Array.from({ length: 33 }).reduce<JsonValue>((inner) => [inner], null)],
  ])('refuses %s', async (_what, value) => {
    expect(await codeOf((async () => canonicalize(value as JsonValue))())).toBe('invalid_request')
  })
})

describe('strict JSON', () => {
  test('reads whatever JSON.parse reads, unless it refuses', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, '\t'), (value, space) => {
        const written = JSON.stringify(value, null, space)
        expect(parseJson(written)).toEqual(JSON.parse(written))
      }),
    )
  })

  test('refuses an object as soon as one name in it stands twice', () => {
    const entries = fc.array(fc.tuple(text, json), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(entries, fc.nat(), (list, pick) => {
        const member = ([name, value]: readonly [string, JsonValue]) => `${JSON.stringify(name)}:${canonicalize(value)}`
        const twice = [...list, list[pick % list.length] ?? ['', null]]
        expect(() => parseJson(`{${twice.map((entry) => member(entry as [string, JsonValue])).join(',')}}`)).toThrow()
      }),
    )
  })

  test('takes time in proportion to length, backslashes and depth included', () => {
    const hostile = [
      `"${'\\\\'.repeat(60_000)}"`,
      `"${'\\"'.repeat(60_000)}"`,
      '['.repeat(120_000),
      `{"a":${'['.repeat(60_000)}`,
    ]
    const start = performance.now()
    for (const body of hostile) {
      try {
        parseJson(body)
      } catch {
        // Refused or not: it must not take long.
      }
    }
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('base64url', () => {
  test('reads what it writes, and writes what Node writes', () => {
    fc.assert(
      fc.property(bytes(100), (array) => {
        const written = base64urlEncode(array)
        expect(written).toBe(Buffer.from(array).toString('base64url'))
        expect(base64urlDecode(written)).toEqual(array)
      }),
    )
  })

  test('has one text for each byte string', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (written) => {
        try {
          expect(base64urlEncode(base64urlDecode(written))).toBe(written)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' })
        }
      }),
    )
  })
})

test('DER: every signature has one form, and only that is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(71), fc.nat(255), (raw, index, byte) => {
      const der = derOf(raw)
      expect(rawSignature(der)).toEqual(new Uint8Array(raw))
      const changed = der.with(index % der.length, byte)
      const read = rawSignature(changed)
      if (read !== undefined) expect(derOf(read)).toEqual(changed)
    }),
  )
})

test.each(['ES256', 'EdDSA'] as const)('the thumbprint of an %s key is the one jose computes', async (alg) => {
  const { publicJwk } = await newSigningKey(alg)
  expect(await jwkThumbprint(publicJwk as Parameters<typeof jwkThumbprint>[0])).toBe(
    await calculateJwkThumbprint(publicJwk),
  )
})

test('a parsed call cannot be reached through what it was parsed from', () => {
  fc.assert(
    fc.property(json, (value) => {
      const given = { name: 'a', resource: 'r', arguments: { value } }
      const call = parseCall(given)
      expect(Object.isFrozen(call) && Object.isFrozen(call.arguments)).toBe(true)
      if (typeof value === 'object' && value !== null) expect(call.arguments['value']).not.toBe(value)
    }),
  )
})
