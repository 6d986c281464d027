/** The proxy: what the upstream sees is exactly what was approved, however the client frames, spells or repeats it. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { stateDigest } from '@countersign/verifier'
import { afterEach, describe, expect, it } from 'vitest'
import { dpopKey } from '../http/dpop.ts'
import { AUDIENCE, createWorld, newSigningKey } from '../verifier/world.ts'
import { SALT, startGround, tokenFor } from './ground.ts'

const world = await createWorld()
const executorKey = await newSigningKey()
const challengeKey = { ...executorKey.privateJwk, kid: executorKey.kid, alg: executorKey.alg } as never

let ground: Awaited<ReturnType<typeof startGround>>
const start = async (...more: Parameters<typeof startGround> extends [unknown, ...infer Rest] ? Rest : never) => {
  ground = await startGround(world.verifier({ challengeKey }), ...more)
}
afterEach(() => ground.close())

const JSON_POST = { method: 'POST', path: '/posts', content_type: 'application/json', body: { text: 'Grüße', n: 1 } }
const post = (token: string | undefined, body: BodyInit, headers: Record<string, string> = {}, path = '/posts') =>
  fetch(ground.origin + path, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  })
const codeOf = async (answer: Response) => [answer.status, JSON.parse(await answer.text()).code]

describe('an approved call', () => {
  it('reaches the upstream as it was approved, with the proxy’s own credential, and once', async () => {
    await start()
    const token = await tokenFor(world, 'forum.post', JSON_POST)
    const answer = await post(token, '{ "n": 1.0, "text": "Gr\\u00fc\\u00dfe" }', {
      'x-other': 'dropped',
      cookie: 'a=b',
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'done'])
    const [only] = ground.seen
    expect(only).toMatchObject({ line: 'POST /posts', body: Buffer.from('{"n":1,"text":"Grüße"}').toString('latin1') })
    const names = only?.headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
    const own = ['authorization', 'connection', 'content-length', 'content-type', 'countersign-request', 'host']
    expect(names?.sort()).toEqual(own)
    expect(only?.headers).toContain('Bearer upstream')
    expect(await codeOf(await post(token, '{"text":"Grüße","n":1}'))).toEqual([409, 'token_redeemed'])
    expect(ground.seen).toHaveLength(1)
    expect(world.reports.at(-1)?.body).toMatchObject({ outcome: 'succeeded' })
  })

  it.each([
    ['text', 'text/plain', 'Grüße\r\n', { body: 'Grüße\r\n' }],
    ['bytes', 'image/png', Buffer.from([0xff, 0, 0x80]), { body_base64url: '_wCA' }],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&a=2', { body: 'a=1&a=2' }],
  ])('has %s bound byte by byte', async (_, content_type, body, bound) => {
    await start()
    const args = { method: 'POST', path: '/posts', content_type, ...bound }
    const token = await tokenFor(world, 'forum.post', args)
    expect(await codeOf(await post(token, `${body} `, { 'content-type': content_type }))).toEqual([
      403,
      'action_mismatch',
    ])
    expect((await post(token, body, { 'content-type': content_type })).status).toBe(200)
    expect(ground.seen.map((one) => one.body)).toEqual([Buffer.from(body as string).toString('latin1')])
  })

  it('is refused with another query, path, method, header or type', async () => {
    await start()
    const args = { ...JSON_POST, query: 'a=1&a=2', headers: { 'x-tenant': 'blue' } }
    const token = await tokenFor(world, 'forum.post', args)
    const send = (query: string, headers: Record<string, string> = { 'x-tenant': 'blue' }) =>
      post(token, JSON.stringify(JSON_POST.body), headers, `/posts${query}`)
    const refused = [403, 'action_mismatch']
    for (const query of ['', '?a=1', '?a=2&a=1', '?a=1&a=2&']) expect(await codeOf(await send(query))).toEqual(refused)
    expect(await codeOf(await send('?a=1&a=2', {}))).toEqual(refused)
    expect(await codeOf(await send('?a=1&a=2', { 'x-tenant': 'red' }))).toEqual(refused)
    const otherType = { 'x-tenant': 'blue', 'content-type': 'application/json; charset=utf-8' }
    expect(await codeOf(await send('?a=1&a=2', otherType))).toEqual(refused)
    expect(ground.seen).toEqual([])
    expect((await send('?a=1&a=2')).status).toBe(200)
    expect(ground.seen).toMatchObject([{ line: 'POST /posts?a=1&a=2', headers: expect.arrayContaining(['blue']) }])
  })

  it('of a token that is bound to a key takes a proof of that key, for this path, and takes it once', async () => {
    await start()
    const key = await dpopKey(() => world.now)
    const token = await tokenFor(world, 'forum.post', JSON_POST, undefined, key.jkt)
    const ath = createHash('sha256').update(token).digest('base64url')
    const send = (DPoP: string, scheme = 'DPoP') =>
      post(undefined, JSON.stringify(JSON_POST.body), { authorization: `${scheme} ${token}`, DPoP })
    const proof = await key.proof('POST', `${AUDIENCE}/posts`, { ath })
    const refused = [401, 'proof_of_possession']
    expect(await codeOf(await send(await key.proof('POST', `${AUDIENCE}/other`, { ath })))).toEqual(refused)
    expect(await codeOf(await send(await key.proof('POST', `${ground.origin}/posts`, { ath })))).toEqual(refused)
    expect(await codeOf(await send(proof, 'Bearer'))).toEqual(refused)
    expect(ground.seen).toEqual([])
    expect((await send(proof)).status).toBe(200)
    expect(await codeOf(await send(proof))).toEqual(refused)
    expect(ground.seen[0]?.headers.map((one) => one.toLowerCase())).not.toContain('dpop')
  })

  it('is reported as failed when the upstream says so, or dies', async () => {
    await start((request, response) => {
      if (request.url === '/threads/1') response.writeHead(500).end('no')
      else request.socket.destroy()
    })
    const remove = async (path: string) => {
      const token = await tokenFor(world, 'forum.change', { method: 'DELETE', path })
      return fetch(ground.origin + path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
    }
    const answer = await remove('/threads/1')
    expect([answer.status, await answer.text()]).toEqual([500, 'no'])
    await expect.poll(() => world.reports.at(-1)?.body).toMatchObject({ outcome: 'failed', detail: 'Http500' })
    const lost = await remove('/threads/2')
    expect([lost.status, (await lost.json()).detail]).toEqual([502, expect.stringContaining('unknown')])
    await expect
      .poll(() => world.reports.at(-1)?.body)
      .toMatchObject({ outcome: 'indeterminate', detail: 'UpstreamLost' })
  })

  it('holds while the upstream’s answer to a GET is the same, and is conditional on it', async () => {
    let tag = '"7"'
    await start((_, response) => response.setHeader('etag', tag).end('done'))
    const args = { method: 'PUT', path: '/wiki/home', content_type: 'text/plain', body: 'new' }
    const context = { audience: AUDIENCE, resource: args.path, salt: SALT }
    const put = async () => {
      const token = await tokenFor(world, 'wiki.write', args, await stateDigest('"7"', context))
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
      return fetch(`${ground.origin}/wiki/home`, { method: 'PUT', body: 'new', headers })
    }
    expect((await put()).status).toBe(200)
    expect(ground.seen.at(-1)).toMatchObject({
      line: 'PUT /wiki/home',
      headers: expect.arrayContaining(['if-match', '"7"']),
    })
    tag = '"8"'
    expect(await codeOf(await put())).toEqual([409, 'state_changed'])
    expect(ground.seen.filter(({ line }) => line.startsWith('PUT'))).toHaveLength(1)
  })
})

describe('a call without a token', () => {
  it('gets a challenge where it can relay one, and its body is not read where it cannot', async () => {
    await start()
    const challenged = await post(undefined, '{"text":"hi"}', { 'accept-txn-challenge': '?1' })
    expect(challenged.status).toBe(401)
    expect(challenged.headers.get('www-authenticate')).toContain('transaction_challenge="ey')
    expect(await codeOf(await post(undefined, 'no JSON'))).toEqual([401, 'token_missing'])
    expect(ground.seen).toEqual([])
  })

  it('passes on a route that is open, and is refused where there is none', async () => {
    await start()
    const open = await fetch(`${ground.origin}/anything?x=1`, {
      headers: { accept: 'text/html', 'x-other': 'dropped' },
    })
    expect(await open.text()).toBe('done')
    expect(ground.seen).toMatchObject([{ line: 'GET /anything?x=1', headers: expect.arrayContaining(['text/html']) }])
    expect(ground.seen[0]?.headers).not.toContain('dropped')
    expect(await codeOf(await post(undefined, '{}', {}, '/nowhere'))).toEqual([404, 'not_found'])
  })

  it('about another request, as auth_request asks, is refused', async () => {
    await start()
    for (const name of [
      'x-original-uri',
      'x-original-url',
      'x-original-method',
      'x-forwarded-uri',
      'x-forwarded-method',
    ]) {
      const answer = await fetch(`${ground.origin}/posts`, { headers: { [name]: '/posts' } })
      expect(await codeOf(answer)).toEqual([403, 'forbidden'])
    }
    expect(ground.seen).toEqual([])
  })
})

describe('a request that two servers could read differently', () => {
  const line = (target: string) => `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`

  it.each([
    ...[
      '/a/../posts',
      '/./a',
      '/a/..',
      '//posts',
      '/a//b',
      '/%2e%2e/a',
      '/a%2fb',
      '/a%2Fb',
      '/a%5Cb',
      '/a\\b',
      '/%252e',
    ],
    ...[
      '/%61',
      '/a%00',
      '/a%0D%0AX',
      '/a%C0%AF',
      '/a%EF%BC%8Fb',
      '/a%e4',
      '/a;b',
      '/..;/a',
      '/a.',
      '/a%20',
      '/%',
      '/a%2',
    ],
    ...[
      'http://other/a',
      '//other/a',
      '*',
      '/a#b',
      '/a?',
      '/a?b"c',
      '/a?%',
      '/a?b%zz',
      '/a|b',
      '/a%7Fb',
      `/${'a'.repeat(1100)}`,
    ],
    ...['/a%E2%80%8Bb', '/a/%2E', '/a/...', '/%E2%80%AE', '/a%23b', '/a%3Fb', '/a%3F'],
    ...[..."!$&'()*+,=:@~_-.9Z"].map((plain) => `/items%${plain.charCodeAt(0).toString(16).toUpperCase()}export`),
  ])('by its target is refused: %s', async (target) => {
    await start()
    expect(await ground.raw(line(target))).toMatch(/^HTTP\/1\.1 400 /)
    expect(ground.seen).toEqual([])
  })

  it.each([
    ['/'],
    ['/a/b/'],
    ['/a%20b'],
    ['/Gr%C3%BC%C3%9Fe'],
    ['/a?b=%2e%2E&c[]=/?'],
    ["/~a!$&'()*+,=:@-._"],
    ['/.well-known/x'],
  ])('by no target is this: %s', async (target) => {
    await start()
    expect(await ground.raw(line(target))).toMatch(/^HTTP\/1\.1 200 /)
    expect(ground.seen).toMatchObject([{ line: `GET ${target}` }])
  })

  const chunked = 'transfer-encoding: chunked\r\n'
  it.each([
    ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n', '{}'],
    ['a list of lengths', 'content-length: 2, 2\r\n', '{}'],
    ['a length that is none', 'content-length: +2\r\n', '{}'],
    ['length and chunks', `content-length: 2\r\n${chunked}`, '2\r\n{}\r\n0\r\n\r\n'],
    ['chunks twice', `${chunked}${chunked}`, '2\r\n{}\r\n0\r\n\r\n'],
    ['another coding', 'transfer-encoding: gzip, chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'],
    ['a coding in disguise', 'transfer-encoding: xchunked\r\n', '2\r\n{}\r\n0\r\n\r\n'],
    ['chunks that are not last', 'transfer-encoding: chunked, identity\r\n', '2\r\n{}\r\n0\r\n\r\n'],
    ['a space before the colon', 'transfer-encoding : chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'],
    ['a folded header', 'x-tenant: a\r\n b\r\ncontent-length: 2\r\n', '{}'],
    ['a size that is none', chunked, '0x2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk longer than its size', chunked, '1\r\n{}\r\n0\r\n\r\n'],
    ['trailers', chunked, '2\r\n{}\r\n0\r\nx-tenant: red\r\n\r\n'],
    ['announced trailers', `${chunked}trailer: x-tenant\r\n`, '2\r\n{}\r\n0\r\n\r\n'],
    ['an upgrade', 'connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n', '{}'],
    ['headers that it names as of this hop', 'connection: close, x-tenant\r\ncontent-length: 2\r\n', '{}'],
    ['an expectation', 'expect: 200-ok\r\ncontent-length: 2\r\n', '{}'],
    ['a content encoding', 'content-encoding: gzip\r\ncontent-length: 2\r\n', '{}'],
    ['another method', 'x-http-method-override: DELETE\r\ncontent-length: 2\r\n', '{}'],
    ['another address', 'x-rewrite-url: /admin\r\ncontent-length: 2\r\n', '{}'],
    ['two tenants', 'x-tenant: red\r\nx-tenant: blue\r\ncontent-length: 2\r\n', '{}'],
    ['two types', 'content-type: text/plain\r\ncontent-length: 2\r\n', '{}'],
    ['two hosts', 'host: y\r\ncontent-length: 2\r\n', '{}'],
    ['two tokens', 'approval-token: a\r\napproval-token: b\r\ncontent-length: 2\r\n', '{}'],
    ['doubled members', 'content-length: 13\r\n', '{"a":1,"a":2}'],
  ])('by its head or body is refused: %s', async (_, headers, body) => {
    await start()
    const token = await tokenFor(world, 'forum.post', { ...JSON_POST, body: {} })
    const before = world.spent.size
    const head = `POST /posts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\n`
    expect(await ground.raw(`${head}${headers}\r\n${body}`)).toMatch(/^HTTP\/1\.1 (?:4\d\d) /)
    expect(ground.seen).toEqual([])
    expect(world.spent.size).toBe(before)
  })

  it('in HTTP/1.0 or without a host is refused', async () => {
    await start()
    expect(await ground.raw('GET / HTTP/1.0\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await ground.raw('GET / HTTP/1.1\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await ground.raw('CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n')).not.toMatch(/ 200 /)
    expect(ground.seen).toEqual([])
  })

  it('since it came before the last was answered is refused, and the last is served', async () => {
    await start()
    const answers = await ground.raw(`GET /first HTTP/1.1\r\nhost: x\r\n\r\n${line('/second')}`)
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
    expect(ground.seen.map((one) => one.line)).toEqual(['GET /first'])
  })
})

describe('a body', () => {
  it('in chunks goes on with a length, and one that is expected is asked for', async () => {
    await start()
    const token = await tokenFor(world, 'forum.post', { ...JSON_POST, body: {} })
    const head = `POST /posts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\n`
    const answers = await ground.raw(
      `${head}connection: close\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\n\r\n`,
    )
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
    expect(ground.seen).toMatchObject([{ body: '{}', headers: expect.arrayContaining(['content-length', '2']) }])
  })

  it('that is too long is refused, announced or not, and is not asked for', async () => {
    await start()
    const token = await tokenFor(world, 'forum.post', JSON_POST)
    const head = `POST /posts HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nauthorization: Bearer ${token}\r\n`
    const announced = await ground.raw(`${head}content-length: 65537\r\n\r\n`)
    expect(announced.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413'])
    const endless = requestHttp(`${ground.origin}/posts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
    })
    endless.on('error', () => {})
    const write = () => !endless.destroyed && endless.write('x'.repeat(10_000), () => setImmediate(write))
    write()
    const [answer] = await once(endless, 'response')
    expect(answer.statusCode).toBe(413)
    endless.destroy()
    expect(ground.seen).toEqual([])
  })
})

it('an answer is passed on without the headers of its hop, whole or not at all', async () => {
  await start((request, response) => {
    response.writeHead(200, [
      'set-cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'connection',
      'x-hop',
      'x-hop',
      '1',
      'x-end',
      '2',
    ])
    response.write('part')
    if (request.url === '/broken') setImmediate(() => request.socket.destroy())
    else response.end()
  })
  const whole = await fetch(`${ground.origin}/whole`)
  expect(await whole.text()).toBe('part')
  expect(whole.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect([whole.headers.get('x-hop'), whole.headers.get('x-end')]).toEqual([null, '2'])
  const broken = await fetch(`${ground.origin}/broken`)
    .then((answer) => answer.text())
    .catch(() => 'broken off')
  expect(broken).toBe('broken off')
})

it('a call whose client goes away ends as the upstream ends it', async () => {
  let proceed = () => {}
  await start((_, response) => {
    response.write('part')
    proceed = () => response.end('rest')
  })
  const token = await tokenFor(world, 'forum.post', JSON_POST)
  const leaving = new AbortController()
  const answer = await fetch(`${ground.origin}/posts`, {
    method: 'POST',
    body: JSON.stringify(JSON_POST.body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    signal: leaving.signal,
  })
  const before = world.reports.length
  leaving.abort()
  await answer.text().catch(() => {})
  proceed()
  await expect.poll(() => world.reports.slice(before)).toMatchObject([{ body: { outcome: 'succeeded' } }])
})
