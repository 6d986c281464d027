/**
 * Redemptions a second of one, two and four authority processes on one PostgreSQL, and the processors that each side took.
 * The yardstick is as many bare servers on a database of their own, which take the same tokens.
 *
 * The load generator, the processes and the database share one machine: where its processors are few, the processor time
 * shows what a redemption costs on either side, however many processes there are. One of them builds the log, and its lag
 * is waited for. Each process has redeemed as many tokens before the clock as one alone has: code that ran a few hundred
 * times is not compiled yet, and takes twice the time.
 */
import type { BenchServer } from './bench-servers.ts'
import type { DatabaseShare, Periods } from './database-share.ts'
import { alternate, type Bench, compare, type Figure, figure, type Ground, median, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { cpuSeconds, cpuSecondsOfTree, databaseProcess } from './process-usage.ts'
import { type Product, startBeside } from './product.ts'
import {
  bareDatabase,
  drained,
  type RedeemingProduct,
  startBareOn,
  startRedeemingProduct,
} from './redemption-ground.ts'

const COUNTS = [1, 2, 4]
const ROUNDS = 5
/** Fewer than may wait for the log before new work is refused. */
const REDEMPTIONS = 3000
/** Of each process. */
const CONNECTIONS = 16

export const processes: Bench = {
  name: 'processes',
  about: 'redemptions a second at 1, 2 and 4 processes on one PostgreSQL, against as many bare servers',
  async run(ground) {
    const url = await bareDatabase(ground.databases)
    const bares: BenchServer[] = []
    const besideBares: Measure = async (authority, products) => {
      while (bares.length < products.length) bares.push(await startBareOn(url, authority))
      return measure({ authority, products, bares }, ground)
    }
    try {
      return await atEachCount(ground, besideBares)
    } finally {
      for (const bare of bares) await bare.stop()
      await ground.databases.drop(url)
    }
  },
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

interface Sides {
  readonly authority: RedeemingProduct
  readonly products: readonly Product[]
  readonly bares: readonly BenchServer[]
}

/** The bare servers take the tokens first: of what has been redeemed, they know nothing. */
async function measure({ authority, products, bares }: Sides, ground: Ground): Promise<readonly Figure[]> {
  const database = await databaseProcess(authority.databaseUrl)
  const rounds: Round[] = []
  let messages: readonly Buffer[] = []
  const onBares = async () => {
    messages = await messagesFor(authority, products)
    return perSecond(await redeemAll(bares, messages))
  }
  const onProducts = async () => {
    const round = await redeemAt(authority, products, messages, { database })
    rounds.push(round)
    return round.perSecond
  }
  await alternate(products.length, onProducts, onBares)
  rounds.length = 0
  const turns = await alternate(roundsOf(ground, ROUNDS), onProducts, onBares)
  const of = (quantity: keyof Round) => median(rounds.map((round) => round[quantity]))
  const name = `processes-${products.length}`
  const unit = 'µs of a core, a redemption'
  return [
    figure({ name, unit: 'redemptions/s', ...compare(turns, (rate) => rate) }),
    figure({ name: `${name}-database`, unit, value: of('database') }),
    figure({ name: `${name}-authority`, unit, value: of('authority') }),
    figure({ name: `${name}-lag`, unit: 'ms until the log has all', value: of('lagMs') }),
  ]
}

/** Each process has issued as many tokens, which are redeemed at all of them, as behind a load balancer. */
export async function messagesFor(authority: RedeemingProduct, products: readonly Product[]) {
  const issued: (readonly Buffer[])[] = []
  for (const product of products) issued.push(await authority.messages(REDEMPTIONS / products.length, product))
  return issued[0]?.flatMap((_, at) => issued.flatMap((of) => of[at] ?? [])) ?? []
}

/**
 * Each server gets its share of the tokens, over as many connections as one alone: more processes stand for more callers.
 * Out: the milliseconds it took.
 */
async function redeemAll(
  servers: readonly { readonly port: number }[],
  messages: readonly Buffer[],
  connections = CONNECTIONS,
): Promise<number> {
  const share = messages.length / servers.length
  const before = performance.now()
  await Promise.all(
    servers.map(({ port }, at) => {
      const own = messages.slice(at * share, (at + 1) * share)
      return load({ port, messages: own, expected: 201, connections })
    }),
  )
  return performance.now() - before
}

const perSecond = (ms: number): number => (REDEMPTIONS * 1000) / ms

export interface Round {
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

export async function redeemAt(
  authority: RedeemingProduct,
  products: readonly Product[],
  messages: readonly Buffer[],
  { database, connections, hold }: Circumstances,
): Promise<Round> {
  const held = hold?.()
  const now = () => ({
    ms: performance.now(),
    database: cpuSecondsOfTree(database),
    authority: products.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0),
    periods: held?.periods() ?? { all: 0, atLimit: 0 },
  })
  try {
    const before = now()
    await redeemAll(products, messages, connections)
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
    perSecond: perSecond(redeemed.ms - before.ms),
    database: ((after.database - before.database) * 1e6) / REDEMPTIONS,
    authority: ((after.authority - before.authority) * 1e6) / REDEMPTIONS,
    databaseCores: (redeemed.database - before.database) / seconds,
    authorityCores: (redeemed.authority - before.authority) / seconds,
    heldBack: periods === 0 ? 0 : (redeemed.periods.atLimit - before.periods.atLimit) / periods,
    lagMs: after.ms - redeemed.ms,
  }
}
