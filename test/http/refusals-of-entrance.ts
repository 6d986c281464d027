/** What a person is refused on the way in: signing in, and enrolling through a link. */
import { describe, expect, it } from 'vitest'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { invitationFor, mustSucceed, pageOf } from '../setup/authority.ts'
import { ODD_CBOR, UNUSABLE_KEYS } from '../setup/odd-keys.ts'
import { propose } from './cast.ts'
import { challengeFor, wire } from './passkey-json.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

const SECRET = 'B'.repeat(43)

export function refusalsOfEntrance(given: () => Refusals): void {
  const stranger = () => createAuthenticator(given().cast.authority.config)
  const freshPage = () => pageOf(given().cast.authority)

  describe('signing in', () => {
    const signInChallenge = async () =>
      String(mustSucceed(await freshPage().call('signInOptions')).options['challenge'])
    const signIn = (assertion: ReturnType<typeof wire>) => freshPage().call('signIn', { body: { assertion } })

    it('with a passkey nobody enrolled is refused', async () => {
      const assertion = wire(await (await stranger()).assert({ challenge: await signInChallenge() }))
      expectRefusal(await signIn(assertion), 'consent_invalid')
    })

    it('twice with one answer is refused', async () => {
      const assertion = wire(await given().cast.ben.authenticator.assert({ challenge: await signInChallenge() }))
      mustSucceed(await signIn(assertion))
      expectRefusal(await signIn(assertion), 'consent_invalid')
    })

    it.each([
      ['made up', (_: string) => 'A'.repeat(43)],
      ['with another expiry', (own: string) => `_${own.slice(1)}`],
      ['with another mark', (own: string) => `${own.slice(0, 30)}${own[30] === 'A' ? 'B' : 'A'}${own.slice(31)}`],
      ['with unused bits set', (own: string) => `${own.slice(0, 42)}_`],
      ['of another length', (own: string) => own.slice(0, 41)],
    ])('to a challenge %s is refused', async (_, forge) => {
      const challenge = forge(await signInChallenge())
      expectRefusal(await signIn(wire(await given().cast.ben.authenticator.assert({ challenge }))), 'consent_invalid')
    })

    it('with the answer to something else is refused', async () => {
      const { agent, ben } = given().cast
      const challenge = await challengeFor(ben.page, (await propose(agent)).id)
      expectRefusal(await signIn(wire(await ben.authenticator.assert({ challenge }))), 'consent_invalid')
    })

    it.each([
      ['without verifying the person', { userVerified: false }],
      ['on a foreign page', { origin: 'https://evil.example' }],
      ['in a frame of a foreign page', { crossOrigin: true }],
      ['with somebody else’s user handle', { userHandle: btoa('somebody') }],
    ])('%s is refused', async (_, overrides) => {
      const challenge = await signInChallenge()
      const assertion = wire(await given().cast.ben.authenticator.assert({ challenge, ...overrides }))
      expectRefusal(await signIn(assertion), 'consent_invalid')
    })

    it.each([
      ['an id of control characters', { id: '\0' }],
      ['no response', { response: {} }],
      ['client data that is no JSON', { response: { clientDataJSON: 'AAAA', authenticatorData: 'A'.repeat(52) } }],
    ])('with %s is refused', async (_, damage) => {
      const honest = wire(await given().cast.ben.authenticator.assert({ challenge: await signInChallenge() }))
      expectRefusal(await signIn({ ...honest, ...damage } as ReturnType<typeof wire>), 'consent_invalid')
    })

    it('with a challenge of control characters is refused', async () => {
      const { ben } = given().cast
      expectRefusal(await signIn(wire(await ben.authenticator.assert({ challenge: '\0' }))), 'consent_invalid')
    })
  })

  describe('signing in with a passkey whose device changed its mind on syncing', () => {
    it('says so to the passkey itself, and to nobody who cannot sign', async () => {
      const { authority, ben } = given().cast
      const signIn = async (assertion: ReturnType<typeof wire>) => freshPage().call('signIn', { body: { assertion } })
      const challenge = async () => String(mustSucceed(await freshPage().call('signInOptions')).options['challenge'])
      const own = wire(await ben.authenticator.assert({ challenge: await challenge(), be: true }))
      const refused = await signIn(own)
      expectRefusal(refused, 'consent_invalid')
      expect(JSON.stringify(refused)).toContain('otherwise than before whether it may be synced')
      expect(authority.logs).toContainEqual(
        expect.objectContaining({ event: 'passkey.refused', cause: 'backup flags' }),
      )
      const other = await stranger()
      const foreign = wire(await other.assert({ challenge: await challenge(), be: true }))
      const { credentialId } = ben.authenticator
      const said = await signIn({ ...foreign, id: credentialId, rawId: credentialId })
      expect(JSON.stringify(said)).toContain('This passkey opens nothing here')
    })
  })

  describe('enrolling', () => {
    const enrolling = async (invitation: string, name = 'Dora') => {
      const { options } = mustSucceed(await freshPage().call('enrolOptions', { body: { invitation, name } }))
      return newPasskey(await stranger(), options)
    }
    const invited = async () => {
      const { ada } = given().cast
      return new URL(await invitationFor(ada, 'Dora')).hash.slice(1)
    }
    const enrolWith = (invitation: string, made: Awaited<ReturnType<typeof newPasskey>>) =>
      freshPage().call('enrol', { body: { invitation, ...made } })

    it('by a link nobody made is not found', async () => {
      expectRefusal(await freshPage().call('viewInvitation', { body: { invitation: SECRET } }), 'not_found')
      const body = { invitation: SECRET, name: 'Dora' }
      expectRefusal(await freshPage().call('enrolOptions', { body }), 'not_found')
    })

    it('is possible once a link, also where two try at the same moment', async () => {
      const invitation = await invited()
      const both = await Promise.all([enrolling(invitation, 'Dora'), enrolling(invitation, 'Dolly')])
      const answers = await Promise.all(both.map((made) => enrolWith(invitation, made)))
      expect(answers.map(({ ok }) => ok).sort()).toEqual([false, true])
      expectRefusal(answers.find(({ ok }) => !ok) ?? { ok: true, status: 0 }, 'not_found')
    })

    it('with the answer to another link is refused, and burns neither link', async () => {
      const [mine, theirs] = [await invited(), await invited()]
      expectRefusal(await enrolWith(mine, await enrolling(theirs)), 'consent_invalid')
      mustSucceed(await enrolWith(mine, await enrolling(mine)))
      mustSucceed(await enrolWith(theirs, await enrolling(theirs)))
    })

    it('after fifteen minutes is not found', async () => {
      const invitation = await invited()
      const made = await enrolling(invitation)
      given().cast.authority.advance(900)
      expectRefusal(await enrolWith(invitation, made), 'consent_invalid')
      expectRefusal(await freshPage().call('viewInvitation', { body: { invitation } }), 'not_found')
    })

    it('with a passkey that exists is refused', async () => {
      const { credentialId } = given().cast.ben.authenticator
      const invitation = await invited()
      const { options } = mustSucceed(await freshPage().call('enrolOptions', { body: { invitation, name: 'Dora' } }))
      const copy = await createAuthenticator({ ...given().cast.authority.config, credentialId })
      expectRefusal(await enrolWith(invitation, await newPasskey(copy, options)), 'consent_invalid')
    })

    it.each([
      ['no registration at all', {}],
      ['a challenge of control characters', { clientDataJSON: btoa(JSON.stringify({ challenge: '\0' })) }],
    ])('with %s is refused', async (_, response) => {
      const registration = { id: 'AAAA', rawId: 'AAAA', type: 'public-key' as const, response: { ...response } }
      const body = { invitation: await invited(), registration, trial: registration }
      expectRefusal(await freshPage().call('enrol', { body }), 'consent_invalid')
    })

    it.each([...UNUSABLE_KEYS, ...ODD_CBOR])('with %s is refused, and leaves the link open', async (_, cose) => {
      const invitation = await invited()
      const { options } = mustSucceed(await freshPage().call('enrolOptions', { body: { invitation, name: 'Dora' } }))
      const odd = await createAuthenticator({ ...given().cast.authority.config, registers: { cose } })
      expectRefusal(await enrolWith(invitation, await newPasskey(odd, options)), 'consent_invalid')
      mustSucceed(await freshPage().call('viewInvitation', { body: { invitation } }))
    })

    it('without a signature by the new key is refused', async () => {
      const invitation = await invited()
      const [own, other] = [await enrolling(invitation), await enrolling(invitation)]
      expectRefusal(await enrolWith(invitation, { ...own, trial: other.trial }), 'consent_invalid')
    })

    it('keeps of the transports only what WebAuthn knows', async () => {
      const invitation = await invited()
      const honest = await enrolling(invitation)
      const response = { ...honest.registration.response, transports: ['usb', 'x'.repeat(20_000), '\0'] }
      const registration = { ...honest.registration, response }
      mustSucceed(await enrolWith(invitation, { ...honest, registration } as typeof honest))
    })

    it.each([
      ['a name with control characters', { name: 'Do\0ra' }],
      ['a label with control characters', { name: 'Dora', label: 'key\0' }],
      ['a blank name', { name: '   ' }],
    ])('with %s is refused', async (_, more) => {
      const answer = await freshPage().call('enrolOptions', { body: { invitation: SECRET, ...more } })
      expectRefusal(answer, 'invalid_request')
    })
  })
}
