/**
 * Processor time of a redemption in workerd, the runtime of Cloudflare Workers, where the free plan allows 10 ms a request.
 *
 * The Worker is bundled and run as the tests do. What counts is the processor time that the process of workerd takes for
 * many redemptions, all its threads together: more than the plan counts, which leaves out what the runtime does itself.
 * The entries enter the log within the same time.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateVapidKey } from '../../src/authority/notify/notify-keys.ts'
import { createClient } from '../../src/client/client.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { bundleWorker, type RunningWorker, startWorker } from '../worker/wrangler.ts'
import { type Bench, figure, type Ground, median, pause, roundsOf } from './harness.ts'
import { bodyOf, load } from './load.ts'
import { type Parties, proposals, registerParties } from './parties.ts'
import { cpuSeconds, descendants } from './process-usage.ts'
import { UNLIMITED } from './product.ts'
import { redemptionOf, tokenIn } from './redemption-ground.ts'

const OPERATOR = `cs_operator_${'w'.repeat(43)}`
const ROUNDS = 5
const REDEMPTIONS = 200
/** Until what the calls left to do is done, such as entries that enter the log. */
const SETTLE_MS = 3000
const MAX_MS = 10

export const workers: Bench = {
  name: 'workers',
  about: 'milliseconds of processor time that workerd takes for a redemption, with its entry in the log, on PostgreSQL',
  async run(ground) {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-worker-'))
    const url = await ground.databases.fresh()
    try {
      const worker = await startWorker(await bundleWorker(folder), url, await secrets())
      return await measure(worker, ground).finally(worker.stop)
    } finally {
      await ground.databases.drop(url)
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function secrets(): Promise<Readonly<Record<string, string>>> {
  return {
    ...UNLIMITED,
    COUNTERSIGN_SIGNING_KEYS: JSON.stringify({ keys: [await generateSigningKey('ES256')] }),
    COUNTERSIGN_LOG_KEY: JSON.stringify(await generateLogKey()),
    COUNTERSIGN_WEBHOOK_KEY: JSON.stringify(await generateLogKey()),
    COUNTERSIGN_VAPID_KEYS: JSON.stringify(await generateVapidKey()),
    COUNTERSIGN_OPERATOR_CREDENTIAL: OPERATOR,
  }
}

async function measure({ origin, pid }: RunningWorker, ground: Ground) {
  const port = Number(new URL(origin).port)
  const parties = await register(origin)
  const times: number[] = []
  // The first round warms up.
  for (let at = 0; at <= roundsOf(ground, ROUNDS); at++) {
    const tokens = await issue(port, parties)
    await pause(SETTLE_MS)
    const before = processorSeconds(pid)
    const messages = tokens.map((token) => redemptionOf(token, parties))
    await load({ port, messages, expected: 201, connections: 4 })
    await pause(SETTLE_MS)
    times.push(((processorSeconds(pid) - before) * 1000) / REDEMPTIONS)
  }
  const target = { of: 'value', is: '<', limit: MAX_MS } as const
  return [figure({ name: 'workers', unit: 'ms of a core', value: median(times.slice(1)), target })]
}

async function register(origin: string): Promise<Parties> {
  const operator = createClient({ origin, credential: OPERATOR })
  const headers = { authorization: `Bearer ${OPERATOR}` }
  const { link } = await (await fetch(`${origin}/admin/first-admin-link`, { method: 'POST', headers })).json()
  return registerParties({ origin, operator, bootstrapLink: link })
}

async function issue(port: number, parties: Parties): Promise<readonly string[]> {
  const tokens: string[] = []
  const messages = proposals(parties, REDEMPTIONS)
  const answered = (answer: string) => void tokens.push(tokenIn(bodyOf(answer)))
  await load({ port, messages, expected: 201, connections: 4, answered })
  return tokens
}

/** Of the processes of workerd alone: wrangler, which passes the calls on, is no part of a deployment. */
const processorSeconds = (pid: number): number =>
  descendants(pid)
    .filter((one) => readFileSync(`/proc/${one}/comm`, 'utf8').startsWith('workerd'))
    .reduce((sum, one) => sum + cpuSeconds(one), 0)
