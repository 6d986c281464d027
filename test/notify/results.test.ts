/** What became of a request, told to webhooks that want it: signed, once each, and to nobody else. */
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { isResult, RESULT_KINDS } from '../../src/domain/identity/parties.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { addExecutor, mustSucceed, postAction, startAuthority } from '../setup/authority.ts'
import { type AddedWebhook, type Device, type Ground, startGround } from './ground.ts'

const WIKI = 'https://wiki.example'

let ground: Ground
let wiki: ReturnType<Ground['authority']['client']>
let hook: AddedWebhook
let device: Device
beforeAll(async () => {
  ground = await startGround({}, async (authority) => {
    wiki = authority.client((await addExecutor(authority, WIKI)).credential)
  })
  device = await ground.enrolDevice(ground.ben)
})
afterAll(() => ground.stop())
beforeEach(() => {
  ground.hooks.received.length = 0
})

const events = () => {
  const verifier = new Webhook(hook.secret ?? '')
  return ground.hooks.received
    .filter(({ path }) => path === '/results')
    .map(({ body, headers }) => verifier.verify(body.toString(), headers as Record<string, string>))
}
const outbox = () =>
  asDatabaseOwner(ground.authority, async (sql) =>
    (await sql`SELECT kind FROM notices`).filter(({ kind }) => isResult(String(kind))),
  )

async function ask(name = 'forum.post') {
  const body = { audience: WIKI, action: postAction('Secret words of the call', { name }) }
  return mustSucceed(await ground.agent.propose({ body }))
}

async function carriedOut(id: string, outcome: 'succeeded' | 'failed') {
  const { token, jti } = mustSucceed(await ground.agent.call('collectToken', { params: { id } }))
  mustSucceed(await wiki.call('redeem', { body: { token } }))
  mustSucceed(await wiki.call('reportOutcome', { params: { jti }, body: { use: 1, outcome } }))
}

it('costs nothing while no webhook wants it', async () => {
  const { id } = await ask()
  await ground.run()
  mustSucceed(await ground.ben.consent(id))
  await carriedOut(id, 'succeeded')
  expect(await outbox()).toEqual([])
})

it('is told of an approval, and of the outcome: signed, with no word of the call', async () => {
  hook = await ground.addWebhook('standard', '/results', [...RESULT_KINDS])
  const { id } = await ask()
  mustSucceed(await ground.ben.consent(id))
  await carriedOut(id, 'failed')
  await ground.run()
  const data = {
    request: id,
    agent: 'helpdesk-agent',
    executor: WIKI,
    name: 'forum.post',
    effect: 'write',
    reversible: true,
    expires_at: expect.any(Number),
    link: `${ground.authority.config.origin}/approve/${id}`,
  }
  // Neither waits for the other on its way.
  expect(events()).toHaveLength(2)
  expect(events()).toEqual(
    expect.arrayContaining([
      { type: 'request.approved', timestamp: expect.any(String), data },
      { type: 'outcome.reported', timestamp: expect.any(String), data: { ...data, outcome: 'failed' } },
    ]),
  )
  expect(JSON.stringify(events())).not.toContain('Secret words')
})

it('is told of a denial, and of nothing that was withdrawn, stopped or allowed', async () => {
  const [denied, withdrawn, stopped] = [await ask(), await ask(), await ask()]
  mustSucceed(await ground.ben.page.call('deny', { params: { id: denied.id }, body: {} }))
  mustSucceed(await ground.agent.call('withdrawRequest', { params: { id: withdrawn.id } }))
  mustSucceed(await ground.authority.operator.call('revokeRequest', { params: { id: stopped.id } }))
  await ask('forum.read')
  await ground.run()
  expect(events()).toMatchObject([{ type: 'request.denied', data: { request: denied.id } }])
})

it('has other words for what nobody answered than for a denial', async () => {
  await ground.addWebhook('slack', '/ends', ['request.denied', 'request.expired'])
  const [denied] = [await ask(), await ask()]
  mustSucceed(await ground.ben.page.call('deny', { params: { id: denied.id }, body: {} }))
  await ground.run()
  ground.authority.advance(1000)
  await ground.authority.services.sweep()
  await ground.run()
  ground.authority.advance(61)
  await ground.run()
  const lines = ground.hooks.received
    .filter(({ path }) => path === '/ends')
    .map(({ body }) => JSON.parse(String(body)).text.split('\n')[0])
  expect(lines).toEqual([
    '*Denied, requested by helpdesk-agent: forum.post*',
    '*Expired unanswered, requested by helpdesk-agent: forum.post*',
  ])
})

it('is told in a chat that wants it, and rings no person', async () => {
  const rung = device.messages().length
  await ground.addWebhook('slack', '/chat', ['request.approved', 'outcome.reported'])
  const { id } = await ask()
  mustSucceed(await ground.ben.consent(id))
  await carriedOut(id, 'succeeded')
  await ground.run()
  ground.authority.advance(61)
  await ground.run()
  const texts = ground.hooks.received
    .filter(({ path }) => path === '/chat')
    .map(({ body }) => JSON.parse(String(body)).text)
  expect(texts.map((text: string) => text.split('\n')[0]).sort()).toEqual([
    '*Approved, requested by helpdesk-agent: forum.post*',
    '*Reported as succeeded, requested by helpdesk-agent: forum.post*',
  ])
  expect(device.messages()).toHaveLength(rung)
})

it('is refused under any other name', async () => {
  const fresh = await startAuthority({ database: 'pglite' })
  const args = { url: 'https://hooks.example/', events: ['request.withdrawn'] }
  const action = postAction('', { name: 'countersign.webhook.add', resource: 'webhooks', arguments: args })
  const body = { audience: fresh.config.origin, action }
  expect(await fresh.operator.call('openRequest', { body })).toMatchObject({ problem: { code: 'invalid_request' } })
  await fresh.stop()
})
