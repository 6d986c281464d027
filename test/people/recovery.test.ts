/** Lost devices: others confirm a new passkey, then the old ones end; neither the link nor the person can do it alone. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import { consentTo, enrolBy, mustSucceed, type Person, pageOf } from '../setup/authority.ts'

let cast: Cast
let eve: Person
let other: Person
beforeAll(async () => {
  cast = await startCast()
  other = await enrolBy(cast.authority, cast.ada, 'Ora', ['admin'])
})
beforeEach(async () => {
  eve = await enrolBy(cast.authority, cast.ada, 'Eve', ['approver', 'admin'])
})
afterAll(() => cast.authority.stop())

const linkFor = (by: Person, { id }: Person) => by.page.call('recoverPerson', { params: { id } })

/** With a new device. */
async function remake(link: string) {
  const invitation = new URL(link).hash.slice(1)
  const page = pageOf(cast.authority)
  expect(mustSucceed(await page.call('viewInvitation', { body: { invitation } }))).toMatchObject({ recovers: true })
  const { origin, rpId } = cast.authority.config
  const authenticator = await createAuthenticator({ origin, rpId })
  const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'whoever' } }))
  const passkey = await newPasskey(authenticator, options)
  const { approver, waiting } = mustSucceed(await page.call('enrol', { body: { invitation, ...passkey } }))
  if (!waiting) throw new Error('Nothing waits')
  const state = async () =>
    mustSucceed(await page.call('awaitEnrolment', { body: { enrolment: waiting.enrolment } })).state
  return { approver, page, authenticator, request: waiting.request, code: waiting.code, state }
}

const recovered = async (person: Person) => remake(mustSucceed(await linkFor(cast.ada, person)).link)

describe('recovery', () => {
  it('gives the same person a new passkey, and ends the old ones and what rests on them', async () => {
    const [waits, live] = [await propose(cast.agent), await approvedToken(cast.agent, eve)]
    mustSucceed(await eve.consent(waits.id))
    const anew = await recovered(eve)
    mustSucceed(await eve.page.call('listPasskeys'))
    expect(anew.approver).toBe(eve.id)
    for (const admin of [other, cast.ada]) mustSucceed(await admin.consent(anew.request))
    expect(await anew.state()).toBe('enrolled')
    expectRefusal(await eve.page.call('listPasskeys'), 'unauthenticated')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'token_revoked')
    expectRefusal(await cast.agent.call('collectToken', { params: { id: waits.id } }), 'request_pending')
    const { passkeys } = mustSucceed(await anew.page.call('listPasskeys'))
    expect(passkeys.filter(({ revoked_at }) => revoked_at === null)).toHaveLength(1)
    mustSucceed(await consentTo(anew.page, anew.authenticator, waits.id))
    mustSucceed(await cast.agent.call('collectToken', { params: { id: waits.id } }))
  })

  it('shows the admin the code that the person’s page shows, and what ends', async () => {
    const { request, code } = await recovered(eve)
    const shown = mustSucceed(await other.page.call('requestContent', { params: { id: request } }))
    expect(JSON.stringify(shown)).toContain(code)
  })

  it('is not confirmed by the person themself, with the device that somebody may have stolen', async () => {
    const { request, state } = await recovered(eve)
    expectRefusal(await eve.consent(request), 'forbidden')
    expect(await state()).toBe('pending')
    mustSucceed(await other.page.call('deny', { params: { id: request }, body: {} }))
    expect(await state()).toBe('denied')
    mustSucceed(await eve.page.call('listPasskeys'))
  })

  it('begins with an admin, for another person who is here', async () => {
    expectRefusal(await linkFor(cast.ben, eve), 'forbidden')
    expectRefusal(await linkFor(eve, eve), 'forbidden')
    expectRefusal(await linkFor(cast.ada, { ...eve, id: 'nobody' }), 'not_found')
    mustSucceed(await cast.ada.page.call('suspendPerson', { params: { id: eve.id } }))
    expectRefusal(await linkFor(cast.ada, eve), 'not_found')
  })

  it('needs two others where there are two', async () => {
    const { request, state } = await recovered(eve)
    mustSucceed(await other.consent(request))
    expect(await state()).toBe('pending')
    mustSucceed(await cast.ada.consent(request))
    expect(await state()).toBe('enrolled')
  })

  it('needs two others also while a row says that one of them was removed', async () => {
    const others = `id NOT IN ('${cast.ada.id}', '${eve.id}') AND roles @> '["admin"]'`
    const mark = (from: string, to: string) =>
      asDatabaseOwner(cast.authority, (sql) =>
        sql.unsafe(`UPDATE approvers SET removed_at = ${to} WHERE ${others} AND removed_at ${from}`),
      )
    await mark('IS NULL', '7')
    const { request, state } = await recovered(eve)
    await mark('= 7', 'NULL')
    mustSucceed(await cast.ada.consent(request))
    expect(await state()).toBe('pending')
    mustSucceed(await cast.ada.page.call('deny', { params: { id: request }, body: {} }))
  })

  it('leaves nothing to a link alone: it works once, and expires', async () => {
    const { link } = mustSucceed(await linkFor(cast.ada, eve))
    await remake(link)
    const invitation = new URL(link).hash.slice(1)
    expectRefusal(await pageOf(cast.authority).call('viewInvitation', { body: { invitation } }), 'not_found')
  })
})
