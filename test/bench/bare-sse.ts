/**
 * The least that could tell executors of a notification: LISTEN, and its text to every open connection. A yardstick.
 *
 * In: DATABASE_URL. Out: server-sent events at any address of a port of its own choice. It reads nothing, knows nobody,
 * signs nothing and remembers nothing.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'
import { openedEvent } from './stream-events.ts'

const open = new Set<ServerResponse>()
const sql = postgres(process.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => {} })
await sql.listen('bare', (text) => {
  for (const response of open) response.write(text)
})
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(openedEvent())
  open.add(response)
  response.on('close', () => open.delete(response))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port }))
})
