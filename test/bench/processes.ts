/**
 * Redemptions a second of one, two and four authority processes on one PostgreSQL, and the processors that each side took.
 *
 * The load generator, the processes and the database share one machine: where its processors are few, the shares show
 * which of them a machine of its own would free. One of the processes builds the log; its lag is waited for.
 */
import { availableParallelism } from 'node:os'
import postgres from 'postgres'
import { type Bench, type Figure, figure, type Ground, median, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { cpuSeconds, cpuSecondsOfTree } from './process-usage.ts'
import { type Product, startBeside } from './product.ts'
import { drained, type RedeemingProduct, startRedeemingProduct } from './redemption-ground.ts'

const COUNTS = [1, 2, 4]
const ROUNDS = 5
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 3000
const CONNECTIONS = 16

export const processes: Bench = {
  name: 'processes',
  about: 'redemptions a second at 1, 2 and 4 processes on one PostgreSQL, with the processor time of both sides',
  async run(ground) {
    const authority = await startRedeemingProduct(ground.databases)
    const products = [authority.product]
    try {
      const figures: Figure[] = []
      for (const count of COUNTS) {
        while (products.length < count) products.push(await startBeside(authority.product, authority.databaseUrl))
        figures.push(...(await measure(authority, products, ground)))
      }
      return figures
    } finally {
      for (const product of products.slice(1)) await product.stop()
      await authority.stop()
    }
  },
}

interface Round {
  readonly perSecond: number
  readonly database: number
  readonly authority: number
  readonly lagMs: number
}

async function measure(authority: RedeemingProduct, products: readonly Product[], ground: Ground) {
  const database = await serverProcess(authority.databaseUrl)
  await redeemAt(authority, products, database)
  const rounds: Round[] = []
  for (let at = 0; at < roundsOf(ground, ROUNDS); at++) rounds.push(await redeemAt(authority, products, database))
  const of = (quantity: keyof Round) => median(rounds.map((round) => round[quantity]))
  const name = `processes-${products.length}`
  const cores = `of ${availableParallelism()} cores`
  return [
    figure({ name, unit: 'redemptions/s', value: of('perSecond') }),
    figure({ name: `${name}-database`, unit: cores, value: of('database') }),
    figure({ name: `${name}-authority`, unit: cores, value: of('authority') }),
    figure({ name: `${name}-lag`, unit: 'ms until the log has all', value: of('lagMs') }),
  ]
}

/** Each process gets its share of the tokens, over its share of the connections. */
async function redeemAt(authority: RedeemingProduct, products: readonly Product[], database: number): Promise<Round> {
  const messages = await authority.messages(REDEMPTIONS)
  const used = () => ({
    database: cpuSecondsOfTree(database),
    authority: products.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
  })
  const [before, startedAt] = [used(), performance.now()]
  const share = REDEMPTIONS / products.length
  await Promise.all(
    products.map(({ port }, at) => {
      const own = messages.slice(at * share, (at + 1) * share)
      return load({ port, messages: own, expected: 201, connections: CONNECTIONS / products.length })
    }),
  )
  const endedAt = performance.now()
  const [after, seconds] = [used(), (endedAt - startedAt) / 1000]
  await drained(authority.sql)
  return {
    perSecond: REDEMPTIONS / seconds,
    database: (after.database - before.database) / seconds,
    authority: (after.authority - before.authority) / seconds,
    lagMs: performance.now() - endedAt,
  }
}

/** The server that started all others of the database. */
async function serverProcess(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const [row] = await sql<{ file: string }[]>`select pg_read_file('postmaster.pid') as file`.finally(() => sql.end())
  return Number(row?.file.split('\n')[0])
}
