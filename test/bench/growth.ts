/**
 * Every row of a database once more, on one with a past: 1,000,000 stored requests and a log of 10,000,000 entries.
 *
 * In: a long log. Out: the rows on an empty database, and `grown` each with the former
 * as its yardstick. A bench has a copy for itself, and what it is held against has an empty database both times; where
 * there is such a yardstick the ratios are compared, since the two runs are minutes apart. `bare grown` is the yardstick
 * on a copy, and the product on an empty database: what PostgreSQL itself loses with the same tables.
 */
import { allow } from './allow.ts'
import { answer } from './answer.ts'
import { callAllowed } from './call-allowed.ts'
import type { Databases } from './databases.ts'
import { type Bench, type Figure, figure, type Target } from './harness.ts'
import { idleStreams } from './idle-streams.ts'
import { killAmongStreams } from './kill-among-streams.ts'
import { killToRefusal } from './kill-to-refusal.ts'
import { logThroughput } from './log-throughput.ts'
import { type LongLog, longLog } from './long-log.ts'
import { mcpGateway } from './mcp-gateway.ts'
import { memoryAtWork, memoryOnPostgres } from './memory.ts'
import { pages } from './pages.ts'
import { processes } from './processes.ts'
import { provable } from './provable.ts'
import { redeem } from './redeem.ts'
import { redeemByPolicy } from './redeem-by-policy.ts'
import { redeemWithLog } from './redeem-with-log.ts'
import { start } from './start.ts'

const MOST = 1.2

const OF_A_DATABASE: readonly Bench[] = [
  ...[redeem, callAllowed, allow, answer, processes, redeemByPolicy, start, memoryOnPostgres, memoryAtWork, pages],
  ...[logThroughput, redeemWithLog, provable, mcpGateway, killToRefusal, killAmongStreams, idleStreams],
]

/** Whose yardstick is the bare server, which has the authority's tables. */
const BESIDE_BARE_TABLES: readonly Bench[] = [redeem, callAllowed, allow, answer, processes]

/** One for each, named after it. */
export const growth: readonly Bench[] = OF_A_DATABASE.map((bench) => ({
  name: `growth-${bench.name}`,
  about: `${bench.name} with 1,000,000 requests and 10,000,000 entries, against an empty database`,
  async run(ground) {
    const past = await longLog(ground)
    const before = await bench.run(ground)
    const after = await bench.run({ ...ground, databases: copiesOf(past, ground.databases) })
    const grown = after.map((figure, at) => compared(figure, before[at]))
    if (!BESIDE_BARE_TABLES.includes(bench)) return [...before, ...grown]
    const fresh = () => ground.databases.copyOf(past.url)
    const beside = await bench.run({ ...ground, databases: { ...ground.databases, fresh } })
    return [...before, ...grown, ...beside.flatMap((figure, at) => bareCompared(figure, before[at]))]
  },
}))

const copiesOf = ({ url, options }: LongLog, databases: Databases): Databases => ({
  ...databases,
  authority: async () => ({ url: await databases.copyOf(url), options }),
})

const isRate = (unit: string): boolean => /\/s$|a second/.test(unit)

/** The same of the yardstick, where there is one, from its values and the ratios to it. */
function bareCompared({ name, unit, yardstick, ratio }: Figure, before: Figure | undefined): readonly Figure[] {
  if (yardstick === null || ratio === null || !before?.yardstick || !before.ratio) return []
  const grown = { value: yardstick, yardstick: before.yardstick, ratio: before.ratio / ratio }
  return [figure({ name: `${name} bare grown`, unit, ...grown })]
}

function compared(after: Figure, before: Figure | undefined): Figure {
  if (before?.name !== after.name) throw new Error(`${after.name} was not measured before`)
  const { name, value, unit } = after
  const [now, then] = [after.ratio ?? value, before.ratio ?? before.value]
  const ratio = now === then ? 1 : now / then
  const target: Target = { of: 'ratio', ...(isRate(unit) ? { is: '≥', limit: 1 / MOST } : { is: '≤', limit: MOST }) }
  return figure({ name: `${name} grown`, value, unit, yardstick: before.value, ratio, target })
}
