/** An HTTP server in the place of a policy engine: answers as it is told, and keeps what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Readonly<Record<string, unknown>>
}

export type Answer = (response: ServerResponse, asked: Asked) => void

/** A JSON answer with status 200. */
export const json =
  (body: unknown): Answer =>
  (response) => {
    response.setHeader('content-type', 'application/json')
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

export async function startEngine(first: Answer) {
  let answer = first
  const asked: Asked[] = []
  let connections = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const call = { url: request.url ?? '', headers: request.headers, body: JSON.parse(String(Buffer.concat(chunks))) }
    asked.push(call)
    answer(response, call)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    connections: () => connections,
    answers: (next: Answer) => {
      answer = next
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Engine = Awaited<ReturnType<typeof startEngine>>
