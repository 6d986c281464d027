/** Answers every packet at once with the same few bytes: what the load generator is timed against. */
import { type AddressInfo, createServer } from 'node:net'

const ANSWER = Buffer.from('HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}')

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.on('data', () => socket.write(ANSWER))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ port }))
})
