/** Every row of the endpoint table, called as it is meant to be, through the real client; the last test counts them. */
import { importVerificationKey, openStatusList } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpoints } from '../../src/api/endpoints.ts'
import { importNotifyKeys } from '../../src/authority/notify/notify-keys.ts'
import { createHttp } from '../../src/http/app.ts'
import { settle } from '../ledger/ground.ts'
import { createSubscription, startReceiver } from '../notify/receivers.ts'
import { createUser, startDirectory } from '../scim/ground.ts'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import {
  administer,
  CATALOGUE,
  enrol,
  enrolBy,
  enrolFirstAdmin,
  FORUM,
  invitationFor,
  mustSucceed,
  OPERATOR,
  pageOf,
  postAction,
  startAuthority,
} from '../setup/authority.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast, storyOf, WIKI } from './cast.ts'
import { asDatabaseOwner } from './database.ts'
import { dpopKey } from './dpop.ts'
import { addPasskeyTo, consentToAll, wire } from './passkey-json.ts'
import { pathOf } from './raw.ts'
import { cookieFor } from './refusals.ts'
import { releaseSwitch } from './switches.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

describe('an agent', () => {
  it('opens, views and withdraws a request', async () => {
    const { agent } = cast
    const opened = await propose(agent)
    expect(opened).toMatchObject({
      state: 'pending',
      agent: 'helpdesk-agent',
      principal: 'helpdesk-agent',
      consents: 0,
    })
    const params = { id: opened.id }
    expect(mustSucceed(await agent.call('viewRequest', { params }))).toMatchObject({ id: opened.id, state: 'pending' })
    const { requests } = mustSucceed(await agent.call('listRequests', { query: { state: 'pending' } }))
    expect(mustSucceed(await agent.call('listGrants')).grants).toEqual([])
    expect(requests.map(({ id }) => id)).toContain(opened.id)
    const content = mustSucceed(await cast.ben.page.call('requestContent', { params }))
    expect(content).toMatchObject({ request: { id: opened.id }, arguments: opened.action.arguments, masked: [] })
    expect(mustSucceed(await cast.ben.page.call('uncoverRequest', { params }))).toEqual(content)
    const withdrawn = mustSucceed(await agent.call('withdrawRequest', { params }))
    expect(withdrawn.state).toBe('withdrawn')
    expect(await storyOf(cast.authority, opened.trace)).toContain('request.withdrawn')
  })

  it('collects the token of a consent, and the same token again', async () => {
    const { agent, ada } = cast
    const first = await approvedToken(agent, ada)
    const again = mustSucceed(await agent.call('collectToken', { params: { id: first.request.id } }))
    expect(again.jti).toBe(first.jti)
    expect(again.expires_at).toBe(first.expires_at)
  })

  it('gets the token of what policy allows at once', async () => {
    const body = { audience: FORUM, action: postAction('', { name: 'forum.read' }) }
    const opened = mustSucceed(await cast.agent.propose({ body }))
    expect(opened).toMatchObject({ state: 'approved', decision: 'allow', quorum: 0 })
    expect(opened.token).toMatch(/^eyJ/)
  })

  it('learns what policy would decide', async () => {
    const asked = {
      subject: { type: 'agent' as const, id: 'helpdesk-agent' },
      action: { name: 'forum.read' },
      resource: { type: 'executor' as const, id: 'forum:eng', properties: { audience: FORUM } },
    }
    expect(mustSucceed(await cast.agent.call('evaluateAccess', { body: asked })).decision).toBe(true)
    const several = mustSucceed(await cast.agent.call('evaluateAccesses', { body: { ...asked, evaluations: [{}] } }))
    expect(several).toMatchObject({ evaluations: [{ decision: true }] })
  })

  it('has its hooks answered', async () => {
    const body = { tool_name: 'Read', tool_input: { file_path: 'a.ts' } }
    const headers = { 'executor-authorization': `Bearer ${cast.forum.credential}` }
    expect(await cast.agent.call('answerHook', { params: { client: 'codex' }, body, headers })).toMatchObject({
      ok: true,
    })
  })

  it('lets another agent act for it', async () => {
    const given = await cast.agent.call('issueActorToken', { body: { agent: 'other-agent' } })
    expect(mustSucceed(given).actor_token).toMatch(/^eyJ/)
  })

  it('reaches the OAuth endpoint', async () => {
    const form = { transaction_authorization_id: (await propose(cast.agent)).id }
    const answer = await cast.agent.call('transaction', { form })
    expect(answer).toMatchObject({ ok: false, problem: { oauthError: 'authorization_pending' } })
  })
})

describe('an executor', () => {
  it('redeems a token and reports its outcome, once each', async () => {
    const { agent, ada, forum } = cast
    const { token, jti, request } = await approvedToken(agent, ada)
    const redeemed = await forum.client.call('redeem', { body: { token } })
    expect(mustSucceed(redeemed)).toMatchObject({ jti, request: request.id, use: 1, trace: request.trace })
    expect(redeemed.status).toBe(201)
    const report = { params: { jti }, body: { outcome: 'succeeded' as const, detail: 'posted' } }
    expect(mustSucceed(await forum.client.call('reportOutcome', report))).toEqual({ jti, use: 1, outcome: 'succeeded' })
    expect((await storyOf(cast.authority, request.trace)).slice(-2)).toEqual(['token.redeemed', 'outcome.reported'])
  })

  it('publishes its catalogue, by which what it did is proposed to be undone', async () => {
    const { wiki, agent, ada, ben } = cast
    const undo = { name: 'forum.post', arguments: { text: { value: 'Taken back' } } }
    const catalogue = CATALOGUE.map((entry) =>
      entry.name === 'forum.post' ? { ...entry, undo, arguments: [{ name: 'text', changeable: true }] } : entry,
    )
    const { request } = mustSucceed(
      await wiki.client.call('publishCatalogue', { body: { catalogue: catalogue as never } }),
    )
    mustSucceed(await ada.consent(request?.id ?? ''))
    expect(mustSucceed(await wiki.client.call('ownCatalogue')).catalogue).toEqual(catalogue)
    const { token, jti, request: done } = await approvedToken(agent, ben, { audience: WIKI })
    mustSucceed(await wiki.client.call('redeem', { body: { token } }))
    mustSucceed(await wiki.client.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded' } }))
    const proposed = mustSucceed(await ben.page.call('proposeUndo', { params: { id: done.id } }))
    expect(proposed).toMatchObject({ undoes: done.id, action: { arguments: { text: 'Taken back' } } })
    mustSucceed(await agent.call('withdrawRequest', { params: { id: proposed.id } }))
  })

  it('lets an approver change a call, and allow more calls like it', async () => {
    const { agent, ben, authority } = cast
    const key = await dpopKey(authority.now)
    const headers = { dpop: await key.proof('POST', `${authority.config.origin}/requests`) }
    const body = { audience: WIKI, action: postAction() }
    const params = { id: mustSucceed(await agent.call('openRequest', { body, headers })).id }
    const grant = mustSucceed(await ben.page.call('proposeGrant', { params, body: { uses: 3, arguments: {} } }))
    expect(grant).toMatchObject({ state: 'pending', bounds: { uses: 3 } })
    mustSucceed(
      await ben.page.call('revise', { params, body: { arguments: { ...postAction().arguments, text: 'Hi' } } }),
    )
    const { options } = mustSucceed(await ben.page.call('offerRevision', { params }))
    const assertion = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
    const signed = mustSucceed(await ben.page.call('signRevision', { params, body: { assertion } }))
    expect(signed).toMatchObject({ state: 'approved' })
    mustSucceed(await agent.call('withdrawRequest', { params: { id: grant.id } }))
  })
})

describe('an executor’s stream', () => {
  it('says what stands and which tokens were revoked, and then a heartbeat', async () => {
    const { authority, forum } = cast
    const headers = { authorization: `Bearer ${forum.credential}` }
    const stream = await authority.fetch(`${authority.config.origin}/executor/events`, { headers })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.headers.get('cache-control')).toBe('no-store, no-transform')
    expect(stream.headers.get('x-accel-buffering')).toBe('no')
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('event: heartbeat')) text += (await reader?.read())?.value ?? expect.fail('it ended')
    expect(text).toMatch(/^event: opened\ndata: \{"up_ms":\d+,"connection":"[\w-]{22}"\}\n\n/)
    expect(text).toContain('event: status\ndata: {"uri":')
    await reader?.cancel()
  })
})

describe('an approver', () => {
  it('looks, consents and denies', async () => {
    const { agent, ben } = cast
    const yes = await propose(agent)
    const no = await propose(agent)
    const inbox = mustSucceed(await ben.page.call('inbox'))
    expect(inbox.requests.map(({ id }) => id)).toEqual(expect.arrayContaining([yes.id, no.id]))
    expect(mustSucceed(await ben.consent(yes.id))).toMatchObject({ state: 'approved', consents: 1, quorum: 1 })
    const denial = { params: { id: no.id }, body: { reason: 'Not today' } }
    expect(mustSucceed(await ben.page.call('deny', denial))).toMatchObject({ state: 'denied', consents: 0 })
  })

  it('follows the inbox, and consents to several with one gesture', async () => {
    const { agent, ben, authority } = cast
    const ids = [(await propose(agent)).id, (await propose(agent)).id]
    const cookie = await cookieFor(cast, ben)
    const events = await authority.fetch(`${authority.config.origin}/inbox/events`, { headers: { cookie } })
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    await events.body?.cancel()
    const { answers } = mustSucceed(await consentToAll(ben, ids))
    expect(answers).toEqual(ids.map((id) => ({ id, verdict: 'consented', state: 'approved', consents: 1, quorum: 1 })))
  })

  it('signs in with a discoverable passkey, and out again', async () => {
    const { authority, ben } = cast
    const page = pageOf(authority)
    const { options } = mustSucceed(await page.call('signInOptions'))
    const assertion = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
    const signedIn = mustSucceed(await page.call('signIn', { body: { assertion } }))
    expect(signedIn).toEqual({ approver: ben.id, name: 'Ben Approver', roles: ['approver'] })
    mustSucceed(await page.call('inbox'))
    mustSucceed(await page.call('signOut'))
    expect(await page.call('inbox')).toMatchObject({ ok: false, status: 401 })
  })

  it('lists sessions, ends one, and all', async () => {
    const { authority, ben } = cast
    const begin = async () => {
      const page = pageOf(authority)
      const { options } = mustSucceed(await page.call('signInOptions'))
      const assertion = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
      mustSucceed(await page.call('signIn', { body: { assertion } }))
      return page
    }
    const [page, other, third] = [await begin(), await begin(), await begin()]
    const sessionsAt = async (at: typeof page) => mustSucceed(await at.call('listSessions')).sessions
    const own = (await sessionsAt(page)).filter(({ current }) => current)
    expect(own).toEqual([
      {
        id: expect.any(String),
        passkey: 'Test key',
        created_at: expect.any(Number),
        expires_at: expect.any(Number),
        current: true,
      },
    ])
    const others = (await sessionsAt(other)).find(({ current }) => current)
    mustSucceed(await page.call('endSession', { params: { id: String(others?.id) } }))
    expect(await other.call('inbox')).toMatchObject({ ok: false, status: 401 })
    mustSucceed(await third.call('inbox'))
    mustSucceed(await page.call('endSessions'))
    for (const ended of [page, third, ben.page]) expect(await ended.call('inbox')).toMatchObject({ status: 401 })
    const { options } = mustSucceed(await ben.page.call('signInOptions'))
    const assertion = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
    mustSucceed(await ben.page.call('signIn', { body: { assertion } }))
    expect(await sessionsAt(ben.page)).toHaveLength(1)
  })

  it('adds a passkey with an existing one, lists both, and revokes it', async () => {
    const { authority, ben } = cast
    const second = await addPasskeyTo(ben, authority.config)
    const listed = mustSucceed(await ben.page.call('listPasskeys')).passkeys
    expect(listed.map(({ label }) => label).sort()).toEqual(['Second key', 'Test key'])
    mustSucceed(await ben.page.call('revokePasskey', { params: { id: second.credentialId } }))
  })

  it('chooses how to be told, and tries it', async () => {
    const { authority, ben } = cast
    const { keys } = createSubscription()
    const body = { endpoint: 'https://push.example/abc', keys, label: 'Phone' }
    const device = mustSucceed(await ben.page.call('addDevice', { body }))
    const wishes = { push: true, mail: true, quiet: { from: 1320, to: 420, zone: 'Europe/Berlin' } }
    mustSucceed(await ben.page.call('saveNotifications', { body: wishes }))
    mustSucceed(await ben.page.call('setMail', { body: { address: 'ben@people.example' } }))
    const expiresAt = authority.now() + 60
    const keysOfAuthority = await importNotifyKeys(authority.notifyJwks, authority.config.origin)
    const proof = await keysOfAuthority.confirmation(ben.id, 'ben@people.example', expiresAt)
    mustSucceed(await ben.page.call('confirmMail', { body: { secret: `${expiresAt}.${proof}` } }))
    expect(mustSucceed(await ben.page.call('notifications'))).toMatchObject({
      wishes,
      mail: { address: 'ben@people.example', confirmed: true },
      devices: [device],
    })
    expect(mustSucceed(await ben.page.call('testNotifications'))).toEqual({ sent: 2 })
    mustSucceed(await ben.page.call('removeMail'))
    mustSucceed(await ben.page.call('removeDevice', { params: { id: device.id } }))
    expect(mustSucceed(await ben.page.call('notifications'))).toMatchObject({ mail: null, devices: [] })
  })

  it('is invited, sees what the link offers, and enrols', async () => {
    const { authority, ada } = cast
    const link = await invitationFor(ada, 'Cleo')
    const page = pageOf(authority)
    const invitation = new URL(link).hash.slice(1)
    const offered = mustSucceed(await page.call('viewInvitation', { body: { invitation } }))
    expect(offered).toMatchObject({ bootstrap: false, name: 'Cleo', roles: ['approver'] })
    const authenticator = await createAuthenticator(authority.config)
    const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Cleo' } }))
    const enrolled = await page.call('enrol', { body: { invitation, ...(await newPasskey(authenticator, options)) } })
    expect(mustSucceed(enrolled)).toMatchObject({ name: 'Cleo', roles: ['approver'] })
  })
})

describe('an admin', () => {
  it('proposes, collects and carries out a change from the pages', async () => {
    const { ada } = cast
    const args = { id: 'page-agent' }
    const action = { ...postAction(), name: 'countersign.agent.add', resource: 'agent:page-agent', arguments: args }
    const opened = mustSucceed(await ada.page.call('openAdministration', { body: { action } }))
    mustSucceed(await ada.consent(opened.id))
    const { token } = mustSucceed(await ada.page.call('collectAdministration', { params: { id: opened.id } }))
    const headers = { 'approval-token': token }
    const done = mustSucceed(await ada.page.call('administer', { body: { action }, headers }))
    expect(done).toMatchObject({ name: 'countersign.agent.add', subject: 'page-agent' })
    expect(done.credential).toMatch(/^cs_agent_/)
  })

  it('has an endpoint told of events, sees what it was sent, sends it again, and removes it', async () => {
    const { authority, ada } = cast
    const hooks = await startReceiver()
    const args = { url: hooks.url, kind: 'standard', events: ['request.waiting'] }
    await administer(authority, ada, { name: 'countersign.webhook.add', resource: 'webhooks', arguments: args })
    await hooks.close()
    const { key, webhooks } = mustSucceed(await authority.operator.call('listWebhooks'))
    expect(key).toMatch(/^whpk_/)
    const [{ id }] = webhooks as [(typeof webhooks)[number]]
    expect(mustSucceed(await authority.operator.call('testWebhooks'))).toEqual({ sent: 1 })
    const sent = async () =>
      mustSucceed(await authority.operator.call('listDeliveries', { query: { recipient: id } })).deliveries[0]
    const [taken] = (
      await authority.store.takeDeliveries({
        rooms: [{ channel: 'webhook', most: 100 }],
        now: authority.now(),
        leaseSeconds: 60,
      })
    ).filter(({ recipient }) => recipient === id)
    if (!taken) throw new Error('Nothing was on its way')
    await authority.store.settleDelivery({
      delivery: taken,
      result: { result: 'failed', problem: 'No.' },
      now: authority.now(),
    })
    expect(await sent()).toMatchObject({ kind: 'test', state: 'failed', problem: 'No.' })
    mustSucceed(await authority.operator.call('replayDelivery', { params: { id: taken.id } }))
    expect(await sent()).toMatchObject({ id: taken.id, state: 'waiting', attempts: 0 })
    mustSucceed(await authority.operator.call('removeWebhook', { params: { id } }))
  })

  it('checks, tries and replays a draft of the policy', async () => {
    const { operator } = cast.authority
    const text = 'permit (principal, action, resource);'
    expect(mustSucceed(await operator.call('checkDraft', { body: { text } })).problems).toEqual([])
    const call = { agent: 'helpdesk-agent', audience: FORUM, name: 'forum.post', resource: 'forum:eng' }
    const tried = mustSucceed(await operator.call('tryDraft', { body: { text, call } }))
    expect(tried).toMatchObject({ in_force: { effect: 'approval' }, draft: { effect: 'allow' } })
    mustSucceed(await operator.call('reachOfAgent', { params: { id: 'helpdesk-agent' } }))
    const page = mustSucceed(await operator.call('replayDraft', { body: { text, days: 1 } }))
    expect(page.changes.newly_allowed).toBeGreaterThan(0)
  })

  it('observes a draft of the policy', async () => {
    const { operator } = cast.authority
    const body = { text: 'permit (principal, action, resource);', seconds: 60 }
    const { id } = mustSucceed(await operator.call('startObservation', { body }))
    const { observations } = mustSucceed(await operator.call('listObservations'))
    expect(observations).toMatchObject([{ id, ended_at: null }])
    expect(mustSucceed(await operator.call('viewObservation', { params: { id } }))).toMatchObject({
      id,
      text: body.text,
    })
    mustSucceed(await operator.call('stopObservation', { params: { id } }))
  })

  it('reads the policy in force', async () => {
    const { operator } = cast.authority
    const { in_force: inForce } = mustSucceed(await operator.call('listPolicies'))
    const policy = mustSucceed(await operator.call('viewPolicy', { params: { version: String(inForce) } }))
    expect(policy.text).toContain('permit')
  })

  it('lists and revokes directories, and invites whom they named', async () => {
    const scim = await startDirectory(cast)
    const id = await createUser(scim, 'fay@example.com')
    const { directories, awaited } = mustSucceed(await cast.authority.operator.call('listDirectories'))
    expect(directories.map(({ name }) => name)).toEqual(['entra'])
    expect(awaited.map((person) => person.id)).toEqual([id])
    const invited = await cast.authority.operator.call('inviteProvisioned', { params: { id } })
    expect(mustSucceed(invited).link).toContain('/enrol#')
    const { invitations } = mustSucceed(await cast.authority.operator.call('listInvitations'))
    const [open] = invitations.filter(({ name }) => name === 'fay')
    mustSucceed(await cast.authority.operator.call('withdrawInvitation', { params: { id: open?.id ?? '' } }))
    mustSucceed(await cast.authority.operator.call('revokeDirectory', { params: { id: 'entra' } }))
  })

  it('lists the groups of people', async () => {
    const { groups } = mustSucceed(await cast.authority.operator.call('listGroups'))
    expect(groups).toEqual([])
  })

  it('lists the open invitations, and withdraws one: its link ends, and the ledger knows', async () => {
    const { authority, ada } = cast
    const open = async () => mustSucceed(await authority.operator.call('listInvitations')).invitations
    const [kept, ended] = [
      await invitationFor(ada, 'Kim Kept'),
      await invitationFor(ada, 'Eve Ended', ['approver', 'auditor']),
    ]
    const found = (await open()).find(({ name }) => name === 'Eve Ended')
    expect(found).toMatchObject({ roles: ['approver', 'auditor'], invited_by: { id: ada.id, name: 'Ada Admin' } })
    const params = { id: found?.id ?? '' }
    mustSucceed(await ada.page.call('withdrawInvitation', { params }))
    expect((await open()).map(({ name }) => name)).toEqual(['Kim Kept'])
    await expect(enrol(authority, ended, 'Eve')).rejects.toThrow(/This link has been used or has ended/)
    await enrol(authority, kept, 'Kim', ada)
    expect(await open()).toEqual([])
    expect(await authority.operator.call('withdrawInvitation', { params })).toMatchObject({ status: 404 })
    expect(await ada.page.call('acknowledgeBreakGlass', { params })).toMatchObject({ status: 404 })
    const entries = (await authority.store.entriesAfter({ after: 0, limit: 1000 })).map(({ body }) => JSON.parse(body))
    expect(entries.filter(({ credential }) => credential === params.id)).toMatchObject([
      { type: 'credential.added', kind: 'invitation' },
      { type: 'credential.revoked', kind: 'invitation', approver: ada.id },
    ])
    await asDatabaseOwner(authority, async (sql) => {
      expect(await sql`SELECT * FROM invitations WHERE name LIKE 'Eve%'`).toHaveLength(0)
    })
  })

  it('lists agents, executors and approvers, and revokes them', async () => {
    const { authority, ada } = cast
    const { agents } = mustSucceed(await ada.page.call('listAgents'))
    expect(agents.map(({ id }) => id)).toEqual(expect.arrayContaining(['helpdesk-agent', 'page-agent']))
    expect(JSON.stringify(agents)).not.toMatch(/cs_agent_[A-Za-z0-9_-]{43}/)
    const { executors } = mustSucceed(await ada.page.call('listExecutors'))
    expect(executors.map(({ audience }) => audience)).toContain(FORUM)
    const { approvers } = mustSucceed(await authority.operator.call('listApprovers'))
    expect(approvers.map(({ name }) => name)).toContain('Ben Approver')
    const leaver = await enrolBy(authority, ada, 'Lea')
    const params = { id: leaver.id }
    expect(mustSucceed(await ada.page.call('viewPerson', { params })).sessions).toHaveLength(1)
    expect(mustSucceed(await ada.page.call('recoverPerson', { params })).link).toContain('/enrol#')
    mustSucceed(await ada.page.call('signOutPerson', { params }))
    const passkey = leaver.authenticator.credentialId
    mustSucceed(await ada.page.call('revokePersonPasskey', { params: { ...params, passkey } }))
    mustSucceed(await ada.page.call('suspendPerson', { params }))
    const boxed = { id: 'boxed', run_by: ada.id }
    await administer(authority, ada, { name: 'countersign.agent.add', resource: 'agent:boxed', arguments: boxed })
    const ofAgent = { params: { id: 'boxed' } }
    const start = { purpose: 'Tidy up', minutes: 30 }
    const offered = mustSucceed(await ada.page.call('offerAgentSession', { ...ofAgent, body: start }))
    const assertion = await ada.authenticator.assert({ challenge: String(offered.options['challenge']) })
    mustSucceed(await ada.page.call('openAgentSession', { ...ofAgent, body: { assertion: assertion as never } }))
    expect(mustSucceed(await authority.operator.call('listAgentSessions')).sessions).toHaveLength(1)
    expect(mustSucceed(await authority.operator.call('viewAgentSession', ofAgent)).purpose).toBe('Tidy up')
    mustSucceed(await authority.operator.call('endAgentSession', ofAgent))
    const away = mustSucceed(await ada.page.call('offerAbsence', { body: { until: authority.now() + 3600 } }))
    const stated = await ada.authenticator.assert({ challenge: String(away.options['challenge']) })
    const { id: absence } = mustSucceed(await ada.page.call('stateAbsence', { body: { assertion: wire(stated) } }))
    expect(mustSucceed(await authority.operator.call('listAbsences')).absences).toMatchObject([{ id: absence }])
    mustSucceed(await authority.operator.call('endAbsence', { params: { id: absence } }))

    const credential = await credentialFor(authority, ada, 'auditor', 'revision')
    const auditor = authority.client(credential)
    const seen = await auditor.call('trace', { params: { trace: (await propose(cast.agent)).trace } })
    expect(mustSucceed(seen).entries).toHaveLength(2)
    const agentCredential = agents.find(({ id }) => id === 'page-agent')?.credentials[0]
    mustSucceed(await ada.page.call('revokeCredential', { params: { id: String(agentCredential?.id) } }))
    mustSucceed(await ada.page.call('revokeAgent', { params: { id: 'page-agent' } }))
    mustSucceed(await authority.operator.call('revokeExecutor', { params: { id: cast.wiki.audience } }))
    expect(await cast.wiki.client.call('redeem', { body: { token: 'a.b.c' } })).toMatchObject({
      ok: false,
      status: 401,
    })
  })
})

describe('whoever stops things', () => {
  it('previews, engages, is told who felt it, and an admin releases it', async () => {
    const { authority, agent, ada, ben, forum } = cast
    const { token } = await approvedToken(agent, ben)
    const selector = { executor: FORUM, action: 'forum.p*' }
    const reach = mustSucceed(await ben.page.call('previewKillSwitch', { query: selector }))
    expect(reach).toMatchObject({ tokens: expect.any(Number), executors: [] })
    expect(reach.tokens).toBeGreaterThan(0)
    const body = { selector, reason: 'Posts nonsense' }
    const engaged = mustSucceed(await ben.page.call('engageKillSwitch', { body }))
    expect(engaged).toMatchObject({ selector, reason: 'Posts nonsense', engaged_by: ben.id, released_at_ms: null })
    expect(engaged.hits).toEqual({ tokens: reach.tokens, pending: reach.pending, executors: 0 })
    expect(await forum.client.call('redeem', { body: { token } })).toMatchObject({ problem: { code: 'killed' } })
    expect(mustSucceed(await authority.operator.call('introspect', { form: { token } }))).toEqual({ active: false })

    const { stops } = await authority.store.stopState({ now: authority.now(), sinceMs: engaged.engaged_at_ms })
    const confirmation = { stop: Number(stops.at(-1)?.id), connection: 'c1', aborted: 2 }
    mustSucceed(await forum.client.call('confirmStop', { body: confirmation }))
    const params = { id: engaged.id }
    const seen = mustSucceed(await authority.operator.call('viewKillSwitch', { params }))
    expect(seen.confirmations).toMatchObject([{ executor: FORUM, connection: 'c1', aborted: 2 }])
    await releaseSwitch(authority, ada, engaged.id)
    const { killswitches } = mustSucceed(await ben.page.call('listKillSwitches'))
    expect(killswitches.find(({ id }) => id === engaged.id)?.released_at_ms).toEqual(expect.any(Number))
    expect(await storyOf(authority, engaged.trace)).toEqual(['killswitch.engaged'])
    expect(mustSucceed(await authority.operator.call('introspect', { form: { token } }))).toEqual({ active: false })
  })

  it('revokes a token, by its jti or its text, and a request', async () => {
    const { authority, agent, ben, forum } = cast
    const [one, two] = [await approvedToken(agent, ben), await approvedToken(agent, ben)]
    const active = async (token: string) =>
      mustSucceed(await forum.client.call('introspect', { form: { token } })) as Record<string, unknown>
    expect(await active(one.token)).toMatchObject({ active: true, jti: one.jti, client_id: 'helpdesk-agent' })
    expect(await cast.wiki.client.call('introspect', { form: { token: one.token } })).not.toMatchObject({
      value: { active: true },
    })
    mustSucceed(await ben.page.call('revokeToken', { params: { jti: one.jti } }))
    mustSucceed(await agent.call('oauthRevoke', { form: { token: two.token, token_type_hint: 'access_token' } }))
    for (const { token, request } of [one, two]) {
      expect(await active(token)).toEqual({ active: false })
      expect(await forum.client.call('redeem', { body: { token } })).toMatchObject({
        problem: { code: 'token_revoked' },
      })
      expect(await storyOf(authority, request.trace)).toContain('token.revoked')
    }
    for (const token of ['nonsense', two.token]) mustSucceed(await agent.call('oauthRevoke', { form: { token } }))
    const asked = await propose(agent)
    mustSucceed(await ben.page.call('revokeRequest', { params: { id: asked.id } }))
    expect(mustSucceed(await agent.call('viewRequest', { params: { id: asked.id } })).state).toBe('stopped')
  })
})

describe('least privilege', () => {
  it('is reviewed, and an action that nobody uses is taken away', async () => {
    const { authority, ada, agent } = cast
    await propose(agent)
    const { agents, executors } = mustSucceed(await authority.operator.call('review'))
    const asking = agents.find(({ id }) => id === 'helpdesk-agent')
    expect(asking?.credentials[0]?.expires_at).toBeGreaterThan(authority.now() + 89 * 86_400)
    expect(asking?.used).toContainEqual(expect.objectContaining({ executor: FORUM, name: 'forum.post' }))
    expect(asking?.unused).toContainEqual({ executor: FORUM, name: 'forum.delete' })
    expect(executors.find(({ audience }) => audience === FORUM)?.unused).toContain('forum.delete')

    const params = { id: FORUM, name: 'forum.delete' }
    expect(mustSucceed(await ada.page.call('removeAction', { params }))).toEqual({ revoked: true })
    const body = { audience: FORUM, action: postAction('', { name: 'forum.delete' }) }
    expect(await agent.propose({ body })).toMatchObject({ ok: false, status: 403, problem: { code: 'policy_denied' } })
    const after = mustSucceed(await ada.page.call('review')).executors.find(({ audience }) => audience === FORUM)
    expect(after?.unused).not.toContain('forum.delete')
  })
})

describe('an auditor', () => {
  it('finds, exports, counts, proves, and reads the log itself', async () => {
    const { authority, ada, forum } = cast
    const refusal = { code: 'token_missing' as const, name: 'forum.post' }
    expect(mustSucceed(await forum.client.call('reportRefusal', { body: refusal })).trace).toMatch(/^[0-9a-f]{32}$/)
    const secret = await credentialFor(authority, ada, 'auditor', 'audit')
    const auditor = authority.client(secret)
    await settle(authority.services.ledger, authority.store)
    const found = mustSucceed(await auditor.call('listEntries', { query: { type: 'token.refused' } }))
    expect(found.entries[0]?.entry).toMatchObject({ ...refusal, executor: FORUM, reported: true })
    expect(String(mustSucceed(await auditor.call('exportEntries', { query: { format: 'csv' } })))).toMatch(/^index,/)
    const query = { from: '0', to: String(authority.now() + 1) }
    expect(mustSucceed(await auditor.call('activity', { query })).buckets.length).toBeGreaterThan(0)
    expect(mustSucceed(await auditor.call('listUnproved')).entries).toEqual([])
    const headers = { authorization: `Bearer ${secret}` }
    const tail = await authority.fetch(`${authority.config.origin}/ledger/tail?after=0`, { headers })
    expect(tail.headers.get('content-type')).toBe('text/event-stream')
    await tail.body?.cancel()
    mustSucceed(await auditor.call('artifacts'))
    mustSucceed(await auditor.call('outcomes', { params: { trace: '0'.repeat(32) } }))
    expect(mustSucceed(await auditor.call('ledgerKeys')).keys).toHaveLength(1)
    expect(String(mustSucceed(await auditor.call('configuration')))).toMatch(/^{"head":/)
    expect(String(mustSucceed(await auditor.call('proof', { params: { id: '0' } })))).toMatch(
      /^c2sp.org\/tlog-proof@v1\n/,
    )
    expect(String(mustSucceed(await auditor.call('checkpoint')))).toContain('/log\n')
    mustSucceed(await auditor.call('tile', { params: { level: '0', index: '000.p/1' } }))
  })
})

describe('everybody', () => {
  const anybody = () => pageOf(cast.authority)

  it('reads keys, approvers, metadata, a status list and the description', async () => {
    const { keys } = mustSucceed(await anybody().call('jwks'))
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatchObject({ use: 'sig', alg: 'ES256' })
    expect(keys[0]).not.toHaveProperty('d')
    const directory = mustSucceed(await anybody().call('approverKeys'))
    expect(directory).toMatchObject({ rp_id: 'localhost', origins: [cast.authority.config.origin] })
    expect(JSON.stringify(directory)).not.toContain('Ben Approver')
    const { origin } = cast.authority.config
    expect(mustSucceed(await anybody().call('metadata'))).toMatchObject({ issuer: origin })
    const configuration = mustSucceed(await anybody().call('authzenConfiguration'))
    expect(configuration).toMatchObject({ policy_decision_point: origin })
    expect(mustSucceed(await anybody().call('openapi'))).toMatchObject({ openapi: '3.1.0' })
    const jwt = String(mustSucceed(await anybody().call('statusList', { params: { list: '0' } })))
    const resolve = () => importVerificationKey(keys[0])
    await expect(openStatusList(jwt, `${origin}/status/0`, resolve)).resolves.toMatchObject({ bits: 1 })
  })

  it('sees that it lives and can serve', async () => {
    expect(mustSucceed(await anybody().call('health'))).toEqual({ status: 'ok' })
    expect(mustSucceed(await anybody().call('ready'))).toEqual({ status: 'ok' })
  })
})

it('works the same for a first admin on a fresh authority', async () => {
  const fresh = await startAuthority()
  const admin = await enrolFirstAdmin(fresh)
  expect(mustSucceed(await admin.page.call('listApprovers')).approvers).toHaveLength(1)
  await fresh.stop()
})

describe('the link for the first admin', () => {
  it('is given to the operator, until there is one', async () => {
    const fresh = await startAuthority()
    const { link } = mustSucceed(await fresh.operator.call('firstAdminLink'))
    mustSucceed(await (await enrol(fresh, link, 'Ada')).page.call('inbox'))
    expect(await fresh.operator.call('firstAdminLink')).toMatchObject({ status: 403, problem: { code: 'forbidden' } })
    await fresh.stop()
    expect(await cast.authority.operator.call('firstAdminLink')).toMatchObject({ status: 403 })
  })

  it('is given to nobody where a console prints it', async () => {
    const { services, config } = cast.authority
    const init = { method: 'POST', headers: { authorization: `Bearer ${OPERATOR}` } }
    const answer = await createHttp(services).request(`${config.origin}/admin/first-admin-link`, init)
    expect(answer.status).toBe(404)
  })
})

it('looks for stops after each call that may have stopped something, and after no other', async () => {
  const looks: string[] = []
  const { services, config } = cast.authority
  const app = createHttp(services, { afterStop: ({ req }) => looks.push(`${req.method} ${req.path}`) })
  for (const [id, { method }] of Object.entries(endpoints)) {
    await app.request(config.origin + pathOf(id as keyof typeof endpoints), { method })
  }
  expect(looks.sort()).toEqual([
    'DELETE /agents/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /agents/AAAAAAAAAAAAAAAAAAAAAA/session',
    'DELETE /approvers/AAAAAAAAAAAAAAAAAAAAAA/access',
    'DELETE /approvers/AAAAAAAAAAAAAAAAAAAAAA/passkeys/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /credentials/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /executors/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /executors/AAAAAAAAAAAAAAAAAAAAAA/actions/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /passkeys/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /requests/AAAAAAAAAAAAAAAAAAAAAA',
    'DELETE /tokens/AAAAAAAAAAAAAAAAAAAAAA',
    'POST /admin/actions',
    'POST /killswitches',
    'POST /oauth/revoke',
  ])
})

it('the operator reads figures', async () => {
  expect(mustSucceed(await cast.authority.operator.call('metrics'))).toMatch(/# EOF\n$/)
})

it('the operator reads a diagnosis', async () => {
  const events = mustSucceed(await cast.authority.operator.call('diagnosis'))
  expect(String(events).match(/^event: \w+$/gm)).toEqual(['event: diagnosis', ...Array(4).fill('event: beat')])
})

it('every credential says whose it is', async () => {
  const { authority, agent, forum, ada } = cast
  const auditor = authority.client(await credentialFor(authority, ada, 'auditor', 'grace'))
  for (const [client, kind, subject] of [
    [agent, 'agent', 'helpdesk-agent'],
    [forum.client, 'executor', FORUM],
    [auditor, 'auditor', 'grace'],
    [authority.operator, 'operator', expect.any(String)],
  ] as const)
    expect(mustSucceed(await client.call('viewOwnCredential'))).toEqual({ id: expect.any(String), kind, subject })
  expect(await ada.page.call('viewOwnCredential')).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } })
})

it('has exercised every row of the table', () => {
  const called = new Set(cast.authority.seen.filter(({ status }) => status < 400).map(({ endpoint }) => endpoint))
  const reached = new Set(cast.authority.seen.map(({ endpoint }) => endpoint))
  expect([...Object.keys(endpoints)].filter((id) => !reached.has(id as keyof typeof endpoints))).toEqual([])
  // An OAuth transaction and a break-glass have files of their own, the link for the first admin an authority of its own.
  expect(Object.keys(endpoints).filter((id) => !called.has(id as keyof typeof endpoints))).toEqual([
    'transaction',
    'acknowledgeBreakGlass',
    'firstAdminLink',
  ])
})
