/**
 * Forged, replayed or bent: the passkey's signature behind a consent.
 * Each attempt is refused, nothing is recorded, and the same person's honest consent works right after.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, storyOf } from '../http/cast.ts'
import { addPasskeyTo, challengeFor, consentWith, wire } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { type AssertOptions, createAuthenticator } from '../setup/authenticator.ts'
import { consentTo, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const answer = (person: Person, id: string, assertion: ReturnType<typeof wire>) =>
  person.page.call('consent', { params: { id }, body: { assertion } })

/** Nothing came of it, and nothing was used up. */
async function stillOpenTo(person: Person, id: string): Promise<void> {
  expect(await cast.authority.store.consents(id)).toEqual([])
  expect((await cast.authority.store.request(id))?.state).toBe('pending')
  expect(mustSucceed(await person.consent(id))).toMatchObject({ state: 'approved', consents: 1 })
}

describe('a consent', () => {
  it.each<[string, Partial<AssertOptions>]>([
    ['without verifying the person', { userVerified: false }],
    ['without the person present', { userPresent: false }],
    ['given on a foreign page', { origin: 'https://evil.example' }],
    ['given on our page under another port', { origin: 'http://localhost:1' }],
    ['given to another site', { rpId: 'evil.example' }],
    ['given in a foreign frame', { crossOrigin: true }],
    ['given in a frame whose top is foreign', { topOrigin: 'https://evil.example' }],
    ['that is a registration', { type: 'webauthn.create' }],
    ['to another challenge', { challenge: 'A'.repeat(43) }],
    ['by a passkey that says it is synced now', { be: true }],
    ['whose flags contradict each other', { bs: true }],
    ['with bytes nobody announced', { trailing: new Uint8Array([1, 2, 3]) }],
    ['with client data that is no JSON', { clientDataJson: '{"type":"webauthn.get"' }],
    ['with somebody else’s user handle', { userHandle: btoa('somebody') }],
  ])('%s is refused and burns nothing', async (_, overrides) => {
    const { id, trace } = await propose(cast.agent)
    expectRefusal(await consentWith(cast.ben, id, overrides), 'consent_invalid')
    expect((await storyOf(cast.authority, trace)).at(-1)).toBe('token.refused')
    await stillOpenTo(cast.ben, id)
  })

  it('whose client data says one thing twice is refused', async () => {
    const { id } = await propose(cast.agent)
    const challenge = await challengeFor(cast.ben.page, id)
    const { origin } = cast.authority.config
    const clientDataJson = `{"type":"webauthn.get","challenge":"${challenge}","origin":"https://evil.example",
      "crossOrigin":false,"origin":"${origin}"}`
    const assertion = wire(await cast.ben.authenticator.assert({ challenge, clientDataJson }))
    expectRefusal(await answer(cast.ben, id, assertion), 'consent_invalid')
    await stillOpenTo(cast.ben, id)
  })

  it('whose signature was damaged is refused', async () => {
    const { id } = await propose(cast.agent)
    const honest = wire(await cast.ben.authenticator.assert({ challenge: await challengeFor(cast.ben.page, id) }))
    for (const part of ['signature', 'authenticatorData'] as const) {
      const old = String((honest.response as Record<string, string>)[part])
      const response = {
        ...honest.response,
        [part]: `${old.slice(0, 20)}${old[20] === 'A' ? 'B' : 'A'}${old.slice(21)}`,
      }
      expectRefusal(await answer(cast.ben, id, { ...honest, response }), 'consent_invalid')
    }
    await stillOpenTo(cast.ben, id)
  })

  it('counts once: the same assertion again is too late', async () => {
    const { id } = await propose(cast.agent)
    const assertion = wire(await cast.ben.authenticator.assert({ challenge: await challengeFor(cast.ben.page, id) }))
    mustSucceed(await answer(cast.ben, id, assertion))
    expectRefusal(await answer(cast.ben, id, assertion), 'request_denied')
    expect(await cast.authority.store.consents(id)).toHaveLength(1)
  })

  it('to one request is none to another', async () => {
    const [one, other] = [await propose(cast.agent), await propose(cast.agent)]
    const assertion = wire(
      await cast.ben.authenticator.assert({ challenge: await challengeFor(cast.ben.page, one.id) }),
    )
    expectRefusal(await answer(cast.ben, other.id, assertion), 'consent_invalid')
    await stillOpenTo(cast.ben, other.id)
    await stillOpenTo(cast.ben, one.id)
  })

  it('offered to one person is none by another', async () => {
    const { id } = await propose(cast.agent)
    const challenge = await challengeFor(cast.ben.page, id)
    const byAda = wire(await cast.ada.authenticator.assert({ challenge }))
    expectRefusal(await answer(cast.ada, id, byAda), 'consent_invalid')
    expectRefusal(await answer(cast.ben, id, byAda), 'consent_invalid')
    const byBen = wire(await cast.ben.authenticator.assert({ challenge: await challengeFor(cast.ben.page, id) }))
    expectRefusal(await answer(cast.ada, id, byBen), 'consent_invalid')
    await stillOpenTo(cast.ben, id)
  })

  it('by a passkey nobody enrolled is refused', async () => {
    const { id } = await propose(cast.agent)
    const stranger = await createAuthenticator(cast.authority.config)
    const challenge = await challengeFor(cast.ben.page, id)
    const assertion = wire(await stranger.assert({ challenge }))
    const asBens = { ...assertion, id: cast.ben.authenticator.credentialId }
    for (const one of [assertion, asBens]) expectRefusal(await answer(cast.ben, id, one), 'consent_invalid')
    await stillOpenTo(cast.ben, id)
  })

  it('to an offer of a request withdrawn meanwhile is too late', async () => {
    const { id } = await propose(cast.agent)
    const assertion = wire(await cast.ben.authenticator.assert({ challenge: await challengeFor(cast.ben.page, id) }))
    mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))
    expectRefusal(await answer(cast.ben, id, assertion), 'request_denied')
    expect(await cast.authority.store.consents(id)).toEqual([])
  })

  it('to an older offer still works: offers do not take each other’s place', async () => {
    const { id } = await propose(cast.agent)
    const older = await challengeFor(cast.ben.page, id)
    const newer = await challengeFor(cast.ben.page, id)
    expect(older).not.toBe(newer)
    const assertion = wire(await cast.ben.authenticator.assert({ challenge: older }))
    mustSucceed(await answer(cast.ben, id, assertion))
  })
})

describe('a passkey with a counter', () => {
  it('that goes back, or stands still, may have been copied', async () => {
    const person = await enrolBy(cast.authority, cast.ada, 'Hal')
    const [first, second] = [await propose(cast.agent), await propose(cast.agent)]
    mustSucceed(await consentWith(person, first.id, { counter: 7 }))
    for (const counter of [7, 6, 0]) {
      expectRefusal(await consentWith(person, second.id, { counter }), 'consent_invalid')
    }
    expect(mustSucceed(await consentWith(person, second.id, { counter: 8 })).state).toBe('approved')
  })
})

describe('a revoked passkey', () => {
  const withSecondKey = async () => {
    const key = await addPasskeyTo(cast.ben, cast.authority.config)
    const revoke = async () =>
      mustSucceed(await cast.ben.page.call('revokePasskey', { params: { id: key.credentialId } }))
    const consent = (id: string) => consentTo(cast.ben.page, key, id)
    return { key, revoke, consent }
  }

  it('consents to nothing more, also not to what it was offered before', async () => {
    const { key, revoke } = await withSecondKey()
    const { id } = await propose(cast.agent)
    const challenge = await challengeFor(cast.ben.page, id)
    await revoke()
    expectRefusal(await answer(cast.ben, id, wire(await key.assert({ challenge }))), 'consent_invalid')
    const { options } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
    expect(JSON.stringify(options)).not.toContain(key.credentialId)
    await stillOpenTo(cast.ben, id)
  })

  it('takes what it approved with it, where that is unspent', async () => {
    const { revoke, consent } = await withSecondKey()
    const spent = await approvedToken(cast.agent, { consent })
    mustSucceed(await cast.forum.client.call('redeem', { body: { token: spent.token } }))
    const unspent = await approvedToken(cast.agent, { consent })
    const uncollected = await propose(cast.agent)
    mustSucceed(await consent(uncollected.id))
    await revoke()
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: unspent.token } }), 'token_revoked')
    expect(
      (await storyOf(cast.authority, unspent.request.trace)).filter((type) => type === 'token.revoked'),
    ).toHaveLength(1)
    expect(await storyOf(cast.authority, spent.request.trace)).not.toContain('token.revoked')
    expectRefusal(await cast.agent.call('collectToken', { params: { id: uncollected.id } }), 'request_pending')
    await stillOpenTo(cast.ben, uncollected.id)
  })

  it('is gone from the list that executors read', async () => {
    const { key, revoke } = await withSecondKey()
    const kids = async () => JSON.stringify(mustSucceed(await cast.agent.call('approverKeys')))
    expect(await kids()).toContain(key.kid)
    await revoke()
    expect(await kids()).not.toContain(key.kid)
  })
})
