/** What a person is refused once they are in: when they answer, and with their own passkeys. */
import { describe, expect, it } from 'vitest'
import { createAuthenticator } from '../setup/authenticator.ts'
import { enrolBy, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { UNASKED_ATTESTATIONS, UNUSABLE_KEYS } from '../setup/odd-keys.ts'
import { propose } from './cast.ts'
import {
  addPasskeyTo,
  batchChallengeFor,
  challengeFor,
  consentToAll,
  consentWith,
  makePasskey,
  wire,
} from './passkey-json.ts'
import { NOBODYS_ID } from './raw.ts'
import { forbidding, type Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

export function refusalsOfApprovers(given: () => Refusals): void {
  const stranger = () => createAuthenticator(given().cast.authority.config)

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
      await everyAnswer(id, body, ['not_found', 'not_found', 'not_found'])
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

    it('to several is refused as one where any cannot be, and by itself where it came later', async () => {
      const { agent, ben, authority, ada } = given().cast
      const ids = [(await propose(agent)).id, (await propose(agent)).id]
      const offer = (requests: string[], by = ben) => by.page.call('offerBatch', { body: { requests } })
      expectRefusal(await offer([...ids, NOBODYS_ID]), 'not_found')
      const rotation = { ...postAction(), name: 'countersign.key.rotate', resource: 'keys', arguments: {} }
      const change = mustSucceed(await ada.page.call('openAdministration', { body: { action: rotation } })).id
      expectRefusal(await offer([...ids, change], ada), 'forbidden')
      const challenge = await batchChallengeFor(ben.page, ids)
      const assertion = wire(await ben.authenticator.assert({ challenge }))
      const nobodys = { requests: [...ids, NOBODYS_ID], assertion }
      expectRefusal(await ben.page.call('consentBatch', { body: nobodys }), 'not_found')
      expectRefusal(await consentToAll(ben, ids, { userVerified: false }), 'consent_invalid')
      mustSucceed(await ada.page.call('deny', { params: { id: ids[1] ?? '' }, body: {} }))
      expectRefusal(await offer(ids), 'request_denied')
      const answered = mustSucceed(await ben.page.call('consentBatch', { body: { requests: ids, assertion } }))
      expect(answered.answers).toMatchObject([{ verdict: 'consented' }, { verdict: 'refused', code: 'request_denied' }])
      const short = { audience: FORUM, action: postAction(), expires_in: 60 }
      const ends = mustSucceed(await agent.propose({ body: short })).id
      authority.advance(60)
      expectRefusal(await offer([(await propose(agent)).id, ends]), 'request_expired')
    })

    it('to what a kill switch stops is refused', async () => {
      const { agent, ben, authority } = given().cast
      const ids = [(await propose(agent)).id, (await propose(agent)).id]
      const selector = { request: ids[1] ?? '' }
      mustSucceed(await authority.operator.call('engageKillSwitch', { body: { selector, reason: 'Test' } }))
      expectRefusal(await ben.page.call('offerBatch', { body: { requests: ids } }), 'killed')
    })

    it('to what the policy forbids meanwhile is refused, alone and with others', async () => {
      const { agent, ben } = given().cast
      const ids = [(await propose(agent)).id, (await propose(agent)).id]
      const params = { id: ids[0] ?? '' }
      const assertion = wire(await ben.authenticator.assert({ challenge: await challengeFor(ben.page, params.id) }))
      await forbidding(given(), 'forum.post', async () => {
        expectRefusal(await ben.page.call('offerConsent', { params }), 'policy_denied')
        expectRefusal(await ben.page.call('offerBatch', { body: { requests: ids } }), 'policy_denied')
        expectRefusal(await ben.page.call('consent', { params, body: { assertion } }), 'policy_denied')
      })
      mustSucceed(await ben.consent(params.id))
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

  describe('an absence', () => {
    it('is not stated for a deputy who is nobody here, or is nobody any more', async () => {
      const { ada, ben, authority } = given().cast
      const until = authority.now() + 3600
      const unknown = { until, deputy: NOBODYS_ID }
      expectRefusal(await ben.page.call('offerAbsence', { body: unknown }), 'not_found')
      const { id: deputy } = await enrolBy(authority, ada, 'Passing')
      const { options } = mustSucceed(await ben.page.call('offerAbsence', { body: { until, deputy } }))
      mustSucceed(await ada.page.call('suspendPerson', { params: { id: deputy } }))
      const assertion = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
      expectRefusal(await ben.page.call('stateAbsence', { body: { assertion } }), 'not_found')
      expectRefusal(await ben.page.call('stateAbsence', { body: { assertion } }), 'consent_invalid')
    })

    it('that nobody stated is ended by nobody', async () => {
      const params = { id: NOBODYS_ID }
      expectRefusal(await given().cast.ben.page.call('endAbsence', { params }), 'not_found')
      expectRefusal(await given().cast.authority.operator.call('endAbsence', { params }), 'not_found')
    })
  })

  describe('one’s own passkeys', () => {
    const adding = async (by = given().cast.ben) => mustSucceed(await makePasskey(by.page, await stranger()))

    it('are not added on another person’s authority', async () => {
      const { ben, ada } = given().cast
      const { made, challenge } = await adding()
      const body = { assertion: wire(await ada.authenticator.assert({ challenge })), ...made }
      expectRefusal(await ben.page.call('addPasskey', { body }), 'consent_invalid')
    })

    it('are not added without a fresh gesture', async () => {
      const { ben } = given().cast
      const { made, challenge } = await adding()
      const assertion = wire(await ben.authenticator.assert({ challenge, userVerified: false }))
      expectRefusal(await ben.page.call('addPasskey', { body: { assertion, ...made } }), 'consent_invalid')
      const again = wire(await ben.authenticator.assert({ challenge }))
      expectRefusal(await ben.page.call('addPasskey', { body: { assertion: again, ...made } }), 'consent_invalid')
    })

    it('are not added with a key that cannot be used, or that did not sign', async () => {
      const { ben, authority } = given().cast
      const before = mustSucceed(await ben.page.call('listPasskeys')).passkeys.length
      const make = async (registers: object, more: object = {}) =>
        makePasskey(ben.page, await createAuthenticator({ ...authority.config, registers }), more)
      for (const [, cose] of UNUSABLE_KEYS) expectRefusal(await make({ cose }), 'consent_invalid')
      for (const [, odd] of UNASKED_ATTESTATIONS) expectRefusal(await make(odd), 'consent_invalid')
      expectRefusal(await make({}, { be: true }), 'consent_invalid')
      expectRefusal(await make({}, { challenge: 'A'.repeat(43) }), 'consent_invalid')
      expect(mustSucceed(await ben.page.call('listPasskeys')).passkeys).toHaveLength(before)
    })

    it('of others are not found, and stay', async () => {
      const { ben, ada } = given().cast
      const params = { id: ada.authenticator.credentialId }
      expectRefusal(await ben.page.call('revokePasskey', { params }), 'not_found')
      expectRefusal(await ben.page.call('revokePasskey', { params: { id: '\0' } }), 'not_found')
      expectRefusal(await ben.page.call('endSession', { params }), 'not_found')
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
      const dave = await enrolBy(authority, ada, 'Dave')
      const { passkeys } = mustSucceed(await dave.page.call('listPasskeys'))
      expect(passkeys.map(({ id }) => id)).toEqual([dave.authenticator.credentialId])
    })
  })
}
