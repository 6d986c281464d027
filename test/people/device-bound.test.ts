/** Rules that ask for passkeys which stay on one device: by policy for a consent, by a setting for a role. */
import { afterEach, describe, expect, it } from 'vitest'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { addPasskeyWith } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { administer, consentTo, enrolBy, invitationFor, mustSucceed, type Person, pageOf } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'

let cast: Cast
afterEach(() => cast.authority.stop())

const BOUND = withPolicy(
  '@id("bound") @approvers("approver") @device_bound("required") permit (principal, action, resource is Resource);',
)

/** Adds a synced passkey to a person, and revokes the one that they had. */
async function onlySynced(person: Person) {
  const synced = await createAuthenticator({ ...cast.authority.config, be: true })
  mustSucceed(await addPasskeyWith(person, synced))
  return synced
}

describe('a consent that asks for a passkey bound to its device', () => {
  it('is given with such a one, and with no other, whatever the person tries', async () => {
    cast = await startCast({ withStore: BOUND })
    const synced = await onlySynced(cast.ben)
    const request = await propose(cast.agent)
    const offered = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id: request.id } }))
    const allowed = (offered.options['allowCredentials'] as { id: string }[]).map(({ id }) => id)
    expect(allowed).toEqual([cast.ben.authenticator.credentialId])
    expectRefusal(await consentTo(cast.ben.page, synced, request.id), 'consent_invalid')
    mustSucceed(await cast.ben.consent(request.id))
    mustSucceed(await cast.agent.call('collectToken', { params: { id: request.id } }))
    const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace: request.trace } }))
    expect(entries.find((entry) => entry['type'] === 'request.decided')).toMatchObject({ device_bound: true })
  })

  it('is refused to a person who has none, in words that say what to do', async () => {
    cast = await startCast({ withStore: BOUND })
    const synced = await onlySynced(cast.ben)
    const id = cast.ben.authenticator.credentialId
    const { options } = mustSucceed(await cast.ben.page.call('signInOptions'))
    const assertion = await synced.assert({ challenge: String(options['challenge']) })
    mustSucceed(await cast.ben.page.call('signIn', { body: { assertion: assertion as never } }))
    mustSucceed(await cast.ben.page.call('revokePasskey', { params: { id } }))
    const request = await propose(cast.agent)
    const answer = await consentTo(cast.ben.page, synced, request.id)
    expectRefusal(answer, 'forbidden')
    expect(answer.ok || answer.problem.detail).toContain('Add one under Passkeys')
  })

  it('is not recorded for a synced one by the statement itself, nor counted where a row says so', async () => {
    cast = await startCast({ withStore: BOUND })
    const synced = await onlySynced(cast.ben)
    const request = await propose(cast.agent)
    const verdict = await cast.authority.store.recordConsent({
      request: request.id,
      approver: cast.ben.id,
      credentialId: synced.credentialId,
      consent: {} as never,
      separation: true,
      counter: 0,
      backedUp: false,
      now: cast.authority.now(),
      entry: { type: 'consent.given', at: 0, trace: request.trace, body: '{}', leaf: new Uint8Array(32) },
    })
    expect(verdict.verdict).not.toBe('recorded')
    mustSucceed(await cast.ben.consent(request.id))
    mustSucceed(await cast.agent.call('collectToken', { params: { id: request.id } }))
  })
})

describe('a role whose passkeys have to stay on one device', () => {
  const settings = { COUNTERSIGN_DEVICE_BOUND_ROLES: 'admin' }
  const enrolSynced = async (link: string) => {
    const page = pageOf(cast.authority)
    const invitation = new URL(link).hash.slice(1)
    const authenticator = await createAuthenticator({ ...cast.authority.config, be: true })
    const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Eve' } }))
    return page.call('enrol', { body: { invitation, ...(await newPasskey(authenticator, options)) } })
  }

  it('enrols and adds no other', async () => {
    cast = await startCast({ settings })
    const refused = await enrolSynced(await invitationFor(cast.ada, 'Eve', ['admin']))
    expectRefusal(refused, 'consent_invalid')
    expect(refused.ok || refused.problem.detail).toContain('security key')
    await expect(onlySynced(cast.ada)).rejects.toThrow('synced')
    mustSucceed(await enrolSynced(await invitationFor(cast.ada, 'Eve', ['approver'])))
  })

  it('is given to nobody who has a synced one', async () => {
    cast = await startCast({ settings })
    const zoe = await enrolBy(cast.authority, cast.ada, 'Zoe')
    await onlySynced(zoe)
    const promotion = {
      name: 'countersign.approver.update',
      resource: `approver:${zoe.id}`,
      arguments: { approver: zoe.id, replaces: ['approver'], roles: ['approver', 'admin'] },
    }
    await expect(administer(cast.authority, cast.ada, promotion)).rejects.toThrow('synced')
  })
})
