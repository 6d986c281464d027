/** Both platforms hash, sign and verify alike, whatever the other one made: node:crypto and Web Crypto. */
import { createHash } from 'node:crypto'
import { sha256 } from '@countersign/verifier'
import fc from 'fast-check'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import * as node from '../../src/verifier/platform/node.ts'
import type { Bytes, Platform } from '../../src/verifier/platform/platform.ts'
import * as web from '../../src/verifier/platform/web.ts'

const platforms: readonly (readonly [string, Platform])[] = [
  ['node:crypto', node],
  ['Web Crypto', web],
]
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const data = crypto.getRandomValues(new Uint8Array(700))

async function keysOf(alg: 'ES256' | 'EdDSA' | 'RS256') {
  const pair = await generateKeyPair(alg, { extractable: true })
  return { publicJwk: await exportJWK(pair.publicKey), privateJwk: await exportJWK(pair.privateKey) }
}

describe.each(platforms)('SHA-256 of %s', (_name, { sha256: hash }) => {
  it('is the one Node computes, for short messages and long ones', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => new Uint8Array(array))
    const same = async (array: Bytes) => {
      const expected = createHash('sha256').update(array).digest('hex')
      expect(hexOf(await hash(array))).toBe(expected)
      expect(hexOf(await sha256(array))).toBe(expected)
    }
    await fc.assert(fc.asyncProperty(bytes, same))
    for (const length of [0, 55, 56, 63, 64, 119, 120, 8191, 8192, 8193, 20_000]) {
      await same(new Uint8Array(length).fill(length % 251))
    }
  })
})

describe.each(platforms)('base64url of %s', (_name, { toBase64url, fromBase64url }) => {
  it('reads what it writes, and writes what Node writes', () => {
    const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => new Uint8Array(array))
    const same = (array: Bytes) => {
      expect(toBase64url(array)).toBe(Buffer.from(array).toString('base64url'))
      expect(fromBase64url(toBase64url(array))).toEqual(array)
    }
    fc.assert(fc.property(bytes, same))
  })

  it('reads text that is none as something that is written otherwise', () => {
    const wrong = ['A', 'AB', 'AAB', 'AA==', 'A+B/', ' AAAA', 'AAAA\n', 'AA AA', 'AAAAé', 'AAAA\u0141', '====', '-']
    for (const text of wrong) expect(toBase64url(fromBase64url(text)), text).not.toBe(text)
    const read = (text: string) => toBase64url(fromBase64url(text)) === text
    const isOne = (text: string) => /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/.test(text)
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => read(text) === isOne(text)))
  })
})

describe.each(['ES256', 'EdDSA', 'RS256'] as const)('%s', (alg) => {
  it.each([
    ['node:crypto', 'Web Crypto', node, web],
    ['Web Crypto', 'node:crypto', web, node],
    ['node:crypto', 'node:crypto', node, node],
  ])('by %s is accepted by %s, and nothing else', async (_one, _other, signing: Platform, verifying: Platform) => {
    const [own, stranger] = [await keysOf(alg), await keysOf(alg)]
    const signature = await (await signing.importPrivateKey(own.privateJwk, alg))(data)
    const verify = await verifying.importPublicKey(own.publicJwk, alg)
    expect(await verify(signature, data)).toBe(true)
    expect(await verify(signature, data.slice(1))).toBe(false)
    for (const length of [0, 1, 63, 65, 72]) expect(await verify(new Uint8Array(length), data)).toBe(false)
    for (const fill of [0, 255]) expect(await verify(signature.slice().fill(fill), data)).toBe(false)
    expect(await (await verifying.importPublicKey(stranger.publicJwk, alg))(signature, data)).toBe(false)
  })
})

describe.each(platforms)('a key of %s', (_name, { importPublicKey }) => {
  it('has to be one', async () => {
    const { publicJwk } = await keysOf('ES256')
    await expect((async () => importPublicKey({ ...publicJwk, x: publicJwk.y ?? '' }, 'ES256'))()).rejects.toThrow()
  })
})
