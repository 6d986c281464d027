/** A person leaves: the second after, nothing that they had opens anything, and everything that hung on it has ended. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, storyOf } from '../http/cast.ts'
import { cookieFor } from '../http/refusals.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrolBy, FORUM, invitationFor, mustSucceed, type Person } from '../setup/authority.ts'

let cast: Cast
let eve: Person
beforeEach(async () => {
  cast = await startCast()
  eve = await enrolBy(cast.authority, cast.ada, 'Eve', ['approver', 'admin'])
})
afterEach(() => cast.authority.stop())

const remove = (person: Person, more: object = {}) => administer(cast.authority, cast.ada, removal(person, more))
const removal = (person: Person, more: object = {}) => ({
  name: 'countersign.approver.remove',
  resource: `approver:${person.id}`,
  arguments: { approver: person.id, ...more } as never,
})

describe('a leaver', () => {
  it('opens nothing: session, sign-in, consent, passkeys, notifications', async () => {
    const waits = await propose(cast.agent)
    const { options } = mustSucceed(await eve.page.call('signInOptions'))
    const offered = mustSucceed(await eve.page.call('offerConsent', { params: { id: waits.id } }))
    const signed = await eve.authenticator.assert({ challenge: String(offered.options['challenge']) })
    await remove(eve)
    expectRefusal(await eve.page.call('listSessions'), 'unauthenticated')
    expectRefusal(await eve.page.call('inbox', {}), 'unauthenticated')
    const assertion = await eve.authenticator.assert({ challenge: String(options['challenge']) })
    expectRefusal(await eve.page.call('signIn', { body: { assertion: assertion as never } }), 'consent_invalid')
    const consent = { params: { id: waits.id }, body: { assertion: signed as never } }
    expectRefusal(await eve.page.call('consent', consent), 'unauthenticated')
    const keys = await (await cast.authority.fetch(`${cast.authority.config.origin}/.well-known/approvers.json`)).text()
    expect(keys).toContain(cast.ada.id)
    expect(keys).not.toContain(eve.id)
  })

  it('reads nothing more of what was open: a stream, a call that waits', async () => {
    const zoe = await enrolBy(cast.authority, cast.ada, 'Zoe')
    const cookie = await cookieFor(cast, zoe)
    const read = (path: string, headers: object = {}) =>
      cast.authority.fetch(`${cast.authority.config.origin}${path}`, { headers: { cookie, ...headers } })
    const reader = (await read('/inbox/events')).body?.pipeThrough(new TextDecoderStream()).getReader()
    const next = async () => (await reader?.read())?.value
    expect(await next()).toContain('retry')
    expect(await next()).toContain('"waiting":0')
    const { version } = mustSucceed(await zoe.page.call('inbox', {}))
    const held = read('/inbox', { prefer: 'wait=20', 'if-none-match': `"${version}"` })
    await remove(zoe)
    await propose(cast.agent)
    expect((await held).status).toBe(401)
    expect(await next()).toBeUndefined()
  })

  it('takes their consents along: what they approved waits again, and unspent tokens are revoked', async () => {
    const approved = await propose(cast.agent)
    mustSucceed(await eve.consent(approved.id))
    const live = await approvedToken(cast.agent, eve)
    await remove(eve)
    expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id: approved.id } }))).toMatchObject({
      state: 'pending',
      consents: 0,
    })
    expectRefusal(await cast.agent.call('collectToken', { params: { id: approved.id } }), 'request_pending')
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'token_revoked')
    mustSucceed(await cast.ben.consent(approved.id))
    mustSucceed(await cast.agent.call('collectToken', { params: { id: approved.id } }))
    expect(await storyOf(cast.authority, approved.trace)).toContain('consent.voided')
  })

  it('stays named in what was settled, as it counted then', async () => {
    const { request } = await approvedToken(cast.agent, eve)
    await remove(eve)
    const ada = await cast.authority.store.approver(cast.ada.id)
    if (!ada) throw new Error('There is nobody')
    expect(await cast.authority.services.requests.show(ada, request.id)).toMatchObject({
      value: { state: 'approved', quorum: { filled: 1, consented: [{ id: eve.id, counts: true }] } },
    })
    const seen = mustSucceed(await cast.ada.page.call('requestContent', { params: { id: request.id } }))
    expect(seen.request.consented_by).toMatchObject([{ approver: eve.id, on_behalf_of: null }])
  })

  it('leaves no invitation behind', async () => {
    const link = await invitationFor(eve, 'A friend')
    await remove(eve)
    const invitation = new URL(link).hash.slice(1)
    expectRefusal(await cast.ben.page.call('viewInvitation', { body: { invitation } }), 'not_found')
  })

  it('cannot be removed twice', async () => {
    await remove(eve)
    await expect(remove(eve)).rejects.toThrow('not_found')
  })
})

describe('the agents of a leaver', () => {
  const runBy = async (id: string) => {
    const { credential = '' } = await administer(cast.authority, cast.ada, {
      name: 'countersign.agent.add',
      resource: `agent:${id}`,
      arguments: { id, run_by: eve.id, executors: [FORUM] },
    })
    return cast.authority.client(credential)
  }

  it('have to be named, each once, and no others', async () => {
    await runBy('eves-agent')
    await expect(remove(eve)).rejects.toThrow('eves-agent')
    await expect(remove(eve, { revoke: ['eves-agent', 'helpdesk-agent'] })).rejects.toThrow('helpdesk-agent')
    const both = { revoke: ['eves-agent'], hand_over: [{ agent: 'eves-agent', to: cast.ada.id }] }
    await expect(remove(eve, both)).rejects.toThrow('once')
    await expect(remove(eve, { hand_over: [{ agent: 'eves-agent', to: eve.id }] })).rejects.toThrow('somebody else')
    await expect(remove(eve, { hand_over: [{ agent: 'eves-agent', to: 'nobody' }] })).rejects.toThrow('not_found')
  })

  it('are revoked, or handed over without what they had open', async () => {
    const [first, second] = [await runBy('first'), await runBy('second')]
    const [one, two] = [await propose(first), await propose(second)]
    const live = await approvedToken(second, cast.ben)
    await remove(eve, { revoke: ['first'], hand_over: [{ agent: 'second', to: cast.ben.id }] })
    for (const agent of [first, second]) expectRefusal(await agent.call('listRequests', {}), 'unauthenticated')
    for (const { id } of [one, two]) {
      expectRefusal(await cast.ben.consent(id), 'request_denied')
    }
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: live.token } }), 'token_revoked')
    const { agents } = mustSucceed(await cast.authority.operator.call('listAgents'))
    expect(agents.find(({ id }) => id === 'second')).toMatchObject({ run_by: cast.ben.id, revoked_at: null })
    expect(agents.find(({ id }) => id === 'first')?.revoked_at).not.toBeNull()
  })
})

describe('the last admin', () => {
  it('is not removed, not by themself either', async () => {
    await remove(eve)
    await expect(remove(cast.ada)).rejects.toThrow('forbidden')
  })

  it('is not removed by two removals at once', async () => {
    const both = [cast.ada, eve].map((person) => removal(person))
    const made = await Promise.allSettled(both.map((action) => administer(cast.authority, cast.ada, action)))
    expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('is counted by passkeys that can still sign', async () => {
    const id = eve.authenticator.credentialId
    mustSucceed(await eve.page.call('revokePasskey', { params: { id } }))
    await expect(remove(cast.ada)).rejects.toThrow('forbidden')
  })
})
