/**
 * Every row of a database once more, on one with a past: 1,000,000 stored requests and a log of 10,000,000 entries.
 *
 * In: a long log, whose database gets the requests. Out: the rows on an empty database, and `grown` each with the former
 * as its yardstick. A bench has a copy for itself, and what it is held against has an empty database both times; where
 * there is such a yardstick the ratios are compared, since the two runs are minutes apart.
 */
import { createClient } from '../../src/client/client.ts'
import { allow } from './allow.ts'
import { answer } from './answer.ts'
import { callAllowed } from './call-allowed.ts'
import type { Databases } from './databases.ts'
import { type Bench, type Figure, figure, type Ground, type Target } from './harness.ts'
import { idleStreams } from './idle-streams.ts'
import { killAmongStreams } from './kill-among-streams.ts'
import { killToRefusal } from './kill-to-refusal.ts'
import { logThroughput } from './log-throughput.ts'
import { type LongLog, longLog } from './long-log.ts'
import { mcpGateway } from './mcp-gateway.ts'
import { memoryAtWork, memoryOnPostgres } from './memory.ts'
import { fillDatabase } from './million.ts'
import { pages } from './pages.ts'
import { add, addExecutor, forumAction, mustSucceed } from './parties.ts'
import { processes } from './processes.ts'
import { startProduct } from './product.ts'
import { provable } from './provable.ts'
import { redeem } from './redeem.ts'
import { redeemByPolicy } from './redeem-by-policy.ts'
import { redeemWithLog } from './redeem-with-log.ts'
import { start } from './start.ts'

const REQUESTS = 1_000_000
const MOST = 1.2
/** Of the past, so that every bench can register its own. */
const [AGENT, EXECUTOR] = ['past-agent', 'https://past.example']

const OF_A_DATABASE: readonly Bench[] = [
  ...[redeem, callAllowed, allow, answer, processes, redeemByPolicy, start, memoryOnPostgres, memoryAtWork, pages],
  ...[logThroughput, redeemWithLog, provable, mcpGateway, killToRefusal, killAmongStreams, idleStreams],
]

/** One for each, named after it. */
export const growth: readonly Bench[] = OF_A_DATABASE.map((bench) => ({
  name: `growth-${bench.name}`,
  about: `${bench.name} with 1,000,000 requests and 10,000,000 entries, against an empty database`,
  async run(ground) {
    const past = await pastOf(ground)
    const before = await bench.run(ground)
    const after = await bench.run({ ...ground, databases: copiesOf(past, ground.databases) })
    return [...before, ...after.map((figure, at) => compared(figure, before[at]))]
  },
}))

let made: Promise<LongLog> | undefined

/** A long log, and requests in its database: made for the first who asks. */
function pastOf(ground: Ground): Promise<LongLog> {
  made ??= longLog(ground).then(fillRequests)
  return made
}

const copiesOf = ({ url, options }: LongLog, databases: Databases): Databases => ({
  ...databases,
  authority: async () => ({ url: await databases.copyOf(url), options }),
})

async function fillRequests(log: LongLog): Promise<LongLog> {
  const { url, options, sql } = log
  const product = await startProduct(url, options)
  try {
    await addExecutor(product, EXECUTOR)
    const registration = { id: AGENT, executors: [EXECUTOR] }
    const credential = await add(product.operator, 'countersign.agent.add', `agent:${AGENT}`, registration)
    const agent = createClient({ origin: product.origin, credential })
    mustSucceed(await agent.propose({ body: { audience: EXECUTOR, action: forumAction('forum.read') } }))
  } finally {
    await product.stop()
  }
  await fillDatabase(sql, REQUESTS)
  return log
}

const isRate = (unit: string): boolean => /\/s$|a second/.test(unit)

function compared(after: Figure, before: Figure | undefined): Figure {
  if (before?.name !== after.name) throw new Error(`${after.name} was not measured before`)
  const { name, value, unit } = after
  const ratio = (after.ratio ?? value) / (before.ratio ?? before.value)
  const target: Target = { of: 'ratio', ...(isRate(unit) ? { is: '≥', limit: 1 / MOST } : { is: '≤', limit: MOST }) }
  return figure({ name: `${name} grown`, value, unit, yardstick: before.value, ratio, target })
}
