/**
 * Entries a second, from their commit into a published checkpoint, against as many bare rows; and how many of them the
 * index of searches, which follows in the same process, has not taken in at the end of a round.
 *
 * The same by processor time of this process and of the database, whose clock other work does not change: of entries that
 * enter the log, and of entries that are only inserted, with their indexes and their trigger. What the log itself takes is
 * measured last, where all of these wait for it and nobody writes.
 */
import postgres from 'postgres'
import { alternate, type Bench, compare, figure, pause, roundsOf } from './harness.ts'
import { createWriters, type Insert, insertEntry, type LogGround, startLogGround } from './log-ground.ts'
import { cpuSeconds, cpuSecondsOfTree, databaseProcess } from './process-usage.ts'

const ROUNDS = 3
/** After a change of sides the log takes some 10 s to reach its usual rate; bare rows have theirs at once. */
const ROUND_MS = 12_000
/** Of writing alone, for processor time. */
const INSERT_MS = 3000

export const logThroughput: Bench = {
  name: 'log-throughput',
  about: 'entries sequenced, integrated and published a second, fed by 16 writers, against rows that are only inserted',
  async run(ground) {
    const { databases } = ground
    const url = await databases.fresh()
    await createBareTable(url)
    const bare = createWriters(url)
    const log = await startLogGround({ databases })
    try {
      const measured = await clock(url)
      const behind: number[] = []
      const onLog = async () => {
        const round = await measured(() => publishing(log))
        behind.push((await log.store.backlog(Math.floor(Date.now() / 1000))).unindexed)
        return round
      }
      const onBare = () => measured(() => bare.write(insertBare, ROUND_MS))
      await alternate(1, onLog, onBare)
      const turns = await alternate(roundsOf(ground, ROUNDS), onLog, onBare)
      const only = await alternate(
        roundsOf(ground, ROUNDS),
        () => measured(() => log.writers.write(insertEntry, INSERT_MS)),
        () => measured(() => bare.write(insertBare, INSERT_MS)),
      )
      const alone = await measured(() => catchingUp(log))
      const work = ({ perProcessorSecond }: Rate) => perProcessorSecond
      const unit = 'entries a second of a core'
      const target = { of: 'ratio', is: '≥', limit: 0.85 } as const
      return [
        figure({ name: 'log-throughput', unit: 'entries/s', ...compare(turns, ({ perSecond }) => perSecond), target }),
        figure({ name: 'log-throughput-work', unit, ...compare(turns, work) }),
        figure({ name: 'log-throughput-insert-work', unit, ...compare(only, work) }),
        figure({ name: 'log-throughput-alone', value: 1e6 / work(alone), unit: 'µs of a core an entry' }),
        figure({ name: 'log-throughput-unindexed', value: Math.max(...behind), unit: 'entries' }),
      ]
    } finally {
      await Promise.all([bare.end(), log.stop()])
      await databases.drop(url)
    }
  },
}

/** The same columns with nothing behind them but a key. */
async function createBareTable(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`create table bare (id bigint primary key generated always as identity,
    type text not null, at bigint not null, trace uuid not null, body text not null, leaf bytea not null)`
  await sql.end()
}

const insertBare: Insert = (sql, { type, at, trace, body }, leaf) =>
  sql`insert into bare (type, at, trace, body, leaf) values (${type}, ${at}, ${trace}, ${body}, ${leaf}) returning id`

interface Rate {
  readonly perSecond: number
  readonly perProcessorSecond: number
}

/** Of work that says how much it did; processor time is that of this process and of the database. */
async function clock(url: string) {
  const database = await databaseProcess(url)
  const used = () => cpuSeconds(process.pid) + cpuSecondsOfTree(database)
  return async (work: () => Promise<number>): Promise<Rate> => {
    const [before, startedAt] = [used(), performance.now()]
    const count = await work()
    const seconds = (performance.now() - startedAt) / 1000
    return { perSecond: count / seconds, perProcessorSecond: count / (used() - before) }
  }
}

/** Until the last that was written stands under a checkpoint; returns how many there were. */
async function publishing({ store, runner, writers }: LogGround): Promise<number> {
  const before = (await store.checkpoint('published'))?.size ?? 0
  const stop = runner.start()
  const written = await writers.write(insertEntry, ROUND_MS)
  while (((await store.checkpoint('published'))?.size ?? 0) < before + written) await pause(20)
  await stop()
  return written
}

/** Until nothing waits; returns how many there were. */
async function catchingUp({ runner }: LogGround): Promise<number> {
  let count = 0
  for (let moved = await runner.advance(); moved > 0; moved = await runner.advance()) count += moved
  return count
}
