/**
 * Redemptions a second of one, two and four authority processes on one PostgreSQL, and the processors that each side took.
 *
 * The load generator, the processes and the database share one machine: where its processors are few, the processor time
 * shows what a redemption costs on either side, however many processes there are. One of them builds the log, and its lag
 * is waited for. Each process has redeemed as many tokens before the clock as one alone has: code that ran a few hundred
 * times is not compiled yet, and takes twice the time.
 */
import type { DatabaseShare, Periods } from './database-share.ts'
import { type Bench, type Figure, figure, type Ground, median, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { cpuSeconds, cpuSecondsOfTree, databaseProcess } from './process-usage.ts'
import { type Product, startBeside } from './product.ts'
import { drained, type RedeemingProduct, startRedeemingProduct } from './redemption-ground.ts'

const COUNTS = [1, 2, 4]
const ROUNDS = 5
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 3000
/** Of each process. */
const CONNECTIONS = 16

export const processes: Bench = {
  name: 'processes',
  about: 'redemptions a second at 1, 2 and 4 processes on one PostgreSQL, with the processor time of both sides',
  run: (ground) => atEachCount(ground, measure),
}

type Measure = (authority: RedeemingProduct, products: readonly Product[], ground: Ground) => Promise<readonly Figure[]>

/** Starts one, two and four processes on one database, and measures at each. */
export async function atEachCount(ground: Ground, measure: Measure): Promise<readonly Figure[]> {
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
}

interface Round {
  readonly perSecond: number
  /** Processor time a redemption, in microseconds, with the log's work. */
  readonly database: number
  readonly authority: number
  /** Cores in use until the last was redeemed. */
  readonly databaseCores: number
  readonly authorityCores: number
  /** The part of the time in which the database was held back, where it is. */
  readonly heldBack: number
  readonly lagMs: number
}

interface Circumstances {
  /** Its first process. */
  readonly database: number
  /** Of each process. */
  readonly connections?: number
  /** Holds the database to a share of a processor until the log has all. */
  readonly hold?: () => DatabaseShare
}

async function measure(authority: RedeemingProduct, products: readonly Product[], ground: Ground) {
  const database = await databaseProcess(authority.databaseUrl)
  for (const _ of products) await redeemAt(authority, products, { database })
  const rounds: Round[] = []
  for (let at = 0; at < roundsOf(ground, ROUNDS); at++) rounds.push(await redeemAt(authority, products, { database }))
  const of = (quantity: keyof Round) => median(rounds.map((round) => round[quantity]))
  const name = `processes-${products.length}`
  const unit = 'µs of a core, a redemption'
  return [
    figure({ name, unit: 'redemptions/s', value: of('perSecond') }),
    figure({ name: `${name}-database`, unit, value: of('database') }),
    figure({ name: `${name}-authority`, unit, value: of('authority') }),
    figure({ name: `${name}-lag`, unit: 'ms until the log has all', value: of('lagMs') }),
  ]
}

/**
 * Each process gets its share of the tokens, over as many connections as one alone: more processes stand for more
 * callers. Each has issued as many tokens, which are redeemed at all of them, as behind a load balancer.
 */
export async function redeemAt(
  authority: RedeemingProduct,
  products: readonly Product[],
  { database, connections = CONNECTIONS, hold }: Circumstances,
): Promise<Round> {
  const share = REDEMPTIONS / products.length
  const issued: (readonly Buffer[])[] = []
  for (const product of products) issued.push(await authority.messages(share, product))
  const messages = issued[0]?.flatMap((_, at) => issued.flatMap((of) => of[at] ?? [])) ?? []
  const held = hold?.()
  const now = () => ({
    ms: performance.now(),
    database: cpuSecondsOfTree(database),
    authority: products.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
    periods: held?.periods() ?? { all: 0, atLimit: 0 },
  })
  try {
    const before = now()
    await Promise.all(
      products.map(({ port }, at) => {
        const own = messages.slice(at * share, (at + 1) * share)
        return load({ port, messages: own, expected: 201, connections })
      }),
    )
    const redeemed = now()
    await drained(authority.sql)
    return roundOf(before, redeemed, now())
  } finally {
    held?.release()
  }
}

type Instant = Readonly<Record<'ms' | 'database' | 'authority', number>> & { readonly periods: Periods }

function roundOf(before: Instant, redeemed: Instant, after: Instant): Round {
  const seconds = (redeemed.ms - before.ms) / 1000
  const periods = redeemed.periods.all - before.periods.all
  return {
    perSecond: REDEMPTIONS / seconds,
    database: ((after.database - before.database) * 1e6) / REDEMPTIONS,
    authority: ((after.authority - before.authority) * 1e6) / REDEMPTIONS,
    databaseCores: (redeemed.database - before.database) / seconds,
    authorityCores: (redeemed.authority - before.authority) / seconds,
    heldBack: periods === 0 ? 0 : (redeemed.periods.atLimit - before.periods.atLimit) / periods,
    lagMs: after.ms - redeemed.ms,
  }
}
