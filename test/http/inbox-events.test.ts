/** The inbox as it changes: heard at once, by those it concerns, and no longer than their session. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { type Cast, propose, publishRules, startCast } from './cast.ts'
import { cookieFor } from './refusals.ts'

let cast: Cast
let cookie: string
beforeAll(async () => {
  cast = await startCast()
  cookie = await cookieFor(cast, cast.ben)
})
afterAll(() => cast.authority.stop())

interface Heard {
  readonly version: string
  readonly waiting: number
}

/** Listens, and resolves to the next piece of news each time it is asked. */
async function listen() {
  const { authority } = cast
  const response = await authority.fetch(`${authority.config.origin}/inbox/events`, { headers: { cookie } })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) throw new Error('The stream has a body')
  let text = ''
  const next = async (): Promise<Heard> => {
    for (;;) {
      const found = /event: inbox\ndata: (.*)\n\n/.exec(text)
      if (found) {
        text = text.slice(found.index + found[0].length)
        return JSON.parse(found[1] ?? '')
      }
      text += (await reader.read()).value ?? expect.fail('the stream ended')
    }
  }
  return { next, close: () => reader.cancel() }
}

const versionNow = async () => mustSucceed(await cast.ben.page.call('inbox')).version

it('says at once how the inbox stands, then each change of it', async () => {
  const { next, close } = await listen()
  expect(await next()).toEqual({ version: await versionNow(), waiting: 0 })
  const { id } = await propose(cast.agent)
  expect(await next()).toEqual({ version: await versionNow(), waiting: 1 })
  mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))
  expect(await next()).toEqual({ version: await versionNow(), waiting: 0 })
  await close()
})

it('changes where a kill switch takes a request from what can be consented to', async () => {
  const { id } = await propose(cast.agent)
  const { next, close } = await listen()
  const before = await next()
  const selector = { request: id }
  mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'Test' } }))
  const after = await next()
  expect(after.waiting).toBe(before.waiting)
  expect(after.version).not.toBe(before.version)
  await close()
})

it('changes with the policy in force, which may refuse what waits or ask other people', async () => {
  await propose(cast.agent)
  const { next, close } = await listen()
  const before = await next()
  await publishRules(cast, 'forbid (principal, action, resource is Resource);')
  const after = await next()
  expect(after.waiting).toBe(before.waiting)
  expect(after.version).not.toBe(before.version)
  expect(after.version).toBe(await versionNow())
  await close()
})

it('is not for programs, nor for who is not signed in', async () => {
  const { authority, agentSecret } = cast
  const url = `${authority.config.origin}/inbox/events`
  expect((await authority.fetch(url)).status).toBe(401)
  expect((await authority.fetch(url, { headers: { authorization: `Bearer ${agentSecret}` } })).status).toBe(403)
})
