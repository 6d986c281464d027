/**
 * Processor time of a redemption in workerd, the runtime of Cloudflare Workers, where the free plan allows 10 ms a request.
 *
 * The Worker is bundled and run as the tests do. What counts is the processor time that the process of workerd takes for
 * many redemptions, all its threads together: more than the plan counts, which leaves out what the runtime does itself.
 * The entries enter the log within the same time. The yardstick is a bare Worker with a database of its own, which takes
 * the same tokens and has no log.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { generateVapidKey } from '../../src/authority/notify/notify-keys.ts'
import { createClient } from '../../src/client/client.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { bundleWorker, type RunningWorker, startWorker } from '../worker/wrangler.ts'
import { alternate, type Bench, compare, figure, type Ground, pause, roundsOf } from './harness.ts'
import { bodyOf, load } from './load.ts'
import { type Parties, proposals, registerParties } from './parties.ts'
import { cpuSeconds, descendants } from './process-usage.ts'
import { UNLIMITED } from './product.ts'
import { bareDatabase, bareSettingsOf, redemptionOf, tokenIn } from './redemption-ground.ts'

const BARE = 'test/bench/bare-worker.ts'
const OPERATOR = `cs_operator_${'w'.repeat(43)}`
const ROUNDS = 5
const REDEMPTIONS = 200
/** Until what the calls left to do is done, such as entries that enter the log. */
const SETTLE_MS = 3000
const MAX_MS = 10

export const workers: Bench = {
  name: 'workers',
  about: 'milliseconds of processor time that workerd takes for a redemption, on PostgreSQL, against a bare Worker',
  async run(ground) {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-worker-'))
    const { databases } = ground
    const [url, bareUrl] = [await databases.fresh(), await bareDatabase(databases)]
    const running: RunningWorker[] = []
    const start = async (at: string, settings: Readonly<Record<string, string>>, entry?: string) => {
      const worker = await startWorker(await bundleWorker(folder, entry), at, settings)
      running.push(worker)
      return worker
    }
    try {
      const signingKey = await generateSigningKey('ES256')
      const worker = await start(url, await secrets(signingKey))
      const parties = await register(worker.origin)
      const bare = await start(bareUrl, bareSettingsOf(worker.origin, signingKey, parties), BARE)
      return await measure({ worker, bare, parties }, ground)
    } finally {
      for (const worker of running) await worker.stop()
      for (const one of [url, bareUrl]) await databases.drop(one)
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function secrets(signingKey: JWK): Promise<Readonly<Record<string, string>>> {
  return {
    ...UNLIMITED,
    COUNTERSIGN_SIGNING_KEYS: JSON.stringify({ keys: [signingKey] }),
    COUNTERSIGN_LOG_KEY: JSON.stringify(await generateLogKey()),
    COUNTERSIGN_WEBHOOK_KEY: JSON.stringify(await generateLogKey()),
    COUNTERSIGN_VAPID_KEYS: JSON.stringify(await generateVapidKey()),
    COUNTERSIGN_OPERATOR_CREDENTIAL: OPERATOR,
  }
}

interface Sides {
  readonly worker: RunningWorker
  readonly bare: RunningWorker
  readonly parties: Parties
}

async function measure({ worker, bare, parties }: Sides, ground: Ground) {
  let messages: readonly Buffer[] = []
  const onBare = async () => {
    messages = await issue(portOf(worker), parties)
    return redeemAt(bare, messages)
  }
  const onWorker = () => redeemAt(worker, messages)
  await alternate(1, onWorker, onBare)
  const turns = await alternate(roundsOf(ground, ROUNDS), onWorker, onBare)
  const target = { of: 'value', is: '<', limit: MAX_MS } as const
  return [figure({ name: 'workers', unit: 'ms of a core', ...compare(turns, (ms) => ms), target })]
}

/** Milliseconds of processor time, for each. */
async function redeemAt(worker: RunningWorker, messages: readonly Buffer[]): Promise<number> {
  await pause(SETTLE_MS)
  const before = processorSeconds(worker.pid)
  await load({ port: portOf(worker), messages, expected: 201, connections: 4 })
  await pause(SETTLE_MS)
  return ((processorSeconds(worker.pid) - before) * 1000) / messages.length
}

const portOf = ({ origin }: RunningWorker): number => Number(new URL(origin).port)

async function register(origin: string): Promise<Parties> {
  const operator = createClient({ origin, credential: OPERATOR })
  const headers = { authorization: `Bearer ${OPERATOR}` }
  const { link } = await (await fetch(`${origin}/admin/first-admin-link`, { method: 'POST', headers })).json()
  return registerParties({ origin, operator, bootstrapLink: link })
}

/** Redemptions of tokens. */
async function issue(port: number, parties: Parties): Promise<readonly Buffer[]> {
  const issued: Buffer[] = []
  const messages = proposals(parties, REDEMPTIONS)
  const answered = (answer: string) => void issued.push(redemptionOf(tokenIn(bodyOf(answer)), parties))
  await load({ port, messages, expected: 201, connections: 4, answered })
  return issued
}

/** Of the processes of workerd alone: wrangler, which passes the calls on, is no part of a deployment. */
const processorSeconds = (pid: number): number =>
  descendants(pid)
    .filter((one) => readFileSync(`/proc/${one}/comm`, 'utf8').startsWith('workerd'))
    .reduce((sum, one) => sum + cpuSeconds(one), 0)
