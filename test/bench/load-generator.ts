/** How many exchanges a second the load generator can do: it must be far from that where it measures. */
import { startServer } from './bench-servers.ts'
import { type Bench, figure } from './harness.ts'
import { load, post } from './load.ts'

const MESSAGES = 50_000

export const loadGenerator: Bench = {
  name: 'load-generator',
  about: 'for orientation: the most that the load generator itself can do, 16 connections',
  async run() {
    const server = await startServer('echo-server')
    try {
      const message = post(
        '/redemptions',
        { 'content-type': 'application/json' },
        JSON.stringify({ token: 'x'.repeat(1500) }),
      )
      const messages = new Array<Buffer>(MESSAGES).fill(message)
      await load({ port: server.port, messages: messages.slice(0, 5000), expected: 201 })
      const { perSecond } = await load({ port: server.port, messages, expected: 201 })
      return [figure({ name: 'load-generator', value: perSecond, unit: 'exchanges/s' })]
    } finally {
      await server.stop()
    }
  },
}
