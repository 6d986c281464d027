/**
 * From the commit of a kill switch to the last of 2,000 streams that has the order, half of them at each of two processes.
 *
 * The yardstick is the same fan-out with nothing in it: NOTIFY, and one event to as many connections of two bare servers.
 * Both are read by plain sockets of this process, and take turns.
 */
import type { Socket } from 'node:net'
import { type BenchServer, startServer } from './bench-servers.ts'
import { type ControlGround, startControlGround } from './control-ground.ts'
import { type Bench, type Figure, pause } from './harness.ts'
import { figuresOf } from './kill-to-refusal.ts'
import { administer } from './parties.ts'
import { openPlainStream } from './plain-stream.ts'
import { startStopper } from './stopper.ts'

const EXECUTORS = 10
const STREAMS_EACH = 100
/** So many that the p99 is not the worst. */
const ROUNDS = 110
/** Each round begins at another moment between two heartbeats. */
const LONGEST_PAUSE_MS = 700

export const killAmongStreams: Bench = {
  name: 'kill-among-streams',
  about: 'milliseconds from the commit of a kill switch to the last of 2,000 streams, at two processes',
  async run({ databases }) {
    const ground = await startControlGround(databases, { executors: EXECUTORS })
    try {
      return await measure(ground)
    } finally {
      await ground.stop()
    }
  },
}

async function measure(ground: ControlGround): Promise<readonly Figure[]> {
  const { products, executorCredentials, databaseUrl, sql } = ground
  const servers: BenchServer[] = []
  for (const _ of products) servers.push(await startServer('bare-sse', { DATABASE_URL: databaseUrl }))
  const stopper = startStopper(ground)
  const [own, bare] = [fanOut(), fanOut()]
  const [ownMs, bareMs]: [number[], number[]] = [[], []]
  try {
    for (const [at, { port }] of products.entries())
      for (const credential of executorCredentials) {
        await own.open({ port, path: '/executor/events', credential, opens: 'event: heartbeat' })
        await bare.open({ port: servers[at]?.port ?? 0, path: '/', opens: ': open' })
      }
    for (let round = 0; round < ROUNDS; round++) {
      const [heard, startedAt] = [bare.last(), performance.now()]
      await sql`SELECT pg_notify('bare', ${String(round)})`
      bareMs.push((await heard) - startedAt)
      const told = own.last()
      const { id, committedAt } = await stopper.engage({ action: 'forum.read' })
      ownMs.push((await told) - committedAt)
      const release = ['countersign.killswitch.release', `killswitch:${id}`] as const
      await administer(products[0], ground.parties.approver, ...release, { id, reason: 'The round is over' })
      await pause(Math.random() * LONGEST_PAUSE_MS)
    }
  } finally {
    for (const socket of [...own.sockets, ...bare.sockets]) socket.destroy()
    await Promise.all([...servers.map((server) => server.stop()), stopper.close()])
  }
  return figuresOf('kill-among-streams', ownMs, bareMs)
}

/** Streams that are told together. */
function fanOut() {
  const sockets: Socket[] = []
  let stopped = () => {}
  return {
    sockets,
    /** As many as one executor has at one process. */
    async open(stream: Parameters<typeof openPlainStream>[0]): Promise<void> {
      const opening = Array.from({ length: STREAMS_EACH }, () =>
        openPlainStream({ ...stream, stopped: () => stopped() }),
      )
      sockets.push(...(await Promise.all(opening)))
    },
    /** When each has heard of the next stop. */
    last: () =>
      new Promise<number>((resolve) => {
        let left = sockets.length
        stopped = () => {
          left -= 1
          if (left === 0) resolve(performance.now())
        }
      }),
  }
}
