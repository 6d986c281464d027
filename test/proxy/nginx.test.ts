/** The recipe for nginx with njs, run by Debian's nginx against a live authority; and why auth_request alone is none. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProxy } from '../../src/proxy/proxy-server.ts'
import type { CallArguments } from '../../src/proxy/sealed-call.ts'
import { approvedToken, type Cast, startCast, storyOf } from '../http/cast.ts'
import { freePort } from '../setup/authority.ts'
import { hasNjs, startRecipe } from '../setup/nginx-njs.ts'

if (!hasNjs) console.warn('Not tested: nginx with njs. Install libnginx-mod-http-js.')

describe.skipIf(!hasNjs)('nginx with njs', () => {
  const seen: { line: string; headers: readonly string[]; body: string }[] = []
  const upstream = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    seen.push({
      line: `${request.method} ${request.url}`,
      headers: request.rawHeaders,
      body: Buffer.concat(chunks).toString(),
    })
    response.writeHead(request.url === '/posts?fail' ? 500 : 200, { 'content-type': 'text/plain' }).end('done')
  })
  let cast: Cast
  let nginx: Awaited<ReturnType<typeof startRecipe>>
  let proxy: ReturnType<typeof createProxy>
  let [origin, withAuthRequest] = ['', '']

  beforeAll(async () => {
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    cast = await startCast()
    await cast.authority.listen()
    const { audience, credential } = cast.forum
    const issuer = cast.authority.config.origin
    const { port: upstreamPort } = upstream.address() as AddressInfo
    const target = { origin: `http://127.0.0.1:${upstreamPort}`, headers: {}, timeoutMs: 10_000 }
    const routes = [{ methods: ['GET', 'POST'], path: '/*', action: 'forum.post', headers: [] }]
    const verifier = createVerifier({ issuer, audience, credential })
    proxy = createProxy({ verifier, upstream: target, routes, onError: () => {} })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port: proxyPort } = proxy.address() as AddressInfo
    const [port, askingPort] = [await freePort(), await freePort()]
    const places = { port, authorityPort: cast.authority.config.port, upstreamPort, audience, credential }
    nginx = await startRecipe(places, authRequest(askingPort, proxyPort, upstreamPort))
    ;[origin, withAuthRequest] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${askingPort}`]
  })
  afterAll(async () => {
    await nginx.stop()
    proxy.closeAllConnections()
    proxy.close()
    upstream.closeAllConnections()
    upstream.close()
    await cast.authority.stop()
  })

  const JSON_TYPE = 'application/json'
  async function approved(args: CallArguments) {
    return approvedToken(cast.agent, cast.ben, { resource: args.path, arguments: { ...args } })
  }
  const send = (token: string | undefined, body: BodyInit, type = JSON_TYPE, query = '', headers = {}) =>
    fetch(`${origin}/posts${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type, ...(token !== undefined && { 'approval-token': token }), ...headers },
    })
  const codeOf = async (answer: Response) => [answer.status, (await answer.json()).code]
  const args = {
    method: 'POST',
    path: '/posts',
    content_type: JSON_TYPE,
    body: { a: [1.5, null, 'Grüße\n\u007f'], b: {} },
  }
  const text = '{"a":[1.5,null,"Grüße\\n\u007f"],"b":{}}'

  it('lets an approved call through once, and reports how it ended', async () => {
    const { token, request } = await approved(args)
    const answer = await send(token, text, JSON_TYPE, '', { 'x-other': 'dropped', cookie: 'a=b' })
    expect([answer.status, await answer.text()]).toEqual([200, 'done'])
    expect(seen).toMatchObject([{ line: 'POST /posts', body: text }])
    const names = seen[0]?.headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
    expect(names?.sort()).toEqual(['authorization', 'content-length', 'content-type', 'host'])
    expect(await codeOf(await send(token, text))).toEqual([409, 'token_redeemed'])
    expect(seen).toHaveLength(1)
    await expect
      .poll(() => storyOf(cast.authority, request.trace))
      .toEqual(expect.arrayContaining(['token.redeemed', 'outcome.reported']))
  })

  it('refuses another body, spelling, query, type or method, and a token that it cannot hold to its terms', async () => {
    const before = seen.length
    const { token } = await approved({ ...args, query: 'x=1' })
    const mismatch = [403, 'action_mismatch']
    const invalid = [400, 'invalid_request']
    expect(await codeOf(await send(token, '{"a":[1.5,null],"b":{}}', JSON_TYPE, '?x=1'))).toEqual(mismatch)
    expect(await codeOf(await send(token, text))).toEqual(mismatch)
    expect(await codeOf(await send(token, '{"__proto__":1}', JSON_TYPE, '?x=1'))).toEqual(mismatch)
    expect(await codeOf(await send(token, text, JSON_TYPE, '?x=2'))).toEqual(mismatch)
    expect(await codeOf(await send(token, text, 'text/plain', '?x=1'))).toEqual(mismatch)
    for (const other of [
      '{"b":{},"a":[]}',
      '{"a":1,"a":1}',
      '{ "a":1}',
      '{"a":1.0}',
      '{"a":9007199254740993}',
      '{',
      '"\\ud800"',
      '['.repeat(20_000),
    ])
      expect(await codeOf(await send(token, other, JSON_TYPE, '?x=1'))).toEqual(invalid)
    expect(await codeOf(await send(token, Buffer.from([0xff]), 'text/plain', '?x=1'))).toEqual(invalid)
    expect(await codeOf(await send(token, text, JSON_TYPE, '?x=1', { 'x-http-method-override': 'DELETE' }))).toEqual(
      invalid,
    )
    expect((await send(token, 'x'.repeat(70_000), 'text/plain', '?x=1')).status).toBe(413)
    expect(await codeOf(await send(undefined, text))).toEqual([401, 'token_missing'])
    expect(await codeOf(await send('a.b.c', text))).toEqual([401, 'token_malformed'])
    expect((await fetch(`${origin}/other`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${origin}/_countersign/upstream`, { method: 'POST' })).status).toBe(404)
    expect(seen).toHaveLength(before)
    expect((await send(token, text, JSON_TYPE, '?x=1')).status).toBe(200)
  })

  it('refuses doubled headers', async () => {
    const { token } = await approved(args)
    for (const name of ['approval-token', 'content-type', 'x-other']) {
      const values = { 'content-type': JSON_TYPE, 'approval-token': token, [name]: [token, token] }
      const sent = request(`${origin}/posts`, { method: 'POST', headers: values }).end(text)
      const [answer] = await once(sent, 'response')
      expect([name, answer.statusCode]).toEqual([name, 400])
      answer.resume()
    }
  })

  it('refuses a token that was forged, since the authority does', async () => {
    const { token } = await approved(args)
    const [head, payload = '', signature] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url')
    expect(await codeOf(await send(`${head}.${forged}.${signature}`, text))).toEqual([401, 'token_signature'])
  })

  it('reports a call that failed', async () => {
    const { token, request } = await approved({ ...args, query: 'fail' })
    expect((await send(token, text, JSON_TYPE, '?fail')).status).toBe(500)
    const outcome = async () => {
      const answer = await cast.authority.operator.call('trace', { params: { trace: request.trace } })
      return answer.ok && answer.value.entries.at(-1)
    }
    await expect.poll(outcome).toMatchObject({ type: 'outcome.reported', outcome: 'failed' })
  })

  it('auth_request would ask without the body, so that the proxy answers no', async () => {
    const before = seen.length
    const { token } = await approved({ method: 'GET', path: '/posts' })
    const headers = { 'approval-token': token }
    const answer = await fetch(`${withAuthRequest}/posts`, { method: 'POST', body: 'another body', headers })
    expect(answer.status).toBe(403)
    expect(seen).toHaveLength(before)
  })
})

/** As the documentation of nginx has it. */
const authRequest = (port: number, proxyPort: number, upstreamPort: number) => `server {
  listen 127.0.0.1:${port};
  location / { auth_request /_ask; proxy_pass http://127.0.0.1:${upstreamPort}; }
  location = /_ask {
    internal;
    proxy_pass http://127.0.0.1:${proxyPort}/posts;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header X-Original-URI $request_uri;
  }
}`
