/** A thief without the signing key: confuses types, algorithms, keys and parsers. */
import {
  ApprovalError,
  createVerifier,
  ERROR_CODES,
  ERROR_STATUS,
  importVerificationKey,
  openToken,
  withoutRedemption,
} from '@countersign/verifier'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  ACTION,
  AUDIENCE,
  codeOf,
  createWorld,
  type Edits,
  ISSUER,
  newSigningKey,
  publicKey,
  signRaw,
} from './world.ts'

const world = await createWorld()
const stranger = await newSigningKey()
const edwards = await newSigningKey('EdDSA')
world.jwks.push(publicKey(edwards), { kty: 'oct', k: 'AAAA', kid: 'secret', alg: 'HS256' }, 'nonsense')

const verify = (token: string) => codeOf(world.verifier().verify(token, ACTION))
const encode = (text: string) => Buffer.from(text).toString('base64url')
const claimsText = async () => JSON.stringify(await world.claims())

describe('refuses a token whose header', () => {
  const headers: [string, Edits, string][] = [
    ['says at+jwt', { typ: 'at+jwt' }, 'token_type'],
    ['says APPROVAL+JWT', { typ: 'APPROVAL+JWT' }, 'token_type'],
    ['says nothing of its type', { typ: undefined }, 'token_type'],
    ['says none', { alg: 'none' }, 'token_algorithm'],
    ['says HS256', { alg: 'HS256' }, 'token_algorithm'],
    ['says RS256', { alg: 'RS256' }, 'token_algorithm'],
    ['says EdDSA of an ES256 key', { alg: 'EdDSA' }, 'token_algorithm'],
    ['names no key', { kid: undefined }, 'token_malformed'],
    ['names an unknown key', { kid: stranger.kid }, 'token_signature'],
    ['names another key of the authority', { kid: edwards.kid, alg: 'EdDSA' }, 'token_signature'],
    ['names __proto__', { kid: '__proto__' }, 'token_signature'],
    ['brings its own key', { jwk: stranger.publicJwk }, 'token_malformed'],
    ['says where to fetch a key', { jku: 'https://evil.example/jwks' }, 'token_malformed'],
    ['is critical', { crit: ['exp'] }, 'token_malformed'],
    ['leaves the payload unencoded', { b64: false, crit: ['b64'] }, 'token_malformed'],
  ]
  test.each(headers)('%s', async (_what, header, code) => {
    expect(await verify(await world.mint({ header }))).toBe(code)
  })

  test('names its members twice', async () => {
    const head = encode(`{"alg":"none","alg":"ES256","kid":"${world.key.kid}","typ":"approval+jwt"}`)
    const [, body] = (await world.mint()).split('.')
    const key = await crypto.subtle.importKey(
      'jwk',
      world.key.privateJwk as JsonWebKey,
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    )
    expect(await verify(`${head}.${body}.${await signRaw(`${head}.${body}`, 'ES256', key)}`)).toBe('token_malformed')
  })
})

test('refuses a token signed by a stranger under the name of the authority’s key', async () => {
  expect(await verify(await world.mint({ key: { ...stranger, kid: world.key.kid } }))).toBe('token_signature')
})

test('refuses an HMAC made with the public key', async () => {
  const secret = new TextEncoder().encode(JSON.stringify(publicKey(world.key)))
  const token = await new SignJWT({ ...(await world.claims()) })
    .setProtectedHeader({ alg: 'HS256', kid: world.key.kid, typ: 'approval+jwt' })
    .sign(secret)
  expect(await verify(token)).toBe('token_algorithm')
})

test('refuses a claim that was changed after signing', async () => {
  const [head, , tail] = (await world.mint()).split('.')
  const body = encode((await claimsText()).replace('person-zoe', 'person-ada'))
  expect(await verify(`${head}.${body}.${tail}`)).toBe('token_signature')
})

describe('refuses a payload that two parsers read differently:', () => {
  const texts: [string, (text: string) => string][] = [
    ['a claim that stands twice', (text) => text.replace('{', '{"aud":"https://other.example",')],
    ['a claim that stands twice in disguise', (text) => text.replace('{', '{"\\u0061ud":"https://other.example",')],
    ['a nested claim that stands twice', (text) => text.replace('"quorum":0', '"quorum":0,"quorum":0')],
    ['a half surrogate', (text) => text.replace('person-zoe', '\\ud800')],
    ['an integer beyond 2^53', (text) => text.replace(/"exp":\d+/, '"exp":9007199254740993')],
    ['an infinite number', (text) => text.replace(/"exp":\d+/, '"exp":1e999')],
    ['a byte order mark', (text) => `\uFEFF${text}`],
    ['something after it', (text) => `${text} {}`],
    ['an array', (text) => `[${text}]`],
    ['too many levels', (text) => text.replace('"person-zoe"', `${'['.repeat(40)}${']'.repeat(40)}`)],
  ]
  test.each(texts)('%s', async (_what, change) => {
    expect(await verify(await world.sign(change(await claimsText())))).toBe('token_malformed')
  })

  test('__proto__ as a claim', async () => {
    const text = (await claimsText()).replace('{', '{"__proto__":{"admin":true},')
    expect(await verify(await world.sign(text))).toBe('token_malformed')
  })
})

describe('refuses another spelling of a good token:', () => {
  const spellings: [string, (token: string) => string][] = [
    ['padded', (token) => `${token}=`],
    ['in the other alphabet', (token) => token.replace(/\.(?=[^.]+$)./, '.+')],
    ['with white space', (token) => `${token} `],
    ['with a fourth segment', (token) => `${token}.`],
    ['with two segments', (token) => token.slice(0, token.lastIndexOf('.'))],
    ['too long', (token) => token + 'A'.repeat(12_288)],
    ['empty', () => ''],
    ['full-width', (token) => token.replace('e', 'ｅ')],
    ['with unused bits set', (token) => token.slice(0, -1) + nextCharacter(token.at(-1) ?? '')],
  ]
  test.each(spellings)('%s', async (_what, change) => {
    expect(await verify(change(await world.mint()))).toBe('token_malformed')
  })
})

/** The character whose six bits are one more: for a last one with unused bits, an alternative some decoders accept. */
function nextCharacter(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) + 1] ?? '_'
}

test('a malleated signature is the same token: it is not spent twice', async () => {
  const token = await world.mint()
  const verifier = world.verifier({ redemption: withoutRedemption })
  const [head, body, tail = ''] = token.split('.')
  const twin = `${head}.${body}.${negateS(tail)}`
  expect(twin).not.toBe(token)
  await verifier.verify(twin, ACTION)
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('token_redeemed')
})

/** (r, s) and (r, n − s) are both valid ECDSA signatures. */
function negateS(signature: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytes = Buffer.from(signature, 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString(
    'base64url',
  )
}

test('openToken chooses the key by its id alone, and gives back what was signed', async () => {
  const asked: string[] = []
  const { header, claims } = await openToken(await world.mint(), async (kid) => {
    asked.push(kid)
    return importVerificationKey(world.key.publicJwk)
  })
  expect(asked).toEqual([world.key.kid])
  expect(header).toEqual({ alg: 'ES256', kid: world.key.kid, typ: 'approval+jwt' })
  expect(claims.iss).toBe(ISSUER)
})

test('a key set whose kid is not the thumbprint is not believed', async () => {
  const other = await createWorld()
  other.jwks = [{ ...publicKey(stranger), kid: world.key.kid }]
  const token = await other.mint({ key: { ...stranger, kid: world.key.kid } })
  expect(await codeOf(other.verifier().verify(token, ACTION))).toBe('token_signature')
})

test('a new key is fetched when a token names it, and a made-up one not more often than the cooldown allows', async () => {
  const other = await createWorld()
  const verifier = other.verifier()
  await verifier.verify(await other.mint(), ACTION)
  const next = await newSigningKey()
  other.jwks.push(publicKey(next))
  other.now += 6
  await verifier.verify(await other.mint({ key: next }), ACTION)
  const fetches = () => other.requests.filter((line) => line.endsWith('jwks.json')).length
  expect(fetches()).toBe(2)
  for (let tries = 0; tries < 5; tries++) await codeOf(verifier.verify(await other.mint({ key: stranger }), ACTION))
  expect(fetches()).toBe(2)
})

test('every error code has a status, and no message holds the token', async () => {
  expect(ERROR_CODES).toHaveLength(30)
  for (const code of ERROR_CODES) {
    const error = new ApprovalError(code)
    expect(error.status).toBe(ERROR_STATUS[code])
    expect(error.message).toMatch(/^[A-Z].*\.$/)
  }
  const token = `${await world.mint()}x`
  const error = await createVerifier({ issuer: ISSUER, audience: AUDIENCE, credential: 'hush', fetch: world.fetch })
    .verify(token, ACTION)
    .catch((reason: unknown) => reason)
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(token.slice(0, 40))).toBe(false)
})
