/** A webhook is tried before an admin is asked for it: what could never be told of anything is refused in words. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort, mustSucceed, startAuthority } from '../setup/authority.ts'
import { type Ground, startGround } from './ground.ts'

let ground: Ground
beforeAll(async () => {
  ground = await startGround()
})
afterAll(() => ground.stop())
beforeEach(() => {
  ground.hooks.answer = { status: 204 }
  ground.hooks.received.length = 0
})

const webhook = (url: string, kind = 'standard') => ({
  name: 'countersign.webhook.add',
  resource: 'webhooks',
  arguments: { url, kind, events: ['request.waiting'] },
  salt: newSalt(),
})

const propose = (url: string, kind?: string) =>
  ground.ada.page.call('openAdministration', { body: { action: webhook(url, kind) } })

async function refusalOf(url: string, kind?: string): Promise<string> {
  const answer = await propose(url, kind)
  expect(answer).toMatchObject({ ok: false, status: 400, problem: { code: 'invalid_request' } })
  return answer.ok ? '' : String(answer.problem.detail)
}

describe('a webhook', () => {
  it('that answers is asked for, after one signed test', async () => {
    mustSucceed(await propose(`${ground.hooks.url}/events`))
    expect(ground.hooks.received.map(({ path }) => path)).toEqual(['/events'])
    const [test] = ground.hooks.received
    expect(JSON.parse(test?.body.toString() ?? '')).toMatchObject({ type: 'test' })
    expect(test?.headers['webhook-signature']).toMatch(/^v1a,\S+ v1,\S+$/)
  })

  it.each([400, 401, 403])('that cannot check the signature yet may answer %i; a chat may not', async (status) => {
    ground.hooks.answer = { status }
    mustSucceed(await propose(ground.hooks.url))
    expect(await refusalOf(ground.hooks.url, 'slack')).toContain(`status ${status}`)
  })

  it.each([404, 405, 410, 500, 503])('that answers %i is refused', async (status) => {
    ground.hooks.answer = { status }
    expect(await refusalOf(ground.hooks.url)).toBe(
      `url: It answered a test with status ${status}. Check the path, and that the receiver is running.`,
    )
  })

  it('that redirects is refused, and the other place gets nothing', async () => {
    ground.hooks.answer = { status: 308, headers: { location: ground.push.url } }
    expect(await refusalOf(ground.hooks.url)).toContain('redirect (308)')
    expect(ground.push.received).toEqual([])
  })

  it('whose name does not resolve, or where nothing listens, is refused', async () => {
    expect(await refusalOf('https://no-such-host.invalid/hook')).toContain('Its host name is not known.')
    expect(await refusalOf(`http://127.0.0.1:${await freePort()}/`)).toContain('Nothing listens at this address.')
  })

  it('that speaks no TLS where the URL says so is refused', async () => {
    expect(await refusalOf(ground.hooks.url.replace('http:', 'https:'))).toMatch(
      /^url: A test could not be delivered\./,
    )
  })
})

it('is refused at a private address without a connection, unless the operator allows them', async () => {
  const strict = await startAuthority({ database: 'pglite' })
  const audience = strict.config.origin
  for (const url of [
    `${ground.hooks.url.replace('http:', 'https:')}/`,
    'http://hooks.example/',
    'https://169.254.169.254/latest',
    'https://[::1]/',
    'https://user:secret@hooks.example/',
    'https://db.internal/',
  ]) {
    const answer = await strict.operator.call('openRequest', { body: { audience, action: webhook(url) } })
    expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
    expect(answer.ok ? '' : answer.problem.detail).toMatch(/^url: (This address|The URL has to be https|A URL with)/)
  }
  expect(ground.hooks.received).toEqual([])
  await strict.stop()
})
