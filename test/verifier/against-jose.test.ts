/**
 * The strict reading of a JWS, held against jose and against Project Wycheproof: whatever jose refuses is refused here, and
 * whatever is accepted here jose accepts with the same payload.
 */
import { base64urlDecode, base64urlEncode, importVerificationKey, type JsonObject } from '@countersign/verifier'
import fc from 'fast-check'
import { compactVerify, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { describe, expect, it, test } from 'vitest'
import { HEADER_MEMBERS, openJws, readJws } from '../../src/verifier/keys/jws.ts'
import wycheproof from '../vectors/wycheproof-jws.json' with { type: 'json' }
import { signRaw } from './world.ts'

const REFUSED = Symbol('refused')
const TYPE = 'approval+jwt'
const utf8 = new TextEncoder()

/** The result of a check; `REFUSED` when it throws. */
async function tried<T>(check: () => Promise<T>): Promise<T | typeof REFUSED> {
  try {
    return await check()
  } catch {
    return REFUSED
  }
}

const byJose = (jws: string, key: JWK) =>
  tried(async () => (await compactVerify(jws, key, { algorithms: ['ES256', 'EdDSA'] })).payload)

describe('of any JWS and any key', async () => {
  const makers = await Promise.all((['ES256', 'EdDSA', 'ES256'] as const).map(newMaker))
  const maker = fc.constantFrom(...makers)
  // Most values are the right ones, so that some of what is made is accepted.
  const rather = <T>(right: T, ...wrong: readonly T[]) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(right) }, fc.constantFrom(...wrong))
  const header = fc.record({
    alg: rather<unknown>('own', 'none', 'HS256', 'ES384', 'Ed25519', 'es256', undefined, 1),
    typ: rather<unknown>(TYPE, 'JWT', undefined),
    more: rather<object>(
      {},
      { crit: ['exp'], exp: 1 },
      { crit: ['b64'], b64: false },
      { crit: [] },
      { jwk: {} },
      { zip: 'DEF' },
    ),
  })
  const payload = rather(
    '{"sub":"ada"}',
    '{"a":1e3,"b":[true,null]}',
    '{"a":1,"a":2}',
    '{}',
    '[]',
    'no JSON',
    '',
    '{"a":"\\ud800"}',
  )
  const limits = fc.record({
    use: rather<unknown>(undefined, 'sig', 'enc', 1),
    key_ops: rather<unknown>(undefined, ['verify'], ['sign', 'verify'], ['sign'], ['verify', 'verify'], [], 'verify', [
      'verify',
      1,
    ]),
    alg: rather<unknown>(undefined, 'ES256', 'EdDSA', 'Ed25519', 'ES384', 'HS256', 1),
    kty: rather<unknown>(undefined, 'RSA', 'oct', 'EC', 'OKP'),
    crv: rather<unknown>(undefined, 'P-384', 'Ed448', 'P-256', 'Ed25519'),
    d: rather<unknown>(undefined, 'AAAA'),
  })
  const change = fc.option(fc.record({ at: fc.nat(), by: fc.constantFrom('', '=', '.', ' ', '+', 'A', 'B', '\n') }), {
    freq: 4,
    nil: undefined,
  })

  it('agrees with jose wherever it accepts, and refuses wherever jose refuses', async () => {
    const seen = { accepted: 0, strict: 0, refused: 0 }
    const property = fc.asyncProperty(
      maker,
      maker,
      rather<boolean>(true, false),
      header,
      payload,
      limits,
      change,
      async (own, other, isOwn, head, body, limit, edit) => {
        const text = changed(await own.sign(head, body), edit)
        const key = withLimits(isOwn ? own.publicJwk : other.publicJwk, limit)
        const ours = await tried(() => openJws(text, TYPE, () => importVerificationKey(key)))
        const theirs = await byJose(text, key)
        if (theirs === REFUSED) expect(ours).toBe(REFUSED)
        if (ours !== REFUSED) expect(JSON.parse(new TextDecoder().decode(theirs as Uint8Array))).toEqual(ours)
        seen[ours !== REFUSED ? 'accepted' : theirs === REFUSED ? 'refused' : 'strict'] += 1
      },
    )
    await fc.assert(property, { numRuns: 2000 })
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(50)
  })
})

async function newMaker(alg: 'ES256' | 'EdDSA') {
  const pair = await generateKeyPair(alg, { extractable: true })
  const [publicJwk, privateJwk] = [await exportJWK(pair.publicKey), await exportJWK(pair.privateKey)]
  const key = (await importJWK(privateJwk, alg)) as CryptoKey
  const kid = `${publicJwk.x}`
  const sign = async (head: { alg: unknown; typ: unknown; more: object }, body: string) => {
    const written = JSON.stringify({ ...head.more, kid, typ: head.typ, alg: head.alg === 'own' ? alg : head.alg })
    const input = [written, body].map((part) => base64urlEncode(utf8.encode(part))).join('.')
    return `${input}.${await signRaw(input, alg, key)}`
  }
  return { kid, publicJwk, sign }
}

function changed(text: string, edit: { at: number; by: string } | undefined): string {
  if (edit === undefined) return text
  const at = edit.at % (text.length + 1)
  return text.slice(0, at) + edit.by + text.slice(at + (edit.at % 2))
}

const withLimits = (key: JWK, limits: object): JWK => ({
  ...key,
  ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
})

describe('of Project Wycheproof', () => {
  const cases = wycheproof.groups.flatMap(({ comment, key, tests }) =>
    tests.map((one) => [`${comment}: ${one.comment}`, key as JWK & JsonObject, one] as const),
  )

  it.each(cases)('%s', async (_name, key, { jws, result }) => {
    const ours = await tried(async () => {
      const { header, signature, signingInput } = readJws(jws, HEADER_MEMBERS)
      const { alg, verify } = await importVerificationKey(key)
      if (alg !== header['alg'] || !(await verify(signature, signingInput))) throw new TypeError('refused')
      return base64urlDecode(jws.split('.')[1] ?? '')
    })
    const theirs = await byJose(jws, key)
    if (result === 'invalid' || theirs === REFUSED) expect(ours).toBe(REFUSED)
    if (ours !== REFUSED) expect(theirs).toEqual(ours)
  })

  test('some are accepted', async () => {
    const valid = cases.filter(([, { alg }, { result }]) => alg === 'ES256' && result === 'valid')
    expect(valid.length).toBeGreaterThan(1)
    for (const [, key, { jws }] of valid) {
      const { signature, signingInput } = readJws(jws, HEADER_MEMBERS)
      expect(await (await importVerificationKey(key)).verify(signature, signingInput)).toBe(true)
    }
  })
})

describe('a key', async () => {
  const { publicJwk } = await newMaker('ES256')

  test.each([
    ['to encrypt with', { use: 'enc' }],
    ['to sign with', { key_ops: ['sign'] }],
    ['to sign and verify with, though it is public', { key_ops: ['sign', 'verify'] }],
    ['for no operation', { key_ops: [] }],
    ['whose operations are no list', { key_ops: 'verify' }],
    ['with an operation twice', { key_ops: ['verify', 'verify'] }],
    ['for another algorithm', { alg: 'ES384' }],
    ['that is private', { d: 'AAAA' }],
  ])('%s is refused', async (_which, limits) => {
    expect(await tried(() => importVerificationKey(withLimits(publicJwk, limits)))).toBe(REFUSED)
  })

  test.each([
    ['to verify with', { key_ops: ['verify'] }],
    ['for signatures', { use: 'sig', alg: 'ES256' }],
  ])('%s is read', async (_which, limits) => {
    expect(await importVerificationKey(withLimits(publicJwk, limits))).toMatchObject({ alg: 'ES256' })
  })
})
