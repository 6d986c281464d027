/** How messages arrive: signed, tried again, once each whoever sends them, logged, replayed; and where they never go. */
import { createPublicKey, verify } from 'node:crypto'
import { hostname } from 'node:os'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TargetRefused } from '../../src/authority/notify/transports.ts'
import { CHANNEL_NAMES } from '../../src/domain/notify/channels.ts'
import { createPost } from '../../src/node/pinned-post.ts'
import { administer, mustSucceed, postAction, startAuthority } from '../setup/authority.ts'
import { type Ground, startGround } from './ground.ts'
import { type Receiver, startReceiver } from './receivers.ts'

let ground: Ground
beforeEach(async () => {
  ground = await startGround()
})
afterEach(() => ground.stop())

const deliveries = async () => mustSucceed(await ground.authority.operator.call('listDeliveries')).deliveries
const headersOf = (receiver: Receiver, at: number) => receiver.received[at]?.headers as Record<string, string>

describe('webhooks', () => {
  it('are Standard Webhooks: v1 by the library of the specification, v1a by its text', async () => {
    const { secret } = await ground.addWebhook('standard', '/events')
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const id = await ground.propose()
    await ground.run()
    const received = ground.hooks.received[0]
    const body = received?.body.toString() ?? ''
    const headers = headersOf(ground.hooks, 0)
    expect(new Webhook(secret ?? '').verify(body, headers)).toEqual({
      type: 'request.waiting',
      timestamp: expect.any(String),
      data: {
        request: id,
        agent: 'helpdesk-agent',
        executor: 'https://forum.example',
        name: 'forum.post',
        effect: 'write',
        reversible: true,
        expires_at: expect.any(Number),
        link: `${ground.authority.config.origin}/approve/${id}`,
      },
    })
    expect(() => new Webhook(secret ?? '').verify(`${body} `, headers)).toThrow()

    const { key } = mustSucceed(await ground.authority.operator.call('listWebhooks'))
    const raw = Buffer.from(key.replace(/^whpk_/, ''), 'base64').toString('base64url')
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' })
    const signature = /v1a,(\S+)/.exec(headers['webhook-signature'] ?? '')?.[1] ?? ''
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    expect(verify(null, Buffer.from(signed), publicKey, Buffer.from(signature, 'base64'))).toBe(true)
    expect(verify(null, Buffer.from(`${signed} `), publicKey, Buffer.from(signature, 'base64'))).toBe(false)
  })

  it('tell programs of every request, and people in a channel of several at once', async () => {
    await ground.addWebhook('standard', '/events')
    await ground.addWebhook('slack', '/chat')
    for (let n = 0; n < 3; n++) await ground.propose()
    await ground.run()
    ground.authority.advance(61)
    await ground.run()
    const at = (path: string) => ground.hooks.received.filter((received) => received.path === path)
    expect(at('/events')).toHaveLength(3)
    const texts = at('/chat').map(({ body }) => JSON.parse(body.toString()).text)
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^\*helpdesk-agent requests approval: 3 requests, such as forum\.post\*\n/)
  })

  it('are tried again under the same id, later each time, until they are taken', async () => {
    const { secret } = await ground.addWebhook('standard', '/events')
    ground.hooks.answer = { status: 500 }
    await ground.propose()
    await ground.run()
    await ground.run()
    expect(ground.hooks.received).toHaveLength(1)
    expect(await deliveries()).toMatchObject([{ state: 'waiting', attempts: 1, problem: 'It answered 500.' }])
    ground.authority.advance(5)
    await ground.run()
    ground.authority.advance(3)
    await ground.run()
    expect(ground.hooks.received).toHaveLength(2)
    ground.hooks.answer = { status: 204 }
    ground.authority.advance(20)
    await ground.run()
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 3, problem: null }])
    const ids = new Set(ground.hooks.received.map(({ headers }) => headers['webhook-id']))
    expect([...ids]).toEqual([(await deliveries())[0]?.id])
    expect(secret).toBeDefined()
  })

  it('wait as long as the receiver asks', async () => {
    await ground.addWebhook('standard', '/events')
    ground.hooks.answer = { status: 429, headers: { 'retry-after': '300' } }
    await ground.propose()
    await ground.run()
    const [delivery] = await deliveries()
    expect(delivery?.due_at).toBeGreaterThanOrEqual(ground.authority.now() + 299)
  })

  it('end after so many attempts, stay in the log, and can be replayed under the same id', async () => {
    await ground.addWebhook('standard', '/events')
    ground.hooks.answer = { status: 503 }
    await ground.propose()
    for (let attempt = 0; attempt < 10; attempt++) {
      await ground.run()
      ground.authority.advance(6 * 3600)
    }
    const [failed] = await deliveries()
    expect(failed).toMatchObject({ state: 'failed', attempts: 8, problem: 'It answered 503.' })
    expect(ground.hooks.received).toHaveLength(8)
    ground.hooks.answer = { status: 200 }
    mustSucceed(await ground.authority.operator.call('replayDelivery', { params: { id: failed?.id ?? '' } }))
    await ground.run()
    expect(await deliveries()).toMatchObject([{ id: failed?.id, state: 'delivered', attempts: 1 }])
    expect(headersOf(ground.hooks, 8)['webhook-id']).toBe(failed?.id)
  })

  it('follow no redirect', async () => {
    await ground.addWebhook('standard', '/events')
    ground.hooks.answer = { status: 307, headers: { location: `${ground.push.url}/elsewhere` } }
    await ground.propose()
    await ground.run()
    expect(ground.push.received).toEqual([])
    expect(await deliveries()).toMatchObject([{ state: 'failed' }])
  })

  it('are told nothing once removed, which is in the ledger as their adding is', async () => {
    const { id } = await ground.addWebhook('standard', '/events')
    mustSucceed(await ground.authority.operator.call('removeWebhook', { params: { id } }))
    await ground.propose()
    await ground.run()
    expect(ground.hooks.received).toEqual([])
    const entries = (await ground.authority.store.entriesAfter({ after: 0, limit: 500 })).map(({ body }) =>
      JSON.parse(body),
    )
    expect(entries.filter(({ kind }) => kind === 'webhook')).toMatchObject([
      { type: 'credential.added', credential: id, subject: ground.hooks.url },
      { type: 'credential.revoked', credential: id },
    ])
  })

  it('need an admin’s consent, whoever asks and whenever', async () => {
    const fresh = await startAuthority()
    const args = { url: 'https://hooks.example/', kind: 'standard', events: ['request.waiting'] }
    const action = postAction('', { name: 'countersign.webhook.add', resource: 'webhooks', arguments: args })
    const answer = await fresh.operator.call('administer', { body: { action } })
    expect(answer).toMatchObject({ ok: false, problem: { code: 'token_missing' } })
    await fresh.stop()
  })
})

describe('devices', () => {
  it('whose subscription has ended are forgotten', async () => {
    await ground.enrolDevice(ground.ben)
    ground.push.answer = { status: 410 }
    await ground.propose()
    await ground.run()
    expect(mustSucceed(await ground.ben.page.call('notifications')).devices).toEqual([])
    expect(await deliveries()).toMatchObject([{ state: 'failed', problem: 'The subscription has ended (410).' }])
  })

  it('whose key is no key are forgotten too', async () => {
    const keys = { p256dh: `BA${'A'.repeat(85)}`, auth: 'A'.repeat(22) }
    const body = { endpoint: `${ground.push.url}/odd`, keys, label: 'Odd' }
    mustSucceed(await ground.ben.page.call('addDevice', { body }))
    await ground.propose()
    await ground.run()
    expect(mustSucceed(await ground.ben.page.call('notifications')).devices).toEqual([])
    expect(ground.push.received).toEqual([])
  })

  it('that were removed are rung no more', async () => {
    const { id, messages } = await ground.enrolDevice(ground.ben)
    mustSucceed(await ground.ben.page.call('removeDevice', { params: { id } }))
    await ground.propose()
    await ground.run()
    expect(messages()).toEqual([])
  })

  it('are rung no more for what can no longer be answered', async () => {
    await ground.enrolDevice(ground.ben)
    ground.push.answer = { status: 503 }
    await ground.propose({ expiresIn: 15 })
    await ground.run()
    ground.authority.advance(6)
    await ground.run()
    expect((await deliveries()).at(-1)).toMatchObject({ state: 'failed', attempts: 2 })
  })
})

describe('mail', () => {
  async function confirmed(): Promise<void> {
    mustSucceed(await ground.ben.page.call('setMail', { body: { address: 'ben@people.example' } }))
    await ground.run()
    const secret = /#(\d+\.\S+)/.exec(ground.mailbox.mails.at(-1)?.text ?? '')?.[1] ?? ''
    mustSucceed(await ground.ben.page.call('confirmMail', { body: { secret } }))
  }

  it('that the server refuses for good is not sent again; what it refuses for now is', async () => {
    await confirmed()
    ground.mailbox.refuseWith = 550
    await ground.propose()
    await ground.run()
    const failed = (await deliveries()).filter(({ state }) => state === 'failed')
    expect(failed).toMatchObject([{ kind: 'request.waiting', problem: 'The mail server refused it (550).' }])
    ground.mailbox.refuseWith = 451
    await ground.propose({ agent: ground.otherAgent })
    await ground.run()
    expect((await deliveries()).filter(({ state }) => state === 'waiting')).toHaveLength(1)
  })

  it('whose server is dead holds up nothing else', async () => {
    await confirmed()
    const device = await ground.enrolDevice(ground.ben)
    await ground.mailbox.close()
    const stop = ground.authority.services.courier.start()
    await ground.propose()
    await expect.poll(() => device.messages().length).toBe(1)
    const unreached = async () => (await deliveries()).filter(({ channel, problem }) => channel === 'mail' && problem)
    await expect.poll(async () => (await unreached()).length).toBe(1)
    await stop()
  })
})

describe('several processes', () => {
  it('tell each thing once', async () => {
    await ground.addWebhook('standard', '/events')
    const device = await ground.enrolDevice(ground.ben)
    const databaseUrl = ground.authority.databaseUrl ?? ''
    const { origin } = ground.authority.config
    const settings = { COUNTERSIGN_PRIVATE_WEBHOOKS: 'true', COUNTERSIGN_ORIGIN: origin }
    const others = await Promise.all([1, 2].map(() => startAuthority({ databaseUrl, settings })))
    const stops = [ground.authority, ...others].map(({ services }) => services.courier.start())
    await Promise.all(Array.from({ length: 15 }, () => ground.propose()))
    await expect.poll(() => ground.hooks.received.length).toBe(15)
    await expect.poll(async () => (await deliveries()).every(({ state }) => state === 'delivered')).toBe(true)
    await Promise.all(stops.map((stop) => stop()))
    expect(new Set(ground.hooks.received.map(({ headers }) => headers['webhook-id'])).size).toBe(15)
    expect(device.messages()).toHaveLength(1)
    await Promise.all(others.map((other) => other.stop()))
  })

  it('take over what one of them held when it died', async () => {
    await ground.addWebhook('standard', '/events')
    await ground.propose()
    ground.hooks.answer = { status: 200, silent: true }
    const dying = ground.run()
    await expect.poll(() => ground.hooks.received.length).toBe(1)
    const mine = {
      rooms: CHANNEL_NAMES.map((channel) => ({ channel, most: 9 })),
      now: ground.authority.now(),
      leaseSeconds: 60,
    }
    expect(await ground.authority.store.takeDeliveries(mine)).toEqual([])
    ground.hooks.answer = { status: 200 }
    ground.authority.advance(61)
    await ground.run()
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }])
    expect(new Set(ground.hooks.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    // The first comes back too late: what the second wrote stays.
    await dying
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }])
  })
})

describe('targets that are not on the public internet', () => {
  it('cannot be registered, as webhooks or as devices', async () => {
    const strict = await startGround({ settings: { COUNTERSIGN_PRIVATE_WEBHOOKS: 'false' } })
    const args = { url: 'https://169.254.169.254/', kind: 'standard', events: ['request.waiting'] }
    const action = { name: 'countersign.webhook.add', resource: 'webhooks', arguments: args }
    await expect(administer(strict.authority, strict.ada, action)).rejects.toThrow(/not on the public internet/)
    await expect(strict.enrolDevice(strict.ben)).rejects.toThrow(/https|public internet/)
    await strict.stop()
  })

  it('are not reached by a name that leads to them', async () => {
    const receiver = await startReceiver()
    const post = createPost(false)
    const { port } = new URL(receiver.url)
    const sent = post(`https://${hostname()}:${port}/`, {}, '')
    await expect(sent).rejects.toBeInstanceOf(TargetRefused)
    await expect(post(`https://127.0.0.1:${port}/`, {}, '')).rejects.toBeInstanceOf(TargetRefused)
    expect(receiver.received).toEqual([])
    await receiver.close()
  })
})
