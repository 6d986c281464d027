/** What a person is refused at the approvers' door: on the way in, when they answer, and with their own passkeys. */
import { describe, expect, it } from 'vitest'
import { createAuthenticator } from '../setup/authenticator.ts'
import { enrol, FORUM, mustSucceed, pageOf, postAction } from '../setup/authority.ts'
import { invitationFor, propose } from './cast.ts'
import { addPasskeyTo, challengeFor, consentWith, creationOf, wire } from './passkey-json.ts'
import { NOBODYS_ID } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

const SECRET = 'B'.repeat(43)

export function refusalsOfApprovers(given: () => Refusals): void {
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

  describe('enrolling', () => {
    const enrolling = async (invitation: string, name = 'Dora') => {
      const { options } = mustSucceed(await freshPage().call('enrolOptions', { body: { invitation, name } }))
      return wire(await (await stranger()).register(creationOf(options)))
    }
    const invited = async () => {
      const { authority, ada } = given().cast
      return new URL(await invitationFor(authority, ada, 'Dora')).hash.slice(1)
    }
    const enrolWith = (invitation: string, registration: ReturnType<typeof wire>) =>
      freshPage().call('enrol', { body: { invitation, registration } })

    it('by a link nobody made is not found', async () => {
      expectRefusal(await freshPage().call('viewInvitation', { body: { invitation: SECRET } }), 'not_found')
      const body = { invitation: SECRET, name: 'Dora' }
      expectRefusal(await freshPage().call('enrolOptions', { body }), 'not_found')
    })

    it('is possible once a link, also where two try at the same moment', async () => {
      const invitation = await invited()
      const both = await Promise.all([enrolling(invitation, 'Dora'), enrolling(invitation, 'Dolly')])
      const answers = await Promise.all(both.map((registration) => enrolWith(invitation, registration)))
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
      const registration = await enrolling(invitation)
      given().cast.authority.advance(900)
      expectRefusal(await enrolWith(invitation, registration), 'consent_invalid')
      expectRefusal(await freshPage().call('viewInvitation', { body: { invitation } }), 'not_found')
    })

    it('with a passkey that exists is refused', async () => {
      const { credentialId } = given().cast.ben.authenticator
      const invitation = await invited()
      const { options } = mustSucceed(await freshPage().call('enrolOptions', { body: { invitation, name: 'Dora' } }))
      const copy = await createAuthenticator({ ...given().cast.authority.config, credentialId })
      expectRefusal(await enrolWith(invitation, wire(await copy.register(creationOf(options)))), 'consent_invalid')
    })

    it.each([
      ['no registration at all', {}],
      ['a challenge of control characters', { clientDataJSON: btoa(JSON.stringify({ challenge: '\0' })) }],
    ])('with %s is refused', async (_, response) => {
      const registration = { id: 'AAAA', rawId: 'AAAA', type: 'public-key' as const, response: { ...response } }
      const body = { invitation: await invited(), registration }
      expectRefusal(await freshPage().call('enrol', { body }), 'consent_invalid')
    })

    it('keeps of the transports only what WebAuthn knows', async () => {
      const invitation = await invited()
      const honest = await enrolling(invitation)
      const response = { ...honest.response, transports: ['usb', 'x'.repeat(20_000), '\0'] }
      mustSucceed(await enrolWith(invitation, { ...honest, response } as ReturnType<typeof wire>))
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

  describe('an answer', () => {
    const assertionBy = async (id: string) => {
      const { ben } = given().cast
      return { assertion: wire(await ben.authenticator.assert({ challenge: await challengeFor(ben.page, id) })) }
    }
    const everyAnswer = async (id: string, body: Awaited<ReturnType<typeof assertionBy>>, codes: string[]) => {
      const { page } = given().cast.ben
      const params = { id }
      const answers = [
        await page.call('offerConsent', { params }),
        await page.call('consent', { params, body }),
        await page.call('deny', { params, body: {} }),
      ]
      expect(answers.map((answer) => (answer.ok ? 'ok' : answer.problem.code))).toEqual(codes)
    }

    it('to what nobody asked is not found', async () => {
      const body = await assertionBy((await propose(given().cast.agent)).id)
      await everyAnswer(NOBODYS_ID, body, ['not_found', 'not_found', 'not_found'])
    })

    it('of an approver to what needs an admin is refused', async () => {
      const { ada } = given().cast
      const body = await assertionBy((await propose(given().cast.agent)).id)
      const action = { ...postAction(), name: 'countersign.key.rotate', resource: 'keys', arguments: {} }
      const { id } = mustSucceed(await ada.page.call('openAdministration', { body: { action } }))
      await everyAnswer(id, body, ['forbidden', 'forbidden', 'not_found'])
      expect(mustSucceed(await ada.consent(id)).state).toBe('approved')
    })

    it('to what was decided comes too late', async () => {
      const { id } = await propose(given().cast.agent)
      const body = await assertionBy(id)
      mustSucceed(await given().cast.ada.page.call('deny', { params: { id }, body: { reason: 'No' } }))
      await everyAnswer(id, body, ['request_denied', 'request_denied', 'request_denied'])
    })

    it('to what expired comes too late', async () => {
      const { agent, authority } = given().cast
      const asked = { audience: FORUM, action: postAction(), expires_in: 60 }
      const { id } = mustSucceed(await agent.propose({ body: asked }))
      const body = await assertionBy(id)
      authority.advance(60)
      await everyAnswer(id, body, ['request_expired', 'request_expired', 'request_expired'])
    })

    it('without a valid signature is refused', async () => {
      const { id } = await propose(given().cast.agent)
      expectRefusal(await consentWith(given().cast.ben, id, { userVerified: false }), 'consent_invalid')
      mustSucceed(await given().cast.ben.consent(id))
    })

    it('of more bytes than an entry of the ledger holds is refused', async () => {
      const { ben } = given().cast
      const { id } = await propose(given().cast.agent)
      const challenge = await challengeFor(ben.page, id)
      const { origin } = given().cast.authority.config
      const padding = 'x'.repeat(2700)
      const clientDataJson = JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false, padding })
      const trailing = { flags: 0x85, trailing: new Uint8Array(3000) }
      const assertion = wire(await ben.authenticator.assert({ challenge, clientDataJson, ...trailing }))
      expectRefusal(await ben.page.call('consent', { params: { id }, body: { assertion } }), 'consent_invalid')
    })
  })

  describe('one’s own passkeys', () => {
    const adding = async (by = given().cast.ben) => {
      const { options } = mustSucceed(await by.page.call('addPasskeyOptions', { body: {} }))
      const { creation, request } = options as unknown as {
        creation: ReturnType<typeof creationOf>
        request: { challenge: string }
      }
      return { creation, challenge: request.challenge }
    }

    it('are not added on another person’s authority', async () => {
      const { ben, ada } = given().cast
      const { creation, challenge } = await adding()
      const body = {
        assertion: wire(await ada.authenticator.assert({ challenge })),
        registration: wire(await (await stranger()).register(creation)),
      }
      expectRefusal(await ben.page.call('addPasskey', { body }), 'forbidden')
    })

    it('are not added without a fresh gesture', async () => {
      const { ben } = given().cast
      const { creation, challenge } = await adding()
      const registration = wire(await (await stranger()).register(creation))
      const assertion = wire(await ben.authenticator.assert({ challenge, userVerified: false }))
      expectRefusal(await ben.page.call('addPasskey', { body: { assertion, registration } }), 'consent_invalid')
      const again = wire(await ben.authenticator.assert({ challenge }))
      expectRefusal(await ben.page.call('addPasskey', { body: { assertion: again, registration } }), 'consent_invalid')
    })

    it('of others are not found, and stay', async () => {
      const { ben, ada } = given().cast
      const params = { id: ada.authenticator.credentialId }
      expectRefusal(await ben.page.call('revokePasskey', { params }), 'not_found')
      expectRefusal(await ben.page.call('revokePasskey', { params: { id: '\0' } }), 'not_found')
      mustSucceed(await ada.consent((await propose(given().cast.agent)).id))
    })

    it('are revoked once, and never the last one of the last admin', async () => {
      const { ada, ben, authority } = given().cast
      const second = await addPasskeyTo(ben, authority.config)
      mustSucceed(await ben.page.call('revokePasskey', { params: { id: second.credentialId } }))
      expectRefusal(await ben.page.call('revokePasskey', { params: { id: second.credentialId } }), 'not_found')
      const last = { params: { id: ada.authenticator.credentialId } }
      expectRefusal(await ada.page.call('revokePasskey', last), 'forbidden')
    })

    it('A session of a person is of that person only', async () => {
      const { authority, ada } = given().cast
      const dave = await enrol(authority, await invitationFor(authority, ada, 'Dave'), 'Dave')
      const { passkeys } = mustSucceed(await dave.page.call('listPasskeys'))
      expect(passkeys.map(({ id }) => id)).toEqual([dave.authenticator.credentialId])
    })
  })
}
