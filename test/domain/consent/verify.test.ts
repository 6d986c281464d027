/** A consent, checked when it is given and checked again from storage: real signatures of all three kinds of passkey. */
import { batchChallenge, type ConsentStatement, consentChallenge, statementDigest } from '@countersign/verifier'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAssertionResponse } from '../../../src/domain/consent/assertion-response.ts'
import { buildStatement, consentGesture } from '../../../src/domain/consent/gesture.ts'
import {
  challengeOfRegistration,
  creationOptions,
  verifyRegistration,
} from '../../../src/domain/consent/registration.ts'
import {
  verifyBatch,
  verifyConsent,
  verifyGesture,
  verifyStoredConsent,
} from '../../../src/domain/consent/verify-consent.ts'
import type { Passkey } from '../../../src/domain/identity/parties.ts'
import { creationOf } from '../../http/passkey-json.ts'
import { type Authenticator, type CoseAlgorithm, createAuthenticator } from '../../setup/authenticator.ts'
import { ISSUER, NOW, request } from '../approval/sample.ts'

const PARTY = { rpId: 'approve.example', origin: ISSUER }
const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

async function enrolled(alg: CoseAlgorithm = -7, be = false): Promise<{ key: Authenticator; passkey: Passkey }> {
  const key = await createAuthenticator({ ...PARTY, alg, be })
  const challenge = crypto.getRandomValues(new Uint8Array(32))
  const person = {
    rpName: 'Countersign',
    rpId: PARTY.rpId,
    approver: 'ben',
    name: 'Ben',
    existing: [],
    es256Only: false,
  }
  const options = await creationOptions({ ...person, challenge })
  const registration = await key.register(creationOf(options))
  expect(challengeOfRegistration(registration)).toBe(encode(challenge))
  const made = await verifyRegistration(
    registration,
    { challenge: encode(challenge), party: PARTY, es256Only: false },
    { approver: 'ben', label: 'Key' },
    NOW,
  )
  if (!made.ok) throw new Error(made.refusal.message)
  return { key, passkey: made.value }
}

let key: Authenticator
let passkey: Passkey
let statement: ConsentStatement
beforeAll(async () => {
  ;({ key, passkey } = await enrolled())
  statement = buildStatement(ISSUER, await request(), {
    approver: 'ben',
    onBehalfOf: null,
    separation: true,
    nonce: 'N'.repeat(43),
  })
})

const signed = async (about = statement, by = key, more: Parameters<Authenticator['assert']>[0] | object = {}) =>
  by.assert({ challenge: encode(await consentChallenge(about)), ...more })

describe('enrolment', () => {
  it.each([
    [-7, 'ES256', 'EC'],
    [-8, 'EdDSA', 'OKP'],
    [-257, 'RS256', 'RSA'],
  ] as const)('keeps the public key of algorithm %i as a JWK for %s', async (cose, alg, kty) => {
    const one = await enrolled(cose)
    expect(one.passkey.key).toMatchObject({ alg, kty, kid: one.key.kid, be: false })
    expect(one.passkey.key).toEqual(one.key.approverKey)
  })

  it('keeps whether the passkey is synced', async () => {
    expect((await enrolled(-7, true)).passkey).toMatchObject({ backedUp: true, key: { be: true } })
  })

  it.each([
    ['another challenge', { challenge: 'A'.repeat(43) }, {}],
    ['another origin', {}, { origin: 'https://evil.example' }],
    ['another relying party', {}, { rpId: 'evil.example' }],
  ])('refuses %s', async (_, expected, party) => {
    const challenge = encode(crypto.getRandomValues(new Uint8Array(32)))
    const options = { challenge, rp: { id: PARTY.rpId, name: 'x' }, user: { id: 'YQ', name: 'a', displayName: 'a' } }
    const registration = await (await createAuthenticator(PARTY)).register({ ...options, pubKeyCredParams: [] })
    const wanted = { challenge, ...expected }.challenge
    const made = await verifyRegistration(
      registration,
      { challenge: wanted, party: { ...PARTY, ...party }, es256Only: false },
      { approver: 'a', label: 'l' },
      NOW,
    )
    expect(made).toMatchObject({ ok: false, refusal: { code: 'consent_invalid' } })
  })

  it.each([undefined, null, 7, {}, { response: {} }, { response: { clientDataJSON: '!!' } }])(
    'finds no challenge in %j',
    (value) => {
      expect(challengeOfRegistration(value)).toBeUndefined()
    },
  )
})

describe('a consent', () => {
  it.each([-7, -8, -257] as const)('verifies, also from storage, with algorithm %i', async (alg) => {
    const one = await enrolled(alg)
    const given = await verifyConsent(statement, await signed(statement, one.key), one.passkey, PARTY)
    if (!given.ok) throw new Error(given.refusal.message)
    expect(given.value).toMatchObject({ approver: 'ben', credentialId: one.key.credentialId, counter: 0 })
    const stored = await verifyStoredConsent(statement, given.value.consent, one.passkey, PARTY)
    expect(stored).toMatchObject({ ok: true, value: { approver: 'ben' } })
  })

  it.each<[keyof ConsentStatement, unknown]>([
    ['iss', 'https://other.example'],
    ['aud', 'https://wiki.example'],
    ['request', 'B'.repeat(22)],
    ['sub', 'somebody'],
    ['act', { sub: 'other-agent' }],
    ['client_id', 'other-agent'],
    ['action', `sha-256:${'B'.repeat(43)}`],
    ['preview', `sha-256:${'B'.repeat(43)}`],
    ['policy', `sha-256:${'B'.repeat(43)}`],
    ['quorum', 2],
    ['separation', false],
    ['uses', 2],
    ['expires', NOW + 901],
    ['nonce', 'M'.repeat(43)],
  ])('covers %s: with another one it is none', async (member, value) => {
    const other = { ...statement, [member]: value }
    const refused = { ok: false, refusal: { code: 'consent_invalid' } }
    expect(await verifyConsent(other, await signed(), passkey, PARTY)).toMatchObject(refused)
    const given = await verifyConsent(statement, await signed(), passkey, PARTY)
    if (!given.ok) throw new Error(given.refusal.message)
    expect(await verifyStoredConsent(other, given.value.consent, passkey, PARTY)).toMatchObject(refused)
  })

  it('of another approver, key or a revoked passkey is none from storage', async () => {
    const given = await verifyConsent(statement, await signed(), passkey, PARTY)
    if (!given.ok) throw new Error(given.refusal.message)
    const { consent } = given.value
    const refused = { ok: false, refusal: { code: 'consent_invalid' } }
    const stored = (more: object, by = passkey) => verifyStoredConsent(statement, { ...consent, ...more }, by, PARTY)
    expect(await stored({ approver: 'ada' })).toMatchObject(refused)
    expect(await stored({ key: 'K'.repeat(43) })).toMatchObject(refused)
    expect(await stored({}, { ...passkey, revokedAt: NOW })).toMatchObject(refused)
    expect(await stored({}, { ...passkey, approver: 'ada' })).toMatchObject(refused)
  })

  it.each([
    [0, 0, true],
    [0, 1, true],
    [5, 6, true],
    [5, 5, false],
    [5, 4, false],
    [5, 0, false],
  ])('with a counter that was %i and is %i: %s', async (was, is, holds) => {
    const assertion = parseAssertionResponse(await signed(statement, key, { counter: is }))
    if (!assertion.ok) throw new Error(assertion.refusal.message)
    const challenge = await consentChallenge(statement)
    const verdict = await verifyGesture(assertion.value, challenge, { ...passkey, counter: was }, PARTY)
    expect(verdict.ok).toBe(holds)
  })

  it('is offered with the challenge that its statement hashes to, to one’s own passkeys, with verification', async () => {
    const gesture = await consentGesture(PARTY.rpId, statement, [passkey])
    expect(gesture.challenge).toBe(encode(await consentChallenge(statement)))
    expect(gesture.options).toMatchObject({
      challenge: gesture.challenge,
      rpId: PARTY.rpId,
      userVerification: 'required',
      allowCredentials: [{ id: key.credentialId }],
    })
  })
})

describe('an assertion', () => {
  const honest = async () => JSON.parse(JSON.stringify(await signed()))

  it.each<[string, (assertion: { id: unknown; response: Record<string, unknown> }) => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['a text', () => 'assertion'],
    ['one without a response', ({ id }) => ({ id })],
    ['one without an id', ({ response }) => ({ response })],
    ['an id that is no base64url', (one) => ({ ...one, id: 'a b' })],
    ['a signature that is a number', (one) => ({ ...one, response: { ...one.response, signature: 7 } })],
    ['padded base64', (one) => ({ ...one, response: { ...one.response, signature: 'AAA=' } })],
    ['authenticator data too short', (one) => ({ ...one, response: { ...one.response, authenticatorData: 'AAAA' } })],
    ['a signature too long', (one) => ({ ...one, response: { ...one.response, signature: 'A'.repeat(1028) } })],
    ['client data that is no JSON', (one) => ({ ...one, response: { ...one.response, clientDataJSON: 'AAAA' } })],
    ['members inherited', (one) => Object.create(one)],
  ])('is refused, without an exception: %s', async (_, damage) => {
    expect(parseAssertionResponse(damage(await honest()))).toMatchObject({
      ok: false,
      refusal: { code: 'consent_invalid' },
    })
  })
})

describe('one gesture for several statements', () => {
  const statementsOf = async (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, at) =>
        buildStatement(ISSUER, await request({ id: `${at}`.padStart(22, 'A') }), {
          approver: 'ben',
          onBehalfOf: null,
          separation: true,
          nonce: `${at}`.padStart(43, 'N'),
        }),
      ),
    )
  const signedAll = async (statements: readonly ConsentStatement[]) => {
    const digests = await Promise.all(statements.map(statementDigest))
    return key.assert({ challenge: encode(await batchChallenge(digests)) })
  }

  it('gives one consent for each, which is checked again from storage by itself', async () => {
    const statements = await statementsOf(3)
    const verified = await verifyBatch(statements, await signedAll(statements), passkey, PARTY)
    if (!verified.ok) throw new Error(verified.refusal.message)
    const digests = await Promise.all(statements.map(statementDigest))
    expect(verified.value.map(({ consent }) => consent.batch)).toEqual([digests, digests, digests])
    expect(verified.value.map(({ consent }) => consent.nonce)).toEqual(statements.map(({ nonce }) => nonce))
    for (const [at, { consent }] of verified.value.entries()) {
      const [own, other] = [statements[at], statements[(at + 1) % 3]]
      if (!own || !other) throw new Error('There are three')
      expect((await verifyStoredConsent(own, consent, passkey, PARTY)).ok).toBe(true)
      // Another of the batch was signed too, but not with this consent's nonce.
      const swapped = { ...other, nonce: consent.nonce }
      expect((await verifyStoredConsent(swapped, consent, passkey, PARTY)).ok).toBe(false)
      const { batch: _, ...alone } = consent
      expect((await verifyStoredConsent(own, alone, passkey, PARTY)).ok).toBe(false)
    }
  })

  it('is refused over other statements, or the same in another order', async () => {
    const statements = await statementsOf(3)
    for (const others of [
      [...statements].reverse(),
      statements.slice(1),
      [...statements, ...(await statementsOf(1))],
    ]) {
      const verified = await verifyBatch(statements, await signedAll(others), passkey, PARTY)
      expect(verified).toMatchObject({ ok: false, refusal: { code: 'consent_invalid' } })
    }
  })
})
