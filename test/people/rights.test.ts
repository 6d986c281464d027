/** Rights are taken at once and given back with consent: suspension, roles, another's passkeys and sessions. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrolBy, mustSucceed, type Person, pageOf } from '../setup/authority.ts'

let cast: Cast
let eve: Person
beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  eve = await newPerson()
})
afterAll(() => cast.authority.stop())

const newPerson = (roles: ('approver' | 'admin' | 'auditor')[] = ['approver']) =>
  enrolBy(cast.authority, cast.ada, 'Eve', roles)

const change = (name: 'update' | 'restore', person: Person, more: object = {}) =>
  administer(cast.authority, cast.ada, {
    name: `countersign.approver.${name}`,
    resource: `approver:${person.id}`,
    arguments: { approver: person.id, ...more } as never,
  })
const suspend = (by: Pick<Person, 'page'>, { id }: Person) => by.page.call('suspendPerson', { params: { id } })

async function signIn({ authenticator }: Person) {
  const page = pageOf(cast.authority)
  const { options } = mustSucceed(await page.call('signInOptions'))
  const assertion = await authenticator.assert({ challenge: String(options['challenge']) })
  return { page, answer: await page.call('signIn', { body: { assertion: assertion as never } }) }
}

describe('suspension', () => {
  it('needs an admin’s session and nothing else, and ends everything at once', async () => {
    const [approved, live] = [await propose(cast.agent), await approvedToken(cast.agent, eve)]
    mustSucceed(await eve.consent(approved.id))
    expectRefusal(await suspend(cast.ben, eve), 'forbidden')
    mustSucceed(await suspend(cast.ada, eve))
    expectRefusal(await eve.page.call('listPasskeys'), 'unauthenticated')
    expectRefusal((await signIn(eve)).answer, 'consent_invalid')
    expectRefusal(await cast.agent.call('collectToken', { params: { id: approved.id } }), 'request_pending')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'token_revoked')
    const document = await cast.authority.fetch(`${cast.authority.config.origin}/.well-known/approvers.json`)
    expect(await document.text()).not.toContain(eve.id)
  })

  it('ends with an approved change alone; consents of before stay void', async () => {
    const asked = await propose(cast.agent)
    mustSucceed(await eve.consent(asked.id))
    mustSucceed(await suspend(cast.ada, eve))
    expectRefusal(await suspend(cast.ada, eve), 'not_found')
    await change('restore', eve)
    const { page, answer } = await signIn(eve)
    mustSucceed(answer)
    expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id: asked.id } })).state).toBe('pending')
    mustSucceed(await page.call('inbox', {}))
    await expect(change('restore', eve)).rejects.toThrow('not suspended')
  })

  it('is not for oneself, and for nobody who is not here', async () => {
    expectRefusal(await suspend(cast.ada, cast.ada), 'forbidden')
    expectRefusal(await suspend(cast.ada, { ...eve, id: 'nobody' }), 'not_found')
  })

  it('makes no admin the only one who can sign; the operator may leave one', async () => {
    const other = await newPerson(['admin'])
    expectRefusal(await suspend(other, cast.ada), 'forbidden')
    expectRefusal(
      await other.page.call('revokePersonPasskey', {
        params: { id: cast.ada.id, passkey: cast.ada.authenticator.credentialId },
      }),
      'forbidden',
    )
    mustSucceed(await cast.authority.operator.call('suspendPerson', { params: { id: other.id } }))
    expectRefusal(await cast.authority.operator.call('suspendPerson', { params: { id: cast.ada.id } }), 'forbidden')
  })
})

describe('another’s access', () => {
  it('is seen and ended by an admin', async () => {
    const id = eve.id
    const seen = mustSucceed(await cast.ada.page.call('viewPerson', { params: { id } }))
    expect(seen).toMatchObject({ id, roles: ['approver'], sessions: [{}], passkeys: [{ revoked_at: null }] })
    expectRefusal(await cast.ben.page.call('viewPerson', { params: { id } }), 'forbidden')
    mustSucceed(await cast.ada.page.call('signOutPerson', { params: { id } }))
    expectRefusal(await eve.page.call('listPasskeys'), 'unauthenticated')
    const { page, answer } = await signIn(eve)
    mustSucceed(answer)
    const passkey = eve.authenticator.credentialId
    expectRefusal(
      await cast.ada.page.call('revokePersonPasskey', { params: { id: cast.ben.id, passkey } }),
      'not_found',
    )
    mustSucceed(await cast.ada.page.call('revokePersonPasskey', { params: { id, passkey } }))
    expectRefusal(await page.call('listPasskeys'), 'unauthenticated')
    expectRefusal((await signIn(eve)).answer, 'consent_invalid')
  })
})

describe('roles', () => {
  it('are changed by an approved change, from those that were read', async () => {
    const asked = await propose(cast.agent)
    await change('update', eve, { replaces: ['approver'], roles: ['auditor'] })
    expect(mustSucceed(await eve.page.call('inbox', {})).requests).toEqual([])
    expectRefusal(await eve.consent(asked.id), 'not_found')
    mustSucceed(await eve.page.call('listEntries', {}))
    await expect(change('update', eve, { replaces: ['approver'], roles: ['admin'] })).rejects.toThrow('meanwhile')
    await expect(change('update', eve, { replaces: ['auditor'], roles: ['auditor'] })).rejects.toThrow('already')
    await expect(change('update', eve, { replaces: ['auditor'], roles: [] })).rejects.toThrow('roles')
  })

  it('that are lost take the consents along that wait for them', async () => {
    const asked = await propose(cast.agent)
    const live = await approvedToken(cast.agent, eve)
    mustSucceed(await eve.consent(asked.id))
    await change('update', eve, { replaces: ['approver'], roles: ['auditor'] })
    expectRefusal(await cast.agent.call('collectToken', { params: { id: asked.id } }), 'request_pending')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'token_revoked')
  })

  it('leave the last admin who can sign', async () => {
    const demoted = { replaces: ['admin', 'approver'], roles: ['approver'] }
    await expect(change('update', cast.ada, demoted)).rejects.toThrow('forbidden')
  })
})
