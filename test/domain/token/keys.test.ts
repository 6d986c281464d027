/** The lives of signing keys: published before they sign, lingering after, gone at once when taken out. */
import { base64urlDecode } from '@countersign/verifier'
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  createSigningKeys,
  generateSigningKey,
  type KeyLife,
  LINGER_SECONDS,
  PUBLISH_AHEAD_SECONDS,
  publicHalf,
  publishedAt,
  sign,
  signingAt,
} from '../../../src/domain/token/signing-keys.ts'
import { NOW } from '../approval/sample.ts'

const life = (kid: string, more: Partial<KeyLife> = {}): KeyLife => ({
  kid,
  alg: 'ES256',
  publicJwk: {},
  publishedAt: NOW,
  signsFrom: NOW,
  retiredAt: null,
  ...more,
})
const kids = (lives: readonly KeyLife[]) => lives.map(({ kid }) => kid)

describe('a rotation', () => {
  const old = life('old')
  const next = life('next', { publishedAt: NOW + 1000, signsFrom: NOW + 1000 + PUBLISH_AHEAD_SECONDS })
  const both = [old, next]
  const held = new Set(['old', 'next'])

  it.each([
    [NOW - 1, [], undefined],
    [NOW, ['old'], 'old'],
    [NOW + 999, ['old'], 'old'],
    [NOW + 1000, ['old', 'next'], 'old'],
    [next.signsFrom - 1, ['old', 'next'], 'old'],
    [next.signsFrom, ['old', 'next'], 'next'],
    [next.signsFrom + LINGER_SECONDS - 1, ['old', 'next'], 'next'],
    [next.signsFrom + LINGER_SECONDS, ['next'], 'next'],
  ])('at %i publishes %j and signs with %s', (now, published, signing) => {
    expect(kids(publishedAt(both, now))).toEqual(published)
    expect(signingAt(both, held, now)?.kid).toBe(signing)
  })

  it('leaves every token verifiable to its end: the longest life fits into the lingering', () => {
    expect(LINGER_SECONDS).toBeGreaterThanOrEqual(600 + 5)
  })

  it('is known to verifiers that fetch keys every few minutes before it signs', () => {
    expect(PUBLISH_AHEAD_SECONDS).toBeGreaterThanOrEqual(300)
  })

  it('never signs with a key that is not in this process', () => {
    expect(signingAt(both, new Set(['old']), next.signsFrom + 10)?.kid).toBe('old')
    expect(signingAt(both, new Set(), NOW)).toBeUndefined()
  })

  it('retires a stolen key at once, and lets its predecessor sign again', () => {
    const stolen = { ...next, retiredAt: next.signsFrom + 10 }
    expect(kids(publishedAt([old, stolen], next.signsFrom + 10))).toEqual(['old'])
    expect(signingAt([old, stolen], held, next.signsFrom + 10)?.kid).toBe('old')
    expect(kids(publishedAt([old, stolen], next.signsFrom + LINGER_SECONDS * 2))).toEqual(['old'])
  })
})

describe('the keys of a process', () => {
  const vaultWith = async (...algs: ('ES256' | 'EdDSA')[]) => {
    const jwks = await Promise.all(algs.map(generateSigningKey))
    const rows: KeyLife[] = await Promise.all(
      jwks.map(async (jwk, at) => {
        const { kid, alg, publicJwk } = await publicHalf(jwk)
        return life(kid, { alg, publicJwk: { ...publicJwk }, signsFrom: NOW + at })
      }),
    )
    const kept = [...jwks]
    const vault = { load: async () => kept, keep: async (jwk: (typeof jwks)[number]) => void kept.push(jwk) }
    return { rows, vault, keys: createSigningKeys(vault, async () => [...rows]) }
  }

  it.each(['ES256', 'EdDSA'] as const)(
    'sign with %s what their published half verifies, and nothing private is published',
    async (alg) => {
      const { keys } = await vaultWith(alg)
      const signing = await keys.current(NOW)
      expect({ ...signing, sign: typeof signing.sign }).toEqual({ kid: signing.kid, alg, sign: 'function' })
      const token = await sign('approval+jwt', { hello: true }, signing)
      expect(decodeProtectedHeader(token)).toEqual({ alg, kid: signing.kid, typ: 'approval+jwt' })
      const [published] = await keys.published(NOW)
      expect(published).toMatchObject({ kid: signing.kid, alg, use: 'sig' })
      expect(published).not.toHaveProperty('d')
      const resolved = await keys.resolve(signing.kid, NOW)
      if (!resolved) throw new Error('not resolved')
      await expect(compactVerify(token, await importJWK({ ...published }, alg))).resolves.toBeDefined()
      const [input = '', signature = ''] = token.split(/\.(?=[^.]*$)/)
      expect(await resolved.verify(base64urlDecode(signature), new TextEncoder().encode(input))).toBe(true)
    },
  )

  it('sign and resolve as before while the clock is set back, and a stolen one stays out', async () => {
    const { rows, vault } = await vaultWith('ES256', 'ES256')
    const [first, stolen] = rows
    if (!first || !stolen) throw new Error('two keys are made')
    const keys = createSigningKeys(vault, async () => [first, { ...stolen, retiredAt: NOW + 10 }])
    for (const now of [NOW - 86_400, 0]) {
      expect((await keys.current(now)).kid).toBe(first.kid)
      expect(await keys.resolve(first.kid, now)).toBeDefined()
      expect(await keys.resolve(stolen.kid, now)).toBeUndefined()
    }
  })

  it('resolve only what is published now', async () => {
    const { keys, rows } = await vaultWith('ES256', 'ES256')
    const [old, next] = kids(rows)
    expect(await keys.resolve(String(old), NOW + LINGER_SECONDS)).toBeDefined()
    expect(await keys.resolve(String(old), NOW + 1 + LINGER_SECONDS)).toBeUndefined()
    expect(await keys.resolve(String(next), NOW + 1 + LINGER_SECONDS)).toBeDefined()
    expect(await keys.resolve('unknown', NOW)).toBeUndefined()
  })

  it('read the rows anew after five seconds, or when told to', async () => {
    const { keys, rows } = await vaultWith('ES256')
    expect(await keys.published(NOW)).toHaveLength(1)
    rows.push(life('another'))
    expect(await keys.published(NOW + 4)).toHaveLength(1)
    expect(await keys.published(NOW + 5)).toHaveLength(2)
    rows.push(life('third'))
    keys.refresh()
    expect(await keys.published(NOW + 5)).toHaveLength(3)
  })

  it('throw where there is none to sign with', async () => {
    const empty = createSigningKeys({ load: async () => [] }, async () => [])
    await expect(empty.current(NOW)).rejects.toThrow('No signing key')
    expect(await empty.create('ES256')).toBeUndefined()
  })

  it('pass a failure to read the rows on, and read them again next time', async () => {
    const { vault, rows } = await vaultWith('ES256')
    let isAway = true
    const keys = createSigningKeys(vault, async () => {
      if (isAway) throw new Error('away')
      return rows
    })
    await expect(keys.current(NOW)).rejects.toThrow('away')
    isAway = false
    await expect(keys.current(NOW)).resolves.toBeDefined()
  })
})

describe('a private key', () => {
  it.each([
    ['without its private part', { d: undefined }],
    ['of another curve', { crv: 'P-384' }],
    ['that is symmetric', { kty: 'oct', x: undefined }],
  ])('%s is refused', async (_, more) => {
    const jwk = { ...(await generateSigningKey('ES256')), ...more }
    await expect(publicHalf(JSON.parse(JSON.stringify(jwk)))).rejects.toThrow(TypeError)
  })

  it('names itself by its RFC 7638 thumbprint', async () => {
    const jwk = await generateSigningKey('ES256')
    expect((await publicHalf(jwk)).kid).toBe(jwk.kid)
    expect(jwk.kid).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })
})
