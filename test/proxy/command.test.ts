/** `countersign proxy` as a process, against a live authority: from its configuration to the ledger. */
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, runCommand, startCommand } from '../cli/run-command.ts'
import { approvedToken, type Cast, startCast, storyOf } from '../http/cast.ts'
import { FORUM, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
const seen: string[] = []
const upstream = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
  if (request.url !== '/slow') response.end('done')
})
let cast: Cast
let proxy: Running
let origin: string

const configFile = (more: object = {}, name = 'proxy.json') => {
  const file = join(folder, name)
  const { port } = upstream.address() as AddressInfo
  const config = {
    issuer: cast.authority.config.origin,
    audience: FORUM,
    credential: { env: 'FORUM_CREDENTIAL' },
    listen: { port: 0 },
    state_dir: join(folder, 'state'),
    upstream: { origin: `http://127.0.0.1:${port}`, headers: { authorization: { env: 'UPSTREAM' } } },
    routes: [
      { methods: ['GET'], path: '/*', open: true },
      { methods: ['POST'], path: '/*', action: 'forum.post' },
    ],
    ...more,
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  cast = await startCast()
  await cast.authority.listen()
  const written = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const challenge_key = written('key.jwk', JSON.stringify(cast.forum.challengeKey))
  const directory = await cast.authority.fetch(`${cast.authority.config.origin}/.well-known/approvers.json`)
  const approvers = written('approvers.json', await directory.text())
  const environment = { FORUM_CREDENTIAL: cast.forum.credential, UPSTREAM: 'Bearer upstream' }
  proxy = startCommand(['proxy', '--config', configFile({ challenge_key, approvers }), '--json'], environment)
  await waitFor(() => expect(proxy.stdout()).toContain('url'))
  origin = JSON.parse(proxy.stdout()).url
})
afterAll(async () => {
  proxy.signal('SIGTERM')
  const { stderr } = await proxy.ended
  expect(stderr).not.toContain('cs_')
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
  await cast.authority.stop()
})

async function approved(path: string) {
  const args = { method: 'POST', path }
  const { token, request } = await approvedToken(cast.agent, cast.ben, { resource: path, arguments: args })
  const call = () => fetch(origin + path, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  return { call, request }
}

describe('the proxy as a command', () => {
  it('lets a call through that a person consented to, once, and the ledger knows', async () => {
    const { call, request } = await approved('/posts')
    expect(await (await call()).text()).toBe('done')
    expect((await call()).status).toBe(409)
    expect(seen).toEqual(['POST /posts Bearer upstream'])
    await expect
      .poll(() => storyOf(cast.authority, request.trace))
      .toEqual(expect.arrayContaining(['token.redeemed', 'outcome.reported']))
  })

  it('answers a call without a token with a challenge that the authority takes', async () => {
    const refused = await fetch(`${origin}/posts`, { method: 'POST', headers: { 'accept-txn-challenge': '?1' } })
    const [, challenge = ''] =
      /transaction_challenge="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    const relayed = cast.agent.relayChallenge(challenge, {
      onOpened: ({ transaction_authorization_id: id }) => void cast.ben.consent(id),
    })
    const { access_token: token } = mustSucceed(await relayed)
    const answer = await fetch(`${origin}/posts`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
  })

  it('ends a call under way when it is stopped', async () => {
    const { call, request } = await approved('/slow')
    const running = call()
    await expect.poll(() => seen).toContain('POST /slow Bearer upstream')
    const body = { selector: { request: request.id }, reason: 'A test' }
    mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body: body as never }))
    const answer = await running
    expect([answer.status, (await answer.json()).code]).toEqual([403, 'killed'])
  })

  it.each([
    [
      'an action that the catalogue lacks',
      'forum.unheard',
      undefined,
      'the catalogue of this executor has no forum.unheard',
    ],
    ['a credential that is none', 'forum.post', 'cs_executor_none', 'cannot be read, and no call passes'],
  ])('warns of %s, and goes on', async (_, action, credential, words) => {
    const routes = [{ methods: ['POST'], path: '/*', action }]
    const environment = { FORUM_CREDENTIAL: credential ?? cast.forum.credential, UPSTREAM: 'Bearer upstream' }
    const started = startCommand(['proxy', '--config', configFile({ routes }, 'warned.json')], environment)
    await waitFor(() => expect(started.stderr()).toContain(words))
    started.signal('SIGTERM')
    expect((await started.ended).stdout).toContain('listens at')
  })

  it('says what is wrong with a configuration, and starts with none of it', async () => {
    const open = { methods: ['POST'], path: '/*', open: true }
    const both = { methods: ['GET'], path: '/*', open: true, action: 'x' }
    const framing = { methods: ['POST'], path: '/*', action: 'x', headers: ['content-length'] }
    for (const more of [{ routes: [open] }, { routes: [both] }, { routes: [framing] }, { rotes: [] }, { routes: [] }]) {
      const ended = await runCommand(['proxy', '--config', configFile(more, 'wrong.json')], { FORUM_CREDENTIAL: 'x' })
      expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('wrong.json') })
    }
    const unset = await runCommand(['proxy', '--config', configFile({}, 'right.json')], {})
    expect(unset).toMatchObject({ code: 2, stderr: expect.stringContaining('FORUM_CREDENTIAL is not set') })
    const missing = await runCommand(['proxy', '--config', join(folder, 'none.json')], {})
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read') })
  })
})
