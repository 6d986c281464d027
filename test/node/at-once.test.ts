/** What is hashed and signed without leaving the thread is what Web Crypto hashes and signs. */
import { nodeHash } from '@countersign/verifier/proof'
import { describe, expect, it } from 'vitest'
import { sign } from '../../src/domain/token/sign-jws.ts'
import { createSigningKeys, generateSigningKey, publicHalf } from '../../src/domain/token/signing-keys.ts'
import { hashNode, signaturesAtOnce } from '../../src/node/at-once.ts'

const NOW = 1_800_000_000
const data = crypto.getRandomValues(new Uint8Array(700))
const WEB_CRYPTO = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, EdDSA: { name: 'Ed25519' } } as const

async function keysOf(alg: 'ES256' | 'EdDSA') {
  const jwk = await generateSigningKey(alg)
  const row = { ...(await publicHalf(jwk)), publishedAt: NOW, signsFrom: NOW, retiredAt: null }
  const keys = createSigningKeys({ load: async () => [jwk] }, async () => [row], signaturesAtOnce)
  const own = await keys.resolve(row.kid, NOW)
  if (!own?.verify) throw new Error('The key does not verify at once')
  return { signing: await keys.current(NOW), own, verify: own.verify }
}

describe.each(['ES256', 'EdDSA'] as const)('at once, %s', (alg) => {
  it('signs what Web Crypto accepts, and accepts what Web Crypto signed', async () => {
    const { signing, own, verify } = await keysOf(alg)
    const made = Uint8Array.from(signing.sign?.(data) ?? [])
    expect(await crypto.subtle.verify(WEB_CRYPTO[alg], own.key, made, data)).toBe(true)
    const signed = new Uint8Array(await crypto.subtle.sign(WEB_CRYPTO[alg], signing.privateKey, data))
    expect(verify(signed, data)).toBe(true)
  })

  it('refuses what is altered, of another length, or of another key', async () => {
    const { signing, verify } = await keysOf(alg)
    const made = Uint8Array.from(signing.sign?.(data) ?? [])
    expect(verify(made, data.slice(1))).toBe(false)
    for (const length of [0, 1, 63, 65, 72]) expect(verify(new Uint8Array(length), data)).toBe(false)
    for (const fill of [0, 255]) expect(verify(new Uint8Array(64).fill(fill), data)).toBe(false)
    expect((await keysOf(alg)).verify(made, data)).toBe(false)
  })

  it('writes the same token but for the signature', async () => {
    const { signing } = await keysOf(alg)
    const { sign: _atOnce, ...slow } = signing
    const texts = await Promise.all([signing, slow].map((key) => sign('approval+jwt', { sub: 'Ada ☕' }, key)))
    const [first, second] = texts.map((text) => text.slice(0, text.lastIndexOf('.')))
    expect(first).toBe(second)
  })
})

it('hashes a node as RFC 6962 has it', async () => {
  const [left, right] = [data.slice(0, 32), data.slice(32, 64)]
  expect(new Uint8Array(await hashNode(left, right))).toEqual(await nodeHash(left, right))
})
