/**
 * From the commit of a kill switch to the last of 2,000 streams that has the order, half of them at each of two processes.
 *
 * The yardstick is the same fan-out with nothing in it: NOTIFY, and the same events to as many connections of two bare
 * servers. Both are read by plain sockets of this process, and take turns. The switch is engaged in a process of its own,
 * as one authority does it while others tell their executors: what it does after the COMMIT must not hold up the readers.
 *
 * `kill-among-streams-first` is the time until the first stream has the order: what an authority adds before it writes.
 * `kill-among-streams-work` is the processor time of both processes until the last has it: the rest of the excess is the
 * wait for a processor that the stopper and the database share with them.
 */
import type { Socket } from 'node:net'
import { startBareAuthority } from './bare-authority.ts'
import { type ControlGround, type Stopping, startControlGround } from './control-ground.ts'
import { type Bench, type Figure, figure, median, pause, steadyMs } from './harness.ts'
import { figuresOf } from './kill-to-refusal.ts'
import { openPlainStream } from './plain-stream.ts'
import { cpuSeconds } from './process-usage.ts'

const EXECUTORS = 10
const STREAMS_EACH = 100
/** So many that the p99 is not the worst. */
const ROUNDS = 110
/** Long enough for all streams to be told of the release; each turn begins at another moment between two heartbeats. */
const PAUSE_MS = { least: 200, spread: 300 }

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
  const { products, executorCredentials } = ground
  const bare = await startBareAuthority(ground)
  const [streams, bareStreams] = [fanOut(), fanOut()]
  const own = { ...ground, pids: products.map(({ pid }) => pid) }
  const [ownTurns, bareTurns]: [Turn[], Turn[]] = [[], []]
  try {
    for (const [at, { port }] of products.entries())
      for (const credential of executorCredentials) {
        await streams.open({ port, path: '/executor/events', credential, opens: 'event: heartbeat' })
        await bareStreams.open({ port: bare.ports[at === 0 ? 0 : 1], path: '/', opens: 'event: opened' })
      }
    for (let round = 0; round < ROUNDS; round++) {
      bareTurns.push(await stopOnce(bare, bareStreams))
      ownTurns.push(await stopOnce(own, streams))
    }
  } finally {
    for (const socket of [...streams.sockets, ...bareStreams.sockets]) socket.destroy()
    await bare.stop()
  }
  const of = (part: keyof Turn) =>
    [ownTurns, bareTurns].map((turns) => turns.map((turn) => turn[part])) as [number[], number[]]
  return [...figuresOf('kill-among-streams', ...of('last')), ...parts(of('first'), of('work'))]
}

function parts([first, bareFirst]: Pair, [work, bareWork]: Pair): readonly Figure[] {
  return [
    figure({ name: 'kill-among-streams-first', unit: 'ms', value: median(first), yardstick: median(bareFirst) }),
    figure({ name: 'kill-among-streams-work', unit: 'ms CPU', value: mean(work), yardstick: mean(bareWork) }),
  ]
}

type Pair = readonly [readonly number[], readonly number[]]

/** The system counts processor time in steps longer than a turn: only their sum is exact. */
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** In milliseconds. */
interface Turn {
  readonly first: number
  readonly last: number
  /** Processor time of the processes that told the streams. */
  readonly work: number
}

/** Until the last stream has the order. The switch is then released again, and all streams are told so. */
async function stopOnce({ engage, release, pids }: Telling, streams: ReturnType<typeof fanOut>): Promise<Turn> {
  const workMs = () => 1000 * pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const workBefore = workMs()
  const [{ first, last }, { id, committedAt }] = await Promise.all([streams.told(), engage({ action: 'forum.read' })])
  const work = workMs() - workBefore
  await release(id)
  await pause(PAUSE_MS.least + Math.random() * PAUSE_MS.spread)
  return { first: first - committedAt, last: last - committedAt, work }
}

interface Telling extends Stopping {
  /** Of the processes that tell the streams. */
  readonly pids: readonly number[]
}

/** Streams that are told together. */
function fanOut() {
  const sockets: Socket[] = []
  let [stopped, ended] = [() => {}, () => {}]
  return {
    sockets,
    /** As many as one executor has at one process. */
    async open(stream: Parameters<typeof openPlainStream>[0]): Promise<void> {
      const opening = Array.from({ length: STREAMS_EACH }, () =>
        openPlainStream({ ...stream, stopped: () => stopped() }),
      )
      const opened = await Promise.all(opening)
      for (const socket of opened) socket.once('close', () => ended())
      sockets.push(...opened)
    },
    /** When the first and the last hear of the next stop. An authority ends each stream after some minutes. */
    told: () =>
      new Promise<{ readonly first: number; readonly last: number }>((resolve, reject) => {
        ended = () => reject(new Error('A stream ended: the run took too long'))
        if (sockets.some(({ closed }) => closed)) ended()
        let [left, first] = [sockets.length, 0]
        stopped = () => {
          if (left === sockets.length) first = steadyMs()
          left -= 1
          if (left === 0) resolve({ first, last: steadyMs() })
        }
      }),
  }
}
