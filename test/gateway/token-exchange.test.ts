/** Calls of a server that takes exchanged tokens alone: one for each, narrow, seen by nobody else. RFC 8693. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/gateway/config/gateway-config.ts'
import { read } from '../docs/documents.ts'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, type Ground, nextRequest, openSession, startGround } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'
import {
  ACTOR,
  asTheRfcSays,
  CLIENT_SECRET,
  json,
  REST,
  SUBJECT,
  startTokenWorld,
  type TokenWorld,
} from './token-world.ts'

const PRINTED = (words: string) => ({ command: ['echo', words] })
const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

let world: TokenWorld
let ground: Ground
let raw: RawClient

const upstream = ({ url, tokenEndpoint }: TokenWorld) => ({
  url,
  token_exchange: {
    token_endpoint: tokenEndpoint,
    client_id: 'gateway',
    client_secret: PRINTED(CLIENT_SECRET),
    subject_token: PRINTED(SUBJECT),
    actor_token: PRINTED(ACTOR),
    actor_token_type: tokenType('jwt'),
    audience: 'tickets',
    resource: 'https://tickets.example/mcp',
    scope: REST,
  },
  tools: {
    list: { effect: 'read', scope: 'tickets:list' },
    close: { effect: 'write', scope: 'tickets:read tickets:write' },
  },
})

beforeAll(async () => {
  world = await startTokenWorld()
  ground = await startGround({ tickets: upstream(world) }, { hold_seconds: 20 })
  await approveTools(ground)
})
afterAll(async () => {
  await ground.stop()
  world.stop()
})
beforeEach(async () => {
  world.answer = asTheRfcSays
  world.answerRest = asTheRfcSays
  raw = await connectRaw(openSession(ground))
  raw.send({ id: 'tools', method: 'tools/list', params: {} })
  await raw.answers('tools')
})

const exchangesForCalls = () => world.exchanges.filter(({ form }) => form['scope'] !== REST)
const toolCalls = () => world.served.filter(({ method }) => method === 'tools/call')
const entries = async () =>
  (await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 })).map(({ body }) => body)
const redeemed = async () => (await entries()).filter((body) => body.includes('"type":"token.redeemed"')).length
const resultOf = async (id: number) => (await raw.answers(id))[0]?.result

describe('a call', () => {
  it('has a token of its own, asked for as the RFC says, with the scope of its tool', async () => {
    raw.call(1, 'list')
    expect(await resultOf(1)).toMatchObject({ content: [{ text: 'list done' }] })
    expect(exchangesForCalls().at(-1)?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: tokenType('access_token'),
      subject_token: SUBJECT,
      subject_token_type: tokenType('access_token'),
      actor_token: ACTOR,
      actor_token_type: tokenType('jwt'),
      audience: 'tickets',
      resource: 'https://tickets.example/mcp',
      scope: 'tickets:list',
    })
    raw.call(2, 'close', { ticket: 1 })
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    expect(await resultOf(2)).toMatchObject({ content: [{ text: 'close done' }] })
    expect(exchangesForCalls().at(-1)?.form['scope']).toBe('tickets:read tickets:write')
    const tokens = world.served.map(({ token }) => token)
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  it('that waits for people has its token once they have consented, and not before', async () => {
    const forWrites = () => world.exchanges.filter(({ form }) => form['scope'] === 'tickets:read tickets:write').length
    const before = forWrites()
    raw.call(1, 'close', { ticket: 2 })
    const { id } = await nextRequest(ground)
    expect(forWrites()).toBe(before)
    mustSucceed(await ground.ben.consent(id))
    await raw.answers(1)
    expect(forWrites()).toBe(before + 1)
  })

  it('for which no token is given spends no approval: the same call later is the same request, and runs once', async () => {
    const [calls, spent] = [toolCalls().length, await redeemed()]
    world.answer = (response) => json(response, { error: 'temporarily_unavailable' }, 503)
    raw.call(1, 'close', { ticket: 3 })
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.ben.consent(id))
    expect(await resultOf(1)).toMatchObject({
      isError: true,
      structuredContent: { status: 'unauthenticated', executed: false, request: id },
      _meta: { 'io.modelcontextprotocol/authorization': { reason: 'insufficient_authorization' } },
    })
    expect([toolCalls().length, await redeemed()]).toEqual([calls, spent])
    world.answer = asTheRfcSays
    raw.call(2, 'close', { ticket: 3 })
    expect(await resultOf(2)).toMatchObject({ content: [{ text: 'close done' }] })
    expect([toolCalls().length, await redeemed()]).toEqual([calls + 1, spent + 1])
  })
})

type Issued = Readonly<Record<string, unknown>>
const but = (changed: object) => (response: Parameters<typeof json>[0], issued: Issued) =>
  json(response, { ...issued, ...changed })

/** The answer that nobody has given yet. */
const whenAsked = (ask: (asked: TokenWorld['answer']) => void) => new Promise<ServerResponse>(ask)

describe('an authorization server', () => {
  it.each<[string, TokenWorld['answer'], RegExp]>([
    ['that refuses', (response) => json(response, { error: 'invalid_target' }, 400), /\(invalid_target\)/],
    [
      'that repeats the token in its words',
      (response) => json(response, { error: SUBJECT, error_description: SUBJECT }, 400),
      /\(it refused\)/,
    ],
    ['that says no type of its token', but({ issued_token_type: undefined }), /no bearer access token/],
    ['that gives a refresh token', but({ issued_token_type: tokenType('refresh_token') }), /no bearer access token/],
    ['that gives a token to be bound', but({ token_type: 'DPoP' }), /no bearer access token/],
    ['that gives a token for no use', but({ token_type: 'N_A' }), /no token response/],
    ['that says no end of its token', but({ expires_in: undefined }), /ends within an hour/],
    ['whose token has a day', but({ expires_in: 86_400 }), /ends within an hour/],
    ['whose token has ended', but({ expires_in: -1 }), /no token response|ends within/],
    ['that gives more than was asked for', but({ scope: 'tickets:list admin' }), /wider scope/],
    ['whose token would end the header', but({ access_token: 'exchanged\r\nx-role: admin' }), /malformed/],
    ['whose token is a list', but({ access_token: ['exchanged'] }), /no token response/],
    [
      'that babbles',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hi'),
      /no token resp/,
    ],
    ['that says nothing', (response) => response.writeHead(200).end(), /no token response/],
    ['that redirects', (response) => response.writeHead(307, { location: world.url }).end(), /no token response/],
    ['that hangs up', (response) => response.destroy(), /no answer/],
    [
      'that floods',
      (response) => json(response, { access_token: 'x'.repeat(70_000) }),
      /no answer of a token response’s size/,
    ],
  ])('%s: the call is refused, and not made', async (_, answer, words) => {
    const before = toolCalls().length
    world.answer = answer
    raw.call(1, 'list')
    expect(await resultOf(1)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(words) }],
      structuredContent: { status: 'unauthenticated', executed: false },
    })
    expect(toolCalls()).toHaveLength(before)
  })

  it('that is slow is not waited for beyond ten seconds', async () => {
    const late = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => late.signal)
    await whenAsked((asked) => {
      world.answer = asked
      raw.call(1, 'list')
    })
    expect(timeout).toHaveBeenCalledWith(10_000)
    late.abort()
    timeout.mockRestore()
    expect(await resultOf(1)).toMatchObject({ structuredContent: { status: 'unauthenticated' } })
  })

  it('is left when the client cancels', async () => {
    const response = await whenAsked((asked) => {
      world.answer = asked
      raw.call(1, 'list')
    })
    raw.send({ method: 'notifications/cancelled', params: { requestId: 1 } })
    await once(response, 'close')
  })

  it('that refuses during another message is an error of the protocol', async () => {
    world.answerRest = (response) => json(response, { error: 'invalid_scope' }, 400)
    raw.send({ id: 1, method: 'resources/list', params: {} })
    expect((await raw.answers(1))[0]?.error).toMatchObject({
      code: -32603,
      message: expect.stringContaining('not called: no token could be exchanged for it (invalid_scope)'),
    })
  })
})

it('tokens reach no client, no line of the log and no entry of the ledger', async () => {
  await waitFor(async () => expect(ground.lines.join('\n')).toContain('invalid_target'))
  const seen = JSON.stringify([raw.received, ground.lines, await entries()])
  for (const secret of [SUBJECT, ACTOR, CLIENT_SECRET, 'exchanged-']) expect(seen).not.toContain(secret)
})

describe('a configuration', () => {
  const readsWith = (changed: object, more: object = {}) => {
    const { token_exchange, ...rest } = upstream(world)
    const tickets = { ...rest, token_exchange: { ...token_exchange, ...changed }, ...more }
    const { issuer, audience, credential, challenge_key, agents } = ground.config
    return readConfig(JSON.stringify({ issuer, audience, credential, challenge_key, agents, upstreams: { tickets } }))
  }

  it.each<[string, object, object?]>([
    ['a token endpoint in the clear', { token_endpoint: 'http://login.example/token' }],
    ['a token that is written out', { subject_token: SUBJECT }],
    ['neither audience nor resource', { audience: undefined, resource: undefined }],
    ['a resource that is no URI', { resource: 'tickets' }],
    ['a scope with a quote', { scope: 'tickets:"all"' }],
    ['a member that is not known', { scopes: 'tickets:read' }],
    ['a server in the clear', {}, { url: 'http://tickets.example/mcp' }],
    ['a credential beside the exchange', {}, { headers: { Authorization: 'Bearer x' } }],
    ['the scope of a tool without an exchange', {}, { token_exchange: undefined }],
  ])('with %s is refused', (_, changed, more) => {
    expect(() => readsWith(changed, more)).toThrow(/upstreams/)
  })

  it('is the one of the guide', () => {
    const sample = read('src/docs/mcp.md').blocks.find(({ text }) => text.includes('token_exchange'))
    const { tickets } = JSON.parse(sample?.text ?? '').upstreams
    const { token_exchange: exchange, url, tools } = tickets
    expect(readsWith(exchange, { url, tools }).upstreams).toMatchObject({
      tickets: { token_exchange: { ...exchange, token_endpoint_auth_method: 'client_secret_basic' } },
    })
  })

  it('for a public client sends its id in the body', async () => {
    const { createTokenExchange } = await import('../../src/gateway/credential/token-exchange.ts')
    const { tickets } = readsWith({}).upstreams
    if (!tickets || !('url' in tickets) || !tickets.token_exchange) throw new Error('No exchange')
    const exchange = createTokenExchange(tickets.token_exchange, undefined, {})
    await expect(exchange(undefined, new AbortController().signal)).rejects.toThrow(/invalid_client/)
    const own = world.exchanges.filter(({ authorization }) => authorization === undefined)
    expect(own).toMatchObject([{ form: { client_id: 'gateway' } }])
  })
})
