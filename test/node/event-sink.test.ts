/** The event stream as Node writes it to a socket. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it } from 'vitest'
import { streamToNode } from '../../src/node/event-sink.ts'
import { waitFor } from '../setup/wait-for.ts'
import { createGround, FORUM } from '../stop/stream-ground.ts'

it('stands on the wire as it is, without chunks, and ends with its connection', async () => {
  const { stream } = createGround()
  const server = createServer((_, outgoing) => {
    void streamToNode({ env: { outgoing } } as never, { executor: FORUM, credentialId: 'c' }, stream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let said = ''
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  socket.on('data', (text) => {
    said += text
  })
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const ended = once(socket, 'end')
  await waitFor(() => expect(said).toContain('event: heartbeat'))
  await stream.close()
  await ended
  server.close()
  const [head = '', ...body] = said.split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 200 /)
  expect(head).toMatch(/\r\nconnection: close(\r\n|$)/i)
  expect(head).not.toMatch(/transfer-encoding|content-length/i)
  expect(body.join('\r\n\r\n')).toMatch(/^(event: [a-z]+\n(id: \d+\n)?data: .*\n\n)+$/)
})
