/**
 * What a thousand executors that listen cost the authority while nothing happens.
 *
 * Connections are plain sockets, so that the processor's time is the authority's own; read from the system's own count.
 */
import type { Socket } from 'node:net'
import { type Bench, type Figure, figure, pause } from './harness.ts'
import { addExecutor, enrolApprover } from './parties.ts'
import { openPlainStream } from './plain-stream.ts'
import { cpuSeconds, residentMegabytes } from './process-usage.ts'
import { type Product, startProduct } from './product.ts'

const EXECUTORS = 10
const CONNECTIONS_EACH = 100
const SETTLE_MS = 10_000
const WATCH_MS = 20_000

export const idleStreams: Bench = {
  name: 'idle-streams',
  about: '1,000 connected executors, idle: share of a core, and megabytes above the same process without them',
  async run({ databases }) {
    const { url, options } = await databases.authority()
    const product = await startProduct(url, options)
    try {
      return await measure(product)
    } finally {
      await product.stop()
      await databases.drop(url)
    }
  },
}

async function measure(product: Product): Promise<readonly Figure[]> {
  const audiences = Array.from({ length: EXECUTORS }, (_, at) => `https://executor-${at}.example`)
  const credentials: string[] = []
  for (const audience of audiences) credentials.push(await addExecutor(product, audience))
  await enrolApprover(product)
  await pause(SETTLE_MS)
  const without = { megabytes: residentMegabytes(product.pid), share: await shareOfACore(product.pid) }
  const sockets: Socket[] = []
  for (const credential of credentials) {
    const opening = Array.from({ length: CONNECTIONS_EACH }, () => listenOverSocket(product.port, credential))
    sockets.push(...(await Promise.all(opening)))
  }
  await pause(SETTLE_MS)
  const share = await shareOfACore(product.pid)
  const megabytes = residentMegabytes(product.pid)
  if (sockets.some(({ destroyed }) => destroyed)) throw new Error('not all streams stayed open')
  for (const socket of sockets) socket.destroy()
  return [
    figure({
      name: 'idle-streams',
      value: share * 100,
      unit: '% of a core',
      yardstick: without.share * 100,
      target: { of: 'value', is: '<', limit: 5 },
    }),
    figure({
      name: 'idle-streams-memory',
      value: megabytes - without.megabytes,
      unit: 'MB more',
      target: { of: 'value', is: '<', limit: 100 },
    }),
  ]
}

/** An executor’s stream over a plain socket. Resolves with the first heartbeat. */
export const listenOverSocket = (port: number, credential: string): Promise<Socket> =>
  openPlainStream({ port, path: '/executor/events', credential, opens: 'event: heartbeat' })

async function shareOfACore(pid: number): Promise<number> {
  const before = cpuSeconds(pid)
  await pause(WATCH_MS)
  return (cpuSeconds(pid) - before) / (WATCH_MS / 1000)
}
