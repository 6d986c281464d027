/** A stolen token that is bound to a key is worth nothing without it. */
import { createVerifier, verifyDpop } from '@countersign/verifier'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { ACTION, codeOf, createWorld, type Edits, edit, NOW } from './world.ts'

const URL_ = 'https://forum.example/threads/42'
const holder = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(holder.publicKey)
const jkt = await calculateJwkThumbprint(jwk)
const hash = async (text: string) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64url')

const other = await generateKeyPair('ES256', { extractable: true })
const otherJwk = await exportJWK(other.publicKey)
const privateJwk = await exportJWK(holder.privateKey)

type ProofOptions = { claims?: Edits; header?: Edits; key?: CryptoKey; keyJwk?: JWK }

async function prove(
  token: string,
  { claims = {}, header = {}, key = holder.privateKey, keyJwk = jwk }: ProofOptions = {},
) {
  const payload = { jti: crypto.randomUUID(), htm: 'POST', htu: URL_, iat: NOW, ath: await hash(token) }
  const head = { alg: 'ES256', typ: 'dpop+jwt', jwk: keyJwk }
  edit(payload, claims)
  edit(head, header)
  return await new SignJWT(payload).setProtectedHeader(head).sign(key)
}

const bound = { edits: { cnf: { jkt } } }
const request = { method: 'POST', url: `${URL_}?page=2#top` }

test('a bound token is accepted with a fresh proof, whatever the query', async () => {
  const world = await createWorld()
  const token = await world.mint(bound)
  const dpop = { ...request, proof: await prove(token) }
  const verifier = world.verifier({ requireProofOfPossession: true })
  expect(await codeOf(verifier.verify(token, ACTION, { dpop }))).toBe('accepted')
})

describe('refuses a bound token', () => {
  test('without a proof, or as a bearer', async () => {
    const world = await createWorld()
    const token = await world.mint(bound)
    const verifier = world.verifier()
    const proof = await prove(token)
    expect(await codeOf(verifier.verify(token, ACTION))).toBe('proof_of_possession')
    expect(await codeOf(verifier.verify(token, ACTION, { dpop: request }))).toBe('proof_of_possession')
    const bearer = { ...request, proof, scheme: 'Bearer' } as const
    expect(await codeOf(verifier.verify(token, ACTION, { dpop: bearer }))).toBe('proof_of_possession')
    expect(world.spent.size).toBe(0)
  })

  const wrong: [string, ProofOptions][] = [
    ['by another key', { key: other.privateKey, keyJwk: otherJwk }],
    ['by another key under this one’s name', { key: other.privateKey }],
    ['that gives its private key away', { keyJwk: privateJwk }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['with a header of more', { header: { kid: 'x' } }],
    ['for another method', { claims: { htm: 'DELETE' } }],
    ['for another path', { claims: { htu: 'https://forum.example/threads/43' } }],
    ['for another host', { claims: { htu: 'https://evil.example/threads/42' } }],
    ['for a URL with a query', { claims: { htu: `${URL_}?page=2` } }],
    ['for no URL', { claims: { htu: 'threads' } }],
    ['that is old', { claims: { iat: NOW - 61 } }],
    ['from the future', { claims: { iat: NOW + 6 } }],
    ['for another token', { claims: { ath: 'x'.repeat(43) } }],
    ['for no token', { claims: { ath: undefined } }],
    ['without an id', { claims: { jti: undefined } }],
  ]
  test.each(wrong)('with a proof %s', async (_what, options) => {
    const world = await createWorld()
    const token = await world.mint(bound)
    const dpop = { ...request, proof: await prove(token, options) }
    expect(await codeOf(world.verifier().verify(token, ACTION, { dpop }))).toBe('proof_of_possession')
  })

  test('with a proof that was sent before', async () => {
    const world = await createWorld()
    const token = await world.mint({ edits: { ...bound.edits, 'authorization_details.0.uses': 2 } })
    const dpop = { ...request, proof: await prove(token) }
    const verifier = world.verifier()
    expect(await codeOf(verifier.verify(token, ACTION, { dpop }))).toBe('accepted')
    expect(await codeOf(verifier.verify(token, ACTION, { dpop }))).toBe('proof_of_possession')
  })
})

describe('the address of the executor', () => {
  test('is the configured one: a proof for the host that a request names is refused', async () => {
    const world = await createWorld()
    const verifier = world.verifier({ publicUrl: 'https://forum.example' })
    for (const [url, htu, code] of [
      ['https://evil.example/threads/42', 'https://evil.example/threads/42', 'proof_of_possession'],
      ['//evil.example/threads/42', 'https://evil.example/threads/42', 'proof_of_possession'],
      ['https://evil.example/threads/42', URL_, 'accepted'],
      ['/threads/42?page=2', URL_, 'accepted'],
    ] as const) {
      const token = await world.mint(bound)
      const dpop = { method: 'POST', url, proof: await prove(token, { claims: { htu } }) }
      expect(await codeOf(verifier.verify(token, ACTION, { dpop }))).toBe(code)
    }
  })

  test('has to be known: without it the operator is told', async () => {
    const world = await createWorld()
    const options = { issuer: 'https://approve.example', audience: 'https://forum.example', credential: 'x' }
    expect(() => createVerifier({ ...options, requireProofOfPossession: true })).toThrow(TypeError)
    for (const publicUrl of ['forum.example', 'ftp://forum.example', 'https://forum.example?x', '/threads'])
      expect(() => createVerifier({ ...options, publicUrl })).toThrow(TypeError)
    const token = await world.mint(bound)
    const dpop = { ...request, proof: await prove(token) }
    const refused = world.verifier({ publicUrl: '' }).verify(token, ACTION, { dpop })
    await expect(refused).rejects.toMatchObject({
      code: 'proof_of_possession',
      message: expect.stringMatching(/operator.*publicUrl/),
    })
    expect(await codeOf(world.verifier({ publicUrl: '' }).verify(await world.mint(), ACTION))).toBe('accepted')
  })
})

describe('the memory of proofs', () => {
  test('is not filled by a spent token that is replayed with fresh proofs', async () => {
    const world = await createWorld()
    const verifier = world.verifier({ replayCapacity: 3 })
    const presented = async (token: string) =>
      codeOf(verifier.verify(token, ACTION, { dpop: { ...request, proof: await prove(token) } }))
    const [spent, elsewhere] = [await world.mint(bound), await world.mint(bound)]
    expect(await presented(spent)).toBe('accepted')
    const claims = JSON.parse(Buffer.from(elsewhere.split('.')[1] ?? '', 'base64url').toString())
    world.spent.add(claims.jti)
    for (let round = 0; round < 5; round++) {
      expect(await presented(spent)).toBe('token_redeemed')
      expect(await presented(elsewhere)).toBe('token_redeemed')
    }
    expect(await presented(await world.mint(bound))).toBe('accepted')
  })

  test('lets go of a proof whose redemption failed', async () => {
    const world = await createWorld()
    const verifier = world.verifier()
    const token = await world.mint(bound)
    const dpop = { ...request, proof: await prove(token) }
    world.replies.set('POST https://approve.example/redemptions', () => undefined)
    expect(await codeOf(verifier.verify(token, ACTION, { dpop }))).toBe('authority_unreachable')
    world.replies.clear()
    expect(await codeOf(verifier.verify(token, ACTION, { dpop }))).toBe('accepted')
  })
})

describe('in Approval-Token, beside another Authorization,', () => {
  const carriedIn = 'approval-token' as const

  test('a proof must name the token among the others', async () => {
    const world = await createWorld()
    const token = await world.mint(bound)
    const oth = { 'approval-token': await hash(token) }
    const proof = await prove(token, { claims: { ath: await hash('the other token'), oth } })
    expect(await codeOf(world.verifier().verify(token, ACTION, { dpop: { ...request, proof, carriedIn } }))).toBe(
      'accepted',
    )
  })

  test('the hash of the token in ath is not enough', async () => {
    const world = await createWorld()
    const token = await world.mint(bound)
    const proof = await prove(token)
    expect(await codeOf(world.verifier().verify(token, ACTION, { dpop: { ...request, proof, carriedIn } }))).toBe(
      'proof_of_possession',
    )
  })
})

test('an executor can refuse whatever is not bound', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ requireProofOfPossession: true })
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('proof_of_possession')
})

test.each(['EdDSA', 'Ed25519'] as const)(
  'a proof signed with %s holds, also where there is no token yet',
  async (alg) => {
    const pair = await generateKeyPair('Ed25519', { extractable: true })
    const keyJwk = await exportJWK(pair.publicKey)
    const proof = await prove('', { key: pair.privateKey, keyJwk, header: { alg }, claims: { ath: undefined } })
    const held = await verifyDpop(proof, { ...request, now: NOW })
    expect(held).toEqual({ jkt: await calculateJwkThumbprint(keyJwk), jti: held.jti, expiresAt: NOW + 60 })
  },
)
