/** The agent that relays a challenge can neither change it nor make one. */
import { ApprovalError, type ChallengeContent, createChallenge, parseKeySet } from '@countersign/verifier'
import { parseChallenge } from '@countersign/verifier/authority'
import { toProblem } from '@countersign/verifier/fetch'
import { describe, expect, test } from 'vitest'
import { ACTION, AUDIENCE, codeOf, type Edits, edit, ISSUER, NOW, newSigningKey, publicKey, sign } from './world.ts'

const executor = await newSigningKey('EdDSA')
const stranger = await newSigningKey()
const keys = await parseKeySet({ keys: [JSON.parse(JSON.stringify(publicKey(executor)))] })
const expected = { resolveKey: async (kid: string) => keys.get(kid), audience: ISSUER, now: NOW }
const content: ChallengeContent = {
  action: ACTION,
  reason: 'Posting needs approval',
  reasonUri: 'https://forum.example/why',
  txn: 'txn-1',
}
const signer = {
  key: { ...executor.privateJwk, kty: 'OKP', kid: executor.kid, alg: executor.alg },
  audience: AUDIENCE,
  issuer: ISSUER,
  now: NOW,
}

const base = () => ({
  iss: AUDIENCE,
  aud: ISSUER,
  iat: NOW,
  exp: NOW + 300,
  jti: 'j',
  txn: 't',
  reason: 'r',
  authorization_details: [{ type: 'countersign_action', ...ACTION }],
})

test('what was signed is what is read', async () => {
  const challenge = await parseChallenge(await createChallenge(signer, content), { ...expected, issuer: AUDIENCE })
  expect(challenge).toMatchObject({
    iss: AUDIENCE,
    txn: 'txn-1',
    action: ACTION,
    reason: content.reason,
    reasonUri: content.reasonUri,
  })
  expect(Object.isFrozen(challenge.action.arguments)).toBe(true)
  expect(challenge).not.toHaveProperty('preview')
})

test('claims it does not know are ignored', async () => {
  const jws = await sign(JSON.stringify({ ...base(), hint: 1 }), { typ: 'txn-authz-challenge+jwt' }, executor)
  expect((await parseChallenge(jws, expected)).action.name).toBe('forum.post')
})

describe('refuses a challenge', () => {
  const wrong: [string, Edits][] = [
    ['for another authority', { aud: 'https://evil.example' }],
    ['for several', { aud: [ISSUER, 'https://evil.example'] }],
    ['that has run out', { iat: NOW - 400, exp: NOW - 100 }],
    ['from the future', { iat: NOW + 6 }],
    ['that lives too long', { exp: NOW + 301 }],
    ['without a reason', { reason: undefined }],
    ['without a transaction', { txn: undefined }],
    ['without an id', { jti: undefined }],
    ['for two actions', { authorization_details: [base().authorization_details[0], base().authorization_details[0]] }],
    ['with a member too many', { 'authorization_details.0.note': 'x' }],
    ['without a salt', { 'authorization_details.0.salt': undefined }],
    ['with a preview of another shape', { 'authorization_details.0.preview': {} }],
    ['with an actor of another shape', { act: { sub: 1 } }],
  ]
  test.each(wrong)('%s', async (_what, edits) => {
    const claims = base()
    edit(claims, edits)
    const jws = await sign(JSON.stringify(claims), { typ: 'txn-authz-challenge+jwt' }, executor)
    expect(await codeOf(parseChallenge(jws, expected))).toBe('invalid_request')
  })

  test('of another type, by a stranger, from another executor', async () => {
    const text = JSON.stringify(base())
    const typ = 'txn-authz-challenge+jwt'
    expect(await codeOf(parseChallenge(await sign(text, { typ: 'JWT' }, executor), expected))).toBe('invalid_request')
    expect(await codeOf(parseChallenge(await sign(text, { typ }, stranger), expected))).toBe('invalid_request')
    const posing = await sign(text, { typ, kid: executor.kid, alg: 'EdDSA' }, stranger)
    expect(await codeOf(parseChallenge(posing, expected))).toBe('invalid_request')
    const other = { ...expected, issuer: 'https://other.example' }
    expect(await codeOf(parseChallenge(await sign(text, { typ }, executor), other))).toBe('invalid_request')
  })
})

describe('on HTTP', () => {
  test('a challenge travels in the header, or in the body when it is too long', () => {
    const short = toProblem(new ApprovalError('token_missing', { challenge: 'a.b.c' }))
    expect(short.headers['www-authenticate']).toMatch(
      /^Bearer error="transaction_authorization_required", .*transaction_challenge="a\.b\.c"$/,
    )
    expect(short.body).not.toHaveProperty('transaction_challenge')
    const long = toProblem(new ApprovalError('token_missing', { challenge: 'a'.repeat(4097) }), 'DPoP')
    expect(long.headers['www-authenticate']).toMatch(/^DPoP error="transaction_authorization_required".*body/)
    expect(long.body.transaction_challenge).toHaveLength(4097)
  })

  test('other refusals say what RFC 6750 and RFC 9449 say', () => {
    const header = (code: 'token_expired' | 'token_missing' | 'proof_of_possession' | 'killed') =>
      toProblem(new ApprovalError(code)).headers['www-authenticate']
    expect(header('token_missing')).toBe('Bearer')
    expect(header('token_expired')).toMatch(/^Bearer error="invalid_token"/)
    expect(header('proof_of_possession')).toMatch(/^DPoP error="invalid_dpop_proof"/)
    expect(header('killed')).toBeUndefined()
    const busy = toProblem(new ApprovalError('rate_limited', { retryAfterSeconds: 1.2 }))
    expect(busy.headers).toMatchObject({ 'retry-after': '2', 'content-type': 'application/problem+json' })
    expect(toProblem(new ApprovalError('killed', { message: 'no "quotes"\r\n', cause: 'secret' })).body).toEqual({
      type: 'about:blank',
      title: 'killed',
      status: 403,
      code: 'killed',
      detail: 'no "quotes"\r\n',
    })
  })
})
