/**
 * The least that could tell executors of a notification: LISTEN, and one event to every open connection. A yardstick.
 *
 * In: DATABASE_URL. Out: server-sent events at any address of a port of its own choice. It reads nothing, knows nobody,
 * signs nothing and remembers nothing.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'

const open = new Set<ServerResponse>()
const sql = postgres(process.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => {} })
await sql.listen('bare', (payload) => {
  for (const response of open) response.write(`event: stop\ndata: {"id":${JSON.stringify(payload)}}\n\n`)
})
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(': open\n\n')
  open.add(response)
  response.on('close', () => open.delete(response))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port }))
})
