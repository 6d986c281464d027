/** A new passkey: whatever a device writes, its owner reads what happened; and none counts that has not signed. */
import { base64urlEncode } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import {
  enrolmentGestures,
  enrolmentStatement,
  type OfferedEnrolment,
  verifyEnrolment,
} from '../../../src/domain/consent/enrolment.ts'
import {
  type AssertOptions,
  type AuthenticatorOptions,
  createAuthenticator,
  newPasskey,
} from '../../setup/authenticator.ts'
import { ODD_CBOR, ODD_REGISTRATIONS, UNASKED_ATTESTATIONS, UNUSABLE_KEYS } from '../../setup/odd-keys.ts'
import { ISSUER, NOW } from '../approval/sample.ts'

const PARTY = { rpId: 'approve.example', origin: ISSUER }
const ID = 'ben-ben-ben-ben-ben-be'
const random = () => base64urlEncode(crypto.getRandomValues(new Uint8Array(32)))

const offered = (es256Only = false): OfferedEnrolment => ({
  statement: enrolmentStatement(ISSUER, { approver: ID, roles: ['approver'] }, null, random()),
  label: 'Key',
  es256Only,
  print: null,
})

async function made(
  offer: OfferedEnrolment,
  device: Partial<AuthenticatorOptions> = {},
  more: Partial<AssertOptions> = {},
) {
  const { statement, es256Only } = offer
  const person = { rpName: 'Countersign', rpId: PARTY.rpId, name: 'Ben', existing: [] }
  const { options } = await enrolmentGestures({ ...person, statement, es256Only })
  return newPasskey(await createAuthenticator({ ...PARTY, ...device }), options, more)
}

async function enrolled(device: Partial<AuthenticatorOptions> = {}, more: Partial<AssertOptions> = {}) {
  const offer = offered()
  return verifyEnrolment(offer, await made(offer, device, more), PARTY, NOW)
}

async function refusalOf(device: Partial<AuthenticatorOptions>, more: Partial<AssertOptions> = {}) {
  const result = await enrolled(device, more)
  if (result.ok) throw new Error('It was enrolled')
  expect(result.refusal).toMatchObject({ code: 'consent_invalid', cause: expect.stringMatching(/\S/) })
  return result.refusal
}

describe('a new passkey', () => {
  it.each([-7, -8, -257] as const)('of algorithm %i counts once it has signed its statement', async (alg) => {
    const result = await enrolled({ alg, be: true, bs: false }, { bs: true })
    expect(result).toMatchObject({ ok: true, value: { passkey: { approver: ID, backedUp: true, key: { be: true } } } })
  })

  it('keeps the counter of its signature', async () => {
    expect(await enrolled({}, { counter: 7 })).toMatchObject({ ok: true, value: { passkey: { counter: 7 } } })
  })

  it.each(UNUSABLE_KEYS)('with %s is refused in words, and its owner knows what to do', async (_, cose) => {
    const { message } = await refusalOf({ registers: { cose } })
    expect(message).toMatch(/^Your device made a key that cannot be used here\. .*ES256.* Delete/)
  })

  it.each(ODD_CBOR)('whose key is %s is refused in words', async (_, cose) => {
    expect((await refusalOf({ registers: { cose } })).message).toMatch(/^Your device.*Try again/)
  })

  it.each(ODD_REGISTRATIONS)('with %s is refused in words', async (_, registers) => {
    expect((await refusalOf({ registers })).message).toMatch(/^Your device.*(Try again|try again)/)
  })

  it.each(UNASKED_ATTESTATIONS)('with an attestation nobody asked for, %s, says so', async (_, registers) => {
    const { message, cause } = await refusalOf({ registers })
    expect(message).toContain('certificate about itself that was not asked for')
    expect(cause).not.toContain('challenge')
  })

  it('that is no key of ES256 is refused where only that was asked for', async () => {
    const offer = offered(true)
    const { statement } = offer
    const person = { rpName: 'C', rpId: PARTY.rpId, name: 'Ben', existing: [], es256Only: true }
    const { options } = await enrolmentGestures({ ...person, statement })
    expect(options.creation['pubKeyCredParams']).toEqual([{ alg: -7, type: 'public-key' }])
    expect(await verifyEnrolment(offer, await made(offer, { alg: -8 }), PARTY, NOW)).toMatchObject({ ok: false })
    expect(await verifyEnrolment(offer, await made(offer), PARTY, NOW)).toMatchObject({ ok: true })
  })
})

describe('the trial of a new passkey', () => {
  it.each<[string, Partial<AssertOptions>, RegExp]>([
    ['whose device changed its mind about syncing', { be: true }, /otherwise than before whether it may be synced/],
    ['whose device says it is backed up and cannot be', { flags: 0x15 }, /whether it may be synced/],
    ['that verified nobody', { userVerified: false }, /did not check that it is you/],
    ['on another page', { origin: 'https://evil.example' }, /another address/],
    ['for another site', { rpId: 'evil.example' }, /another site/],
    ['of another challenge', { challenge: 'A'.repeat(43) }, /not for what was asked/],
    ['of another person', { userHandle: btoa('eve') }, /somebody else/],
    ['of another kind', { type: 'webauthn.create' }, /not for what was asked/],
  ])('%s does not count', async (_, more, words) => {
    const result = await enrolled({}, more)
    expect(result).toMatchObject({
      ok: false,
      refusal: { code: 'consent_invalid', message: expect.stringMatching(words) },
    })
  })

  it('by another key does not count, whatever it calls itself', async () => {
    const offer = offered()
    const [own, other] = [await made(offer), await made(offer)]
    const { id, rawId } = own.registration
    for (const trial of [other.trial, { ...other.trial, id, rawId }]) {
      const result = await verifyEnrolment(offer, { ...own, trial }, PARTY, NOW)
      expect(result).toMatchObject({ ok: false, refusal: { code: 'consent_invalid' } })
    }
  })

  it.each([undefined, null, {}, [], 'trial', { id: 'AAAA', response: {} }])(
    'that is %j does not count',
    async (trial) => {
      const offer = offered()
      const result = await verifyEnrolment(offer, { ...(await made(offer)), trial }, PARTY, NOW)
      expect(result).toMatchObject({ ok: false, refusal: { code: 'consent_invalid' } })
    },
  )

  it('of a statement with other roles, parties or another person does not count', async () => {
    const offer = offered()
    const answer = await made(offer)
    const { statement } = offer
    for (const other of [
      { roles: ['approver', 'admin'] },
      { approver: 'e'.repeat(22) },
      { iss: 'https://b.example' },
    ]) {
      const result = await verifyEnrolment({ ...offer, statement: { ...statement, ...other } }, answer, PARTY, NOW)
      expect(result).toMatchObject({ ok: false, refusal: { code: 'consent_invalid' } })
    }
  })
})
