/**
 * Entries a second, from their commit into a published checkpoint, against as many bare rows; and how many of them the
 * index of searches, which follows in the same process, has not taken in at the end of a round.
 */
import postgres from 'postgres'
import { alternate, type Bench, compare, figure, pause, roundsOf } from './harness.ts'
import { createWriters, type Insert, insertEntry, type LogGround, startLogGround } from './log-ground.ts'

const ROUNDS = 3
const ROUND_MS = 6000

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
      const behind: number[] = []
      const onLog = async () => {
        const perSecond = await publishing(log)
        behind.push((await log.store.backlog(Math.floor(Date.now() / 1000))).unindexed)
        return perSecond
      }
      const onBare = async () => ((await bare.write(insertBare, ROUND_MS)) * 1000) / ROUND_MS
      await alternate(1, onLog, onBare)
      const rate = compare(await alternate(roundsOf(ground, ROUNDS), onLog, onBare), (perSecond) => perSecond)
      const target = { of: 'ratio', is: '≥', limit: 0.85 } as const
      return [
        figure({ name: 'log-throughput', unit: 'entries/s', ...rate, target }),
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

/** Until the last that was written stands under a checkpoint. */
async function publishing({ store, runner, writers }: LogGround): Promise<number> {
  const before = (await store.checkpoint('published'))?.size ?? 0
  const startedAt = performance.now()
  const stop = runner.start()
  const written = await writers.write(insertEntry, ROUND_MS)
  while (((await store.checkpoint('published'))?.size ?? 0) < before + written) await pause(20)
  const tookMs = performance.now() - startedAt
  await stop()
  return (written * 1000) / tookMs
}
