/** Who is told what, over which channel, and when no longer: real receivers, a clock that is moved. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asDatabaseOwner } from '../http/database.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { type Ground, startGround } from './ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await startGround()
})
afterEach(() => ground.stop())

describe('a request that waits', () => {
  it('reaches the devices of those who may answer, sealed, with a request id and generic words', async () => {
    const [ben, max] = [await ground.enrolDevice(ground.ben), await ground.enrolDevice(ground.max)]
    const id = await ground.propose()
    await ground.run()
    expect(ben.messages()).toEqual([
      { title: 'A request is waiting for you', body: 'Open for details.', path: `/approve/${id}`, tag: id },
    ])
    expect(max.messages()).toEqual([])
    const [{ headers }] = ground.push.received as [(typeof ground.push.received)[number]]
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high', topic: id })
    expect(Number(headers.ttl)).toBeLessThanOrEqual(900)
    expect(headers.authorization).toMatch(/^vapid t=eyJ[^,]+, k=B/)
  })

  it('reaches nobody who could not answer it', async () => {
    const body = { id: 'own-agent', run_by: ground.ben.id, principals: ['dana'], executors: ['https://forum.example'] }
    const { credential } = await addOwn(body)
    const device = await ground.enrolDevice(ground.ben)
    await ground.propose({ agent: ground.authority.client(credential) })
    await ground.run()
    expect(device.messages()).toEqual([])
  })

  it.each([
    `catalogue_entry = '{"name":"x","effect":"read","reversible":"maybe"}'`,
    `terms = '7', act = '"\\u0000"'`,
    `name = 'harmless.read'`,
  ])('is not told where SQL changed it (%s), and the others are', async (change) => {
    const device = await ground.enrolDevice(ground.ben)
    await ground.addWebhook('standard', '/events')
    const altered = await ground.propose()
    const honest = await ground.propose({ name: 'forum.delete' })
    await asDatabaseOwner(ground.authority, (sql) =>
      sql.unsafe(`UPDATE requests SET ${change} WHERE id = '${altered}'`),
    )
    await ground.run()
    expect(device.messages().map(({ tag }) => tag)).toEqual([honest])
    expect(ground.hooks.received.map(({ body }) => JSON.parse(body.toString()).data.request)).toEqual([honest])
  })

  it('is not told once it was answered', async () => {
    const device = await ground.enrolDevice(ground.ben)
    const id = await ground.propose()
    mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))
    await ground.run()
    expect(device.messages()).toEqual([])
  })

  it('costs an allowed one nothing: no row, no message', async () => {
    const device = await ground.enrolDevice(ground.ben)
    const outbox = () => asDatabaseOwner(ground.authority, async (sql) => sql`SELECT * FROM notices`)
    const before = await outbox()
    await ground.propose({ name: 'forum.read' })
    expect(await outbox()).toEqual(before)
    await ground.run()
    expect(device.messages()).toEqual([])
  })

  it('comes by mail to a confirmed address: who, what, how risky, a link; no argument, no reason', async () => {
    const address = 'ben@people.example'
    mustSucceed(await ground.ben.page.call('setMail', { body: { address } }))
    await ground.propose()
    await ground.run()
    const [confirmation, ...others] = ground.mailbox.mails
    expect(others).toEqual([])
    const secret = /\/notifications#(\S+)/.exec(confirmation?.text ?? '')?.[1] ?? ''
    const refused = await ground.ada.page.call('confirmMail', { body: { secret } })
    expect(refused).toMatchObject({ ok: false, status: 404 })
    mustSucceed(await ground.ben.page.call('confirmMail', { body: { secret } }))

    const id = await ground.propose({ name: 'forum.delete' })
    await ground.run()
    const mail = ground.mailbox.mails[1]
    expect(mail?.to).toBe(address)
    expect(mail?.text).toContain('Subject: helpdesk-agent requests approval: forum.delete')
    expect(mail?.text).toContain('Destroys data. Cannot be undone.')
    expect(mail?.text).toContain(`${ground.authority.config.origin}/approve/${id}`)
    expect(mail?.text).not.toMatch(/Secret words|Why so|threads\/42/)
  })

  it('is folded with others like it, and what is sent says how many', async () => {
    const device = await ground.enrolDevice(ground.ben)
    await ground.propose()
    await ground.run()
    for (let n = 0; n < 4; n++) await ground.propose()
    const answered = await ground.propose()
    await ground.run()
    expect(device.messages()).toHaveLength(1)
    mustSucceed(await ground.ada.page.call('deny', { params: { id: answered }, body: {} }))
    ground.authority.advance(61)
    await ground.run()
    expect(device.messages().slice(1)).toMatchObject([{ title: '4 requests are waiting for you', path: '/' }])
  })

  it('rings nobody more often than the limit, by one agent; another agent still may', async () => {
    const device = await ground.enrolDevice(ground.ben)
    for (let minute = 0; minute < 40; minute++) {
      const name = minute % 2 ? 'forum.post' : 'forum.delete'
      mustSucceed(await ground.ada.page.call('deny', { params: { id: await ground.propose({ name }) }, body: {} }))
      await ground.propose({ name, expiresIn: 60 })
      await ground.run()
      ground.authority.advance(70)
    }
    expect(device.messages()).toHaveLength(6)
    await ground.propose({ agent: ground.otherAgent })
    await ground.run()
    expect(device.messages().at(-1)).toMatchObject({ title: 'A request is waiting for you' })
  })

  it('waits for the end of quiet hours, unless it is too late by then', async () => {
    const device = await ground.enrolDevice(ground.ben)
    const minute = Math.floor((ground.authority.now() % 86_400) / 60)
    const quiet = { from: (minute + 1439) % 1440, to: (minute + 10) % 1440, zone: 'UTC' }
    mustSucceed(await ground.ben.page.call('saveNotifications', { body: { push: true, mail: true, quiet } }))
    await ground.propose()
    await ground.propose({ expiresIn: 60 })
    await ground.run()
    expect(device.messages()).toEqual([])
    ground.authority.advance(11 * 60)
    await ground.run()
    expect(device.messages()).toMatchObject([{ title: 'A request is waiting for you' }])
  })

  it('does not ring a channel that was switched off', async () => {
    const device = await ground.enrolDevice(ground.ben)
    mustSucceed(await ground.ben.page.call('saveNotifications', { body: { push: false, mail: false, quiet: null } }))
    await ground.propose()
    await ground.run()
    expect(device.messages()).toEqual([])
  })
})

describe('nobody answers', () => {
  it('so the admins are told after a while, and those who were told, that it expired', async () => {
    const [ben, max] = [await ground.enrolDevice(ground.ben), await ground.enrolDevice(ground.max)]
    const id = await ground.propose({ expiresIn: 300 })
    await ground.run()
    ground.authority.advance(60)
    await ground.run()
    expect(max.messages()).toEqual([])
    ground.authority.advance(60)
    await ground.run()
    expect(max.messages()).toMatchObject([{ title: 'A request is still unanswered', tag: id }])
    expect(ben.messages()).toHaveLength(1)
    ground.authority.advance(200)
    await ground.authority.services.sweep()
    await ground.run()
    const told = { title: 'A request expired unanswered', tag: id }
    expect(ben.messages().slice(1)).toMatchObject([told])
    expect(max.messages().slice(1)).toMatchObject([told])
  })

  it('and is not escalated once somebody has', async () => {
    const max = await ground.enrolDevice(ground.max)
    mustSucceed(await ground.ben.consent(await ground.propose()))
    ground.authority.advance(130)
    await ground.run()
    expect(max.messages()).toEqual([])
  })
})

describe('a kill switch', () => {
  it('wakes the admins, quiet hours or not', async () => {
    const [ben, max] = [await ground.enrolDevice(ground.ben), await ground.enrolDevice(ground.max)]
    const quiet = { from: 0, to: 1439, zone: 'UTC' }
    mustSucceed(await ground.max.page.call('saveNotifications', { body: { push: true, mail: false, quiet } }))
    const body = { selector: {}, reason: 'Something is wrong' }
    mustSucceed(await ground.ben.page.call('engageKillSwitch', { body }))
    await ground.run()
    expect(max.messages()).toMatchObject([{ title: 'A kill switch was engaged', path: '/kill' }])
    expect(ben.messages()).toEqual([])
  })
})

async function addOwn(args: Record<string, unknown>): Promise<{ credential: string }> {
  const action = { name: 'countersign.agent.add', resource: `agent:${args['id']}`, arguments: args as never }
  const { credential } = await administer(ground.authority, ground.ada, action)
  return { credential: credential ?? '' }
}
