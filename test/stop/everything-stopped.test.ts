/** Everything is stopped: what still works, how it is released with one passkey, and what an auditor finds of it. */
import { type JsonObject, newSalt } from '@countersign/verifier'
import { parseNoteKey } from '@countersign/verifier/proof'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { httpSource } from '../../src/audit/log/source.ts'
import { nodeCrypto } from '../audit/world.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast, storyOf } from '../http/cast.ts'
import { addPasskeyTo } from '../http/passkey-json.ts'
import { cookieFor } from '../http/refusals.ts'
import { releaseSwitch } from '../http/switches.ts'
import { settle } from '../ledger/ground.ts'
import { consentTo, FORUM, mustSucceed, postAction } from '../setup/authority.ts'

let cast: Cast
let auditorSecret: string
beforeAll(async () => {
  cast = await startCast()
  auditorSecret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
})
afterAll(() => cast.authority.stop())

const engage = async (selector: JsonObject) => {
  const body = { selector, reason: 'Stop it all' }
  return mustSucceed(await cast.ben.page.call('engageKillSwitch', { body }))
}

async function findings() {
  const { authority } = cast
  await settle(authority.services.ledger, authority.store)
  const key = await parseNoteKey(String(authority.services.discovery.metadata()['log_vkey']))
  const fetch = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
  const source = httpSource({ url: authority.config.origin, fetch, credential: auditorSecret })
  return (await audit({ source, key, kept: [], crypto: nodeCrypto, now: authority.now() })).findings
}

it('locks out everything but the authority’s own actions, and is released by one admin’s passkey', async () => {
  const { authority, agent, ada, ben, forum } = cast
  const [waiting, approved] = [await propose(agent), await approvedToken(agent, ben)]
  const stopped = await engage({})
  // An auditor distinguishes by the second.
  authority.advance(2)

  expect(await agent.propose({ body: { audience: FORUM, action: postAction() } })).toMatchObject({ status: 403 })
  expect(await ben.page.call('offerConsent', { params: { id: waiting.id } })).toMatchObject({
    problem: { code: 'killed' },
  })
  const page = await authority.fetch(`${authority.config.origin}/approve/${waiting.id}`, {
    headers: { cookie: await cookieFor(cast, ben) },
  })
  expect(await page.text()).toContain('A kill switch stops this action.')
  expect(await agent.call('collectToken', { params: { id: approved.request.id } })).toMatchObject({
    problem: { code: 'killed' },
  })
  expect(await forum.client.call('redeem', { body: { token: approved.token } })).toMatchObject({
    problem: { code: 'killed' },
  })
  expect(await storyOf(authority, approved.request.trace)).toEqual([
    'request.created',
    'request.decided',
    'consent.given',
    'token.issued',
    'token.revoked',
    'token.refused',
    'token.refused',
  ])

  const args = { id: stopped.id, reason: 'It is over' }
  const resource = `killswitch:${stopped.id}`
  const action = { name: 'countersign.killswitch.release', resource, arguments: args, salt: newSalt() }
  const opened = mustSucceed(await ada.page.call('openAdministration', { body: { action } }))
  mustSucceed(await ada.consent(opened.id))
  const { token } = mustSucceed(await ada.page.call('collectAdministration', { params: { id: opened.id } }))
  const headers = { 'approval-token': token }
  const done = mustSucceed(await ada.page.call('administer', { body: { action }, headers }))
  expect(done).toEqual({ name: action.name, subject: stopped.id })

  mustSucceed(await ben.consent(waiting.id))
  const again = mustSucceed(await agent.call('collectToken', { params: { id: waiting.id } }))
  mustSucceed(await forum.client.call('redeem', { body: { token: again.token } }))
  expect(await forum.client.call('redeem', { body: { token: approved.token } })).toMatchObject({
    problem: { code: 'token_revoked' },
  })
  expect(await findings()).toEqual([])
})

it('leaves nothing for an auditor to find, whatever was stopped, revoked and released', async () => {
  const { authority, agent, ada, ben, forum } = cast
  const spent = await approvedToken(agent, ben)
  mustSucceed(await forum.client.call('redeem', { body: { token: spent.token } }))
  const tokens = [await approvedToken(agent, ben), await approvedToken(agent, ben)]
  const [waiting, second] = [await propose(agent), await addPasskeyTo(ada, authority.config)]
  mustSucceed(await consentTo(ada.page, second, (await propose(agent)).id))
  mustSucceed(await ada.page.call('revokePasskey', { params: { id: second.credentialId } }))
  mustSucceed(await ben.page.call('revokeToken', { params: { jti: spent.jti } }))
  mustSucceed(await ben.page.call('revokeToken', { params: { jti: String(tokens[0]?.jti) } }))
  mustSucceed(await ben.page.call('revokeRequest', { params: { id: waiting.id } }))
  const behind = await engage({ agent: 'helpdesk-agent', action: 'forum.*' })
  expect(behind.hits.tokens).toBe(1)
  authority.advance(2)
  await agent.propose({ body: { audience: FORUM, action: postAction() } })
  expect((await authority.services.sweep()) >= 0).toBe(true)
  await releaseSwitch(authority, ada, behind.id)
  mustSucceed(await forum.client.call('redeem', { body: { token: (await approvedToken(agent, ben)).token } }))
  expect(await findings()).toEqual([])
})

it('sends a stop after each revocation, naming what it concerns', async () => {
  const { authority, agent, ada, ben } = cast
  const stopsSoFar = async () => (await authority.store.stopState({ now: authority.now(), sinceMs: 0 })).stops
  const before = (await stopsSoFar()).length
  const { jti } = await approvedToken(agent, ben)
  const { id } = await propose(agent)
  const second = await addPasskeyTo(ada, authority.config)
  mustSucceed(await ben.page.call('revokeToken', { params: { jti } }))
  mustSucceed(await ben.page.call('revokeRequest', { params: { id } }))
  mustSucceed(await ada.page.call('revokePasskey', { params: { id: second.credentialId } }))
  mustSucceed(await ada.page.call('revokeAgent', { params: { id: 'other-agent' } }))
  mustSucceed(await ada.page.call('revokeExecutor', { params: { id: cast.wiki.audience } }))
  const stops = await stopsSoFar()
  expect(stops.slice(before).map(({ kind, selector }) => [kind, selector])).toEqual([
    ['revocation', { jti }],
    ['revocation', { request: id }],
    ['revocation', { key: second.kid }],
    ['revocation', { agent: 'other-agent' }],
    ['revocation', { executor: cast.wiki.audience }],
  ])
})
