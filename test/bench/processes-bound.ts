/**
 * Redemptions a second of one, two and four authority processes on one PostgreSQL that has an eighth of a core, while the
 * processes have as much as they want.
 *
 * It shows what limits them where the database is small beside them, on a machine that is too small for both: the database
 * uses all of its share and is held back in nearly every period of 10 ms, by the system's own count, and the processes
 * wait for it. The lag of the log shows that it is built meanwhile.
 */
import { type DatabaseShare, holdDatabase } from './database-share.ts'
import { type Bench, figure, type Ground, median, roundsOf } from './harness.ts'
import { databaseProcess } from './process-usage.ts'
import { atEachCount, messagesFor, type Round, redeemAt } from './processes.ts'
import type { Product } from './product.ts'
import type { RedeemingProduct } from './redemption-ground.ts'

const SHARE = 0.125
const ROUNDS = 3
/** Of each process: enough callers for the database to have work in each of its periods. */
const CONNECTIONS = 64

export const processesBound: Bench = {
  name: 'processes-bound',
  about: 'the same where PostgreSQL has an eighth of a core, which it uses up (Linux, as root)',
  onlyByName: true,
  run: (ground) => atEachCount(ground, measure),
}

async function measure(authority: RedeemingProduct, products: readonly Product[], ground: Ground) {
  const database = await databaseProcess(authority.databaseUrl)
  const redeem = async (hold?: () => DatabaseShare) => {
    const messages = await messagesFor(authority, products)
    return redeemAt(authority, products, messages, { database, connections: CONNECTIONS, ...(hold ? { hold } : {}) })
  }
  for (const _ of products) await redeem()
  const rounds: Round[] = []
  for (let at = 0; at < roundsOf(ground, ROUNDS); at++) rounds.push(await redeem(() => holdDatabase(database, SHARE)))
  const of = (quantity: keyof Round) => median(rounds.map((round) => round[quantity]))
  const name = `processes-bound-${products.length}`
  const atLeast = { of: 'value', is: '≥', limit: 90 } as const
  return [
    figure({ name, unit: 'redemptions/s', value: of('perSecond') }),
    figure({
      name: `${name}-share`,
      unit: '% of the database’s share in use',
      value: (100 * of('databaseCores')) / SHARE,
      target: atLeast,
    }),
    figure({ name: `${name}-held`, unit: '% of its periods held back', value: of('heldBack') * 100 }),
    figure({ name: `${name}-database`, unit: 'µs of a core, a redemption', value: of('database') }),
    figure({ name: `${name}-authority`, unit: 'cores in use', value: of('authorityCores') }),
    figure({ name: `${name}-lag`, unit: 'ms until the log has all', value: of('lagMs') }),
  ]
}
