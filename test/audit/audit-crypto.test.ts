/** The hashes and texts of an audit on Node are those of the plainest code, whatever was written before. */
import { describe, expect, it } from 'vitest'
import { nodeCrypto } from '../../src/cli/audit/audit-crypto.ts'
import { nodeCrypto as plain } from './world.ts'

describe('the bytes that a JWS signs', () => {
  it.each([
    ['a short text', '{"a":1}'],
    ['a text beyond ASCII', '{"a":"sömé 龍 🐉"}'],
    ['a long text', JSON.stringify({ a: '🐉'.repeat(10_000) })],
    ['a text shorter than the one before', '{}'],
    ['no text', ''],
  ])('of %s', (_, payload) => {
    expect(Buffer.from(nodeCrypto.signingInput('e30', payload))).toEqual(plain.signingInput('e30', payload))
  })
})
