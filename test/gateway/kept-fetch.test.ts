/** The gateway's own way to the authority, against a server that answers in every way. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { keptFetch } from '../../src/gateway/channel/kept-fetch.ts'

const connections = new Set<unknown>()
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer(async (request, response) => {
    connections.add(request.socket)
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const echo = {
      method: request.method,
      type: request.headers['content-type'],
      body: Buffer.concat(parts).toString(),
    }
    switch (request.url) {
      case '/redirect':
        return response.writeHead(307, { location: '/echo' }).end()
      case '/nothing':
        return response.writeHead(204).end()
      case '/large':
        return response.end(Buffer.alloc(9 * 1024 * 1024))
      case '/dies':
        return response.destroy()
      case '/breaks':
        return response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy())
      case '/hangs':
        return
    }
    response.setHeader('x-one', ['a', 'b']).end(JSON.stringify(echo))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('sends text and forms, over a kept connection, and gives the answer', async () => {
  const text = await keptFetch(`${origin}/echo`, { method: 'POST', headers: { 'Content-Type': 'text/x' }, body: 'ä' })
  expect(await text.json()).toEqual({ method: 'POST', type: 'text/x', body: 'ä' })
  const form = await keptFetch(`${origin}/echo`, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })
  expect(await form.json()).toMatchObject({ body: 'a=b+c' })
  expect((await keptFetch(`${origin}/echo`, {})).headers.get('x-one')).toBe('a, b')
  expect(connections.size).toBe(1)
})

it('follows no redirect, and takes an answer without a body', async () => {
  expect((await keptFetch(`${origin}/redirect`, {})).status).toBe(307)
  expect((await keptFetch(`${origin}/nothing`, {})).status).toBe(204)
})

it.each(['/large', '/dies', '/breaks'])('rejects with a TypeError where there is no whole answer: %s', async (path) => {
  await expect(keptFetch(`${origin}${path}`, {})).rejects.toBeInstanceOf(TypeError)
})

it('rejects with the cause where nothing listens, and with the reason of its signal', async () => {
  await expect(keptFetch('http://127.0.0.1:1/', {})).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  const signal = AbortSignal.timeout(50)
  await expect(keptFetch(`${origin}/hangs`, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
})
