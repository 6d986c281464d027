/** The median latency of a redemption while the log is at work, against the same with the log standing still. */
import type postgres from 'postgres'
import { alternate, type Bench, compare, figure, median, pause } from './harness.ts'
import { load } from './load.ts'
import { type RedeemingProduct, startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 7
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 3000

export const redeemWithLog: Bench = {
  name: 'redeem-with-log',
  about: 'median milliseconds of a redemption with the log at work, against the same authority with its log held still',
  async run({ databases }) {
    const authority = await startRedeemingProduct(databases)
    try {
      const messages = await authority.messages(2 * (ROUNDS + 1) * REDEMPTIONS)
      const spend = () =>
        load({ port: authority.product.port, messages: messages.splice(0, REDEMPTIONS), expected: 201 })
      const logOn = async () => {
        await drained(authority)
        return spend()
      }
      const logOff = async () => {
        await drained(authority)
        await holdOffice(authority.sql)
        return spend().finally(() => authority.sql`select pg_advisory_unlock_all()`)
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

/** Until no entry waits for its place. */
async function drained({ sql }: RedeemingProduct): Promise<void> {
  for (;;) {
    const [state] = await sql<{ waiting: boolean }[]>`
      select (select count(*) from entries) > (select count(*) from leaves) as waiting`
    if (!state?.waiting) return
    await pause(100)
  }
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
