/** Resident memory of an authority whose log is long, after a start and some traffic, against one whose log is empty. */
import { type Bench, figure, pause } from './harness.ts'
import { get, load } from './load.ts'
import { longLog, type Started } from './long-log.ts'
import { proposals, registerParties } from './parties.ts'
import { residentMegabytes } from './process-usage.ts'
import { startProduct } from './product.ts'

const REQUESTS = 3000
const PROOFS = 500
const IDLE_MS = 5000

export const memoryLog: Bench = {
  name: 'memory-log',
  about: 'megabytes resident with a log of 10,000,000 entries, after requests and proofs, against an empty log',
  onlyByName: true,
  async run(ground) {
    const log = await longLog(ground)
    const value = await afterTraffic(await log.start(), ground.entries)
    const url = await ground.databases.fresh()
    const product = await startProduct(url, { settings: { COUNTERSIGN_LOG_PUBLIC: 'true' } })
    const yardstick = await afterTraffic({ product, parties: await registerParties(product) }, REQUESTS)
    await ground.databases.drop(url)
    const target = { of: 'ratio', is: '≤', limit: 1.1 } as const
    return [figure({ name: 'memory-log', value, unit: 'MB', yardstick, target })]
  },
}

/** The same for both: entries are written, sequenced and proved. Of the first `entries` some are asked for. */
async function afterTraffic({ product, parties }: Started, entries: number): Promise<number> {
  const { port } = product
  try {
    await load({ port, messages: proposals(parties, REQUESTS), expected: 201 })
    await pause(IDLE_MS)
    const some = () => get(`/ledger/proofs/${Math.floor(Math.random() * entries)}`)
    await load({ port, messages: Array.from({ length: PROOFS }, some), expected: 200, connections: 2 })
    await pause(IDLE_MS)
    return residentMegabytes(product.pid)
  } finally {
    await product.stop()
  }
}
