/** How long after its commit an entry can be proved, while others are being written. */
import { type Bench, figure, median, pause, quantile } from './harness.ts'
import { type Insert, insertEntry, type LogGround, startLogGround } from './log-ground.ts'

const LOAD_MS = 15_000
/** Each of the writers, after every insert: some hundreds of entries a second. */
const PAUSE_MS = 30
/** The last entry is provable by then, or never. */
const SETTLE_MS = 60_000

export const provable: Bench = {
  name: 'provable-p99',
  about: '99th percentile of milliseconds from an entry’s commit to the checkpoint that covers it, under load',
  async run({ databases }) {
    const seen: { readonly size: number; readonly at: number }[] = []
    const log = await startLogGround({
      databases,
      published: ({ size }) => void seen.push({ size, at: performance.now() }),
    })
    try {
      const committedAt = await writeUnderLoad(log)
      const waits: number[] = []
      // A log with a past may have had entries that waited before.
      const own = (await log.places()).filter(({ id }) => committedAt.has(id))
      for (const { id, index } of own) {
        const covering = seen.find(({ size }) => size > index)
        waits.push((covering?.at ?? Number.POSITIVE_INFINITY) - (committedAt.get(id) ?? Number.NaN))
      }
      if (waits.length !== committedAt.size) throw new Error('Some entries were never sequenced')
      const target = { of: 'value', is: '<', limit: 1000 } as const
      return [
        figure({ name: 'provable-p99', value: quantile(waits, 0.99), unit: 'ms', target }),
        figure({ name: 'provable', value: median(waits), unit: 'ms' }),
      ]
    } finally {
      await log.stop()
    }
  },
}

/** By id: when its writer heard of the commit. */
async function writeUnderLoad({ runner, writers, places }: LogGround): Promise<ReadonlyMap<number, number>> {
  const committedAt = new Map<number, number>()
  const insert: Insert = async (...entry) => {
    const id = await insertEntry(...entry)
    committedAt.set(Number(id), performance.now())
  }
  const stop = runner.start()
  await writers.write(insert, LOAD_MS, PAUSE_MS)
  for (const until = performance.now() + SETTLE_MS; performance.now() < until; await pause(250))
    if ((await places()).length >= committedAt.size) break
  // Their checkpoint is published by the pass under way.
  await stop()
  return committedAt
}
