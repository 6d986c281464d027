/** The doors: how a token comes in over HTTP, and how a refusal goes out. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request as nodeRequest } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ChallengeKey, JsonValue, Verifier } from '@countersign/verifier'
import { approved as approvedExpress } from '@countersign/verifier/express'
import { approved as approvedFastify, keepBodies } from '@countersign/verifier/fastify'
import { approved as approvedFetch } from '@countersign/verifier/fetch'
import { approved as approvedHono } from '@countersign/verifier/hono'
import { build } from 'esbuild'
import fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import { afterAll, describe, expect, test } from 'vitest'
import { ACTION, createWorld, newSigningKey } from './world.ts'

/**
 * Express, bundled: the test runner hands its `import` condition to all of Node, and CommonJS packages with two builds
 * then load the wrong one.
 */
async function loadExpress(): Promise<typeof import('express')> {
  const outfile = fileURLToPath(new URL('../../node_modules/.cache/countersign-express.cjs', import.meta.url))
  await build({ entryPoints: ['express'], bundle: true, platform: 'node', format: 'cjs', outfile, logLevel: 'error' })
  return createRequire(import.meta.url)(outfile)
}

const express = await loadExpress()
const executorKey = await newSigningKey()
const challengeKey = { ...executorKey.privateJwk, kid: executorKey.kid, alg: executorKey.alg } as ChallengeKey
const world = await createWorld()
const verifier = world.verifier({ challengeKey })

type Reply = { thread: string; text: string }
type Sent = { status: number; headers: Headers; body: JsonValue }
type Send = (headers: [string, string][], body: string) => Promise<Sent>

const definition = {
  resource: (args: Reply) => `forum:eng/threads/${args.thread}`,
  run: (args: Reply) => ({ posted: args.text }),
}
const readText = (body: JsonValue | undefined) => {
  if (typeof body !== 'object' || body === null || !('text' in body)) throw new TypeError('text is missing')
  return String(body.text)
}
const mint = () => world.mint({ action: { ...ACTION, arguments: { thread: '42', text: 'hi' } } })

const servers: ReturnType<typeof createServer>[] = []
afterAll(() => servers.forEach((server) => void server.close()))

async function sendNode(port: number, headers: [string, string][], body: string): Promise<Sent> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const flat = [['host', `localhost:${port}`], ...headers].flat()
    const sent = nodeRequest({ port, path: '/threads/42', method: 'POST', headers: flat as never }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const kept = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as [string, string])
  return { status: response.statusCode ?? 0, headers: new Headers(kept), body: text ? JSON.parse(text) : null }
}

async function sendFetch(
  handler: (request: Request) => Response | Promise<Response>,
  headers: [string, string][],
  body: string,
): Promise<Sent> {
  const response = await handler(new Request('https://forum.example/threads/42', { method: 'POST', headers, body }))
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null }
}

function serveFetch(by: Verifier): Send {
  const handler = approvedFetch(by, 'forum.post', {
    ...definition,
    args: (request, body) => ({ thread: new URL(request.url).pathname.split('/')[2] ?? '', text: readText(body) }),
  })
  return (headers, body) => sendFetch(handler, headers, body)
}

function serveHono(by: Verifier): Send {
  const app = new Hono()
  app.post(
    '/threads/:thread',
    approvedHono(by, 'forum.post', {
      ...definition,
      args: (context, body) => ({ thread: context.req.param('thread') ?? '', text: readText(body) }),
    }),
  )
  return (headers, body) => sendFetch((request) => app.fetch(request), headers, body)
}

async function serveExpress(by: Verifier): Promise<Send> {
  const app = express()
  app.post(
    '/threads/:thread',
    approvedExpress(by, 'forum.post', {
      ...definition,
      args: (request, body) => ({ thread: String(request.params['thread']), text: readText(body) }),
    }),
  )
  const server = createServer(app)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  return (headers, body) => sendNode(port, headers, body)
}

const fastifies: FastifyInstance[] = []
afterAll(() => Promise.all(fastifies.map((app) => app.close())))

async function serveFastify(by: Verifier): Promise<Send> {
  const app = fastify()
  fastifies.push(app)
  await app.register(async (scope) => {
    keepBodies(scope)
    scope.post(
      '/threads/:thread',
      approvedFastify(by, 'forum.post', {
        ...definition,
        args: (request: { params: unknown }, body) => ({
          ...(request.params as { thread: string }),
          text: readText(body),
        }),
      }),
    )
  })
  await app.listen({ port: 0 })
  const { port } = app.server.address() as AddressInfo
  return (headers, body) => sendNode(port, headers, body)
}

const doors: [string, () => Send | Promise<Send>][] = [
  ['fetch', () => serveFetch(verifier)],
  ['Hono', () => serveHono(verifier)],
  ['Express', () => serveExpress(verifier)],
  ['Fastify', () => serveFastify(verifier)],
]

describe.each(doors)('%s', (_name, open) => {
  test('runs an approved call, whichever header carries the token', async () => {
    const send = await open()
    for (const [name, prefix] of [
      ['authorization', 'Bearer '],
      ['Authorization', 'bearer '],
      ['approval-token', ''],
    ] as const) {
      const answer = await send([[name, prefix + (await mint())]], '{"text":"hi"}')
      expect(answer).toMatchObject({ status: 200, body: { posted: 'hi' } })
    }
    const beside = await send(
      [
        ['authorization', 'Basic eDp5'],
        ['approval-token', await mint()],
      ],
      '{"text":"hi"}',
    )
    expect(beside.status).toBe(200)
  })

  test('answers a call without a token with a problem, and a challenge for those who can relay it', async () => {
    const send = await open()
    const plain = await send([], '{"text":"hi"}')
    expect(plain).toMatchObject({ status: 401, body: { code: 'token_missing', status: 401 } })
    expect(plain.headers.get('content-type')).toContain('application/problem+json')
    expect(plain.headers.get('www-authenticate')).toBe('Bearer')
    const challenged = await send([['accept-txn-challenge', '?1']], '{"text":"hi"}')
    expect(challenged.headers.get('www-authenticate')).toContain('transaction_challenge="ey')
  })

  test('refuses a token for other arguments', async () => {
    const send = await open()
    const answer = await send([['approval-token', await mint()]], '{"text":"ho"}')
    expect(answer).toMatchObject({ status: 403, body: { code: 'action_mismatch' } })
  })

  test('refuses doubled headers', async () => {
    const send = await open()
    const [first, second] = [await mint(), await mint()]
    for (const headers of [
      [
        ['authorization', `Bearer ${first}`],
        ['authorization', `Bearer ${second}`],
      ],
      [
        ['approval-token', first],
        ['approval-token', second],
      ],
    ] as [string, string][][]) {
      expect(await send(headers, '{"text":"hi"}')).toMatchObject({ status: 401, body: { code: 'token_malformed' } })
    }
    const proofs = await send(
      [
        ['authorization', `DPoP ${first}`],
        ['dpop', 'a.b.c'],
        ['dpop', 'd.e.f'],
      ],
      '{"text":"hi"}',
    )
    expect(proofs).toMatchObject({ status: 401, body: { code: 'proof_of_possession' } })
  })

  test('refuses a body that is not strict JSON, or too long', async () => {
    const send = await open()
    const token: [string, string][] = [['approval-token', await mint()]]
    expect(await send(token, '{"text":"hi","text":"hi"}')).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
    expect(await send(token, `{"text":"${'x'.repeat(262_144)}"}`)).toMatchObject({ status: 413 })
    expect(await send(token, '{"text":"hi"}')).toMatchObject({ status: 200 })
  })
})

test('a client that sends on reads that its body is too long, and its connection goes on', async () => {
  const app = express()
  app.post('/', approvedExpress(verifier, 'forum.post', definition))
  const server = createServer(app).listen(0)
  servers.push(server)
  const client = connect((server.address() as AddressInfo).port)
  let answers = ''
  client.setEncoding('latin1').on('data', (text) => (answers += text))
  const head = 'POST / HTTP/1.1\r\nhost: x\r\n'
  client.write(`${head}content-length: 8000000\r\n\r\n${'x'.repeat(8_000_000)}`)
  client.write(`${head}connection: close\r\ncontent-length: 2\r\n\r\n{}`)
  await once(client, 'close')
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 401'])
})

test('errors of the action itself are the executor’s own', async () => {
  const failing = {
    ...definition,
    run: () => {
      throw new RangeError('disk full')
    },
  }
  const handler = approvedFetch(verifier, 'forum.post', failing)
  const request = new Request('https://forum.example/x', {
    method: 'POST',
    headers: { 'approval-token': await mint() },
    body: '{"thread":"42","text":"hi"}',
  })
  await expect(handler(request)).rejects.toThrow('disk full')
})

test('Express: a body that another parser read is not taken', async () => {
  const app = express()
  const seen: unknown[] = []
  app.use(express.json())
  app.post('/threads/:thread', approvedExpress(verifier, 'forum.post', definition))
  app.use(((error, _request, response, _next) => {
    seen.push(error)
    response.status(500).json({})
  }) as import('express').ErrorRequestHandler)
  const server = createServer(app)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['content-length', '2'],
    ['approval-token', await mint()],
  ]
  expect((await sendNode(port, headers, '{}')).status).toBe(500)
  expect(seen).toEqual([new TypeError('approved() reads the body itself: mount it before any body parser')])
})

test('a definition may shape its answer', async () => {
  const handler = approvedFetch(verifier, 'forum.post', {
    ...definition,
    respond: (value) => new Response(value.posted, { status: 201 }),
  })
  const headers = { 'approval-token': await mint() }
  const response = await handler(
    new Request('https://forum.example/x', { method: 'POST', headers, body: '{"thread":"42","text":"hi"}' }),
  )
  expect([response.status, await response.text()]).toEqual([201, 'hi'])
})

test('where Authorization is taken, the caller’s own credential is no approval token', async () => {
  const handler = approvedFetch(verifier, 'forum.post', { ...definition, authorizationIsTaken: true })
  const send = async (headers: Record<string, string>) => {
    const body = '{"thread":"42","text":"hi"}'
    const response = await handler(new Request('https://forum.example/x', { method: 'POST', headers, body }))
    return [response.status, response.headers.get('www-authenticate')?.includes('transaction_challenge')]
  }
  const own = { authorization: 'Bearer own-credential', 'accept-txn-challenge': '?1' }
  expect(await send(own)).toEqual([401, true])
  expect(await send({ ...own, 'approval-token': await mint() })).toEqual([200, undefined])
})

test('a request whose body somebody read is the executor’s mistake, not the caller’s', async () => {
  const handler = approvedFetch(verifier, 'forum.post', definition)
  const request = new Request('https://forum.example/x', { method: 'POST', body: '{"thread":"42","text":"hi"}' })
  await request.text()
  await expect(handler(request)).rejects.toThrow(TypeError)
})
