/** The median latency of a redemption while the log is at work, against the same with the log standing still. */
import type postgres from 'postgres'
import { alternate, type Bench, compare, figure, median } from './harness.ts'
import { load } from './load.ts'
import { drained, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 2000

export const redeemWithLog: Bench = {
  name: 'redeem-with-log',
  about: 'median milliseconds of a redemption with the log at work, against the same authority with its log held still',
  async run({ databases }) {
    const authority = await startRedeemingProduct(databases)
    try {
      const { product, sql } = authority
      const spend = (messages: readonly Buffer[]) => load({ port: product.port, messages, expected: 201 })
      const drawn = async () => {
        await drained(sql)
        return authority.messages(REDEMPTIONS)
      }
      const logOn = async () => spend(await drawn())
      const logOff = async () => {
        const messages = await drawn()
        await holdOffice(sql)
        return spend(messages).finally(() => sql`select pg_advisory_unlock_all()`)
      }
      await alternate(1, logOn, logOff)
      const latency = compare(await alternate(ROUNDS, logOn, logOff), ({ latenciesMs }) => median(latenciesMs))
      return [
        figure({ name: 'redeem-with-log', unit: 'ms', ...latency, target: { of: 'ratio', is: '≤', limit: 1.15 } }),
      ]
    } finally {
      await authority.stop()
    }
  },
}

/** Takes the office of sequencer from the authority, whose session it ends: from then on it stands in vain. */
async function holdOffice(sql: postgres.Sql): Promise<void> {
  for (;;) {
    const [got] = await sql<{ held: boolean }[]>`
      select pg_try_advisory_lock(hashtextextended('countersign/log', 0)) as held`
    if (got?.held) return
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`
  }
}
