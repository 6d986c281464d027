/**
 * How long the worst legal requests hold the event loop: everything stands still for that time, kill switches included.
 *
 * In: `worstCases`, `worstCalls` and `worstPolicies`; `--cases PATTERN` takes those whose names match alone. Out: the
 * longest turn of the loop over all of them, every page and every endpoint.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createClient } from '../../src/client/client.ts'
import { freePort } from '../setup/free-port.ts'
import { type Bench, figure, pause } from './harness.ts'
import { type Approver, administer, mustSucceed, registerParties } from './parties.ts'
import { type Product, startProduct } from './product.ts'
import { worstCalls } from './worst-calls.ts'
import { type Ground, LIMIT_MS, longestTurn, type Measurement, measureCase, NO_TOKEN, propose } from './worst-case.ts'
import { writingSteps } from './worst-endpoints.ts'
import { worstPolicies } from './worst-policies.ts'
import { type WorstCase, worstCases } from './worst-requests.ts'

const LISTED = 10
/** What has nothing to do with a case. */
const CALLS = 'calls'

const about = `the longest turn of the event loop, in milliseconds of its thread, over every page and endpoint, with ${worstCases().length} worst legal requests, the worst bodies, calls and policies`

export const worstLegalRequest: Bench = {
  name: 'worst-legal-request',
  about,
  onlyByName: true,
  async run({ databases, cases }) {
    const url = await databases.fresh()
    const longest = await longestOf('worst-legal-request', url, cases)
    await databases.drop(url)
    return [longest]
  },
}

export const worstLegalRequestEmbedded: Bench = {
  name: 'worst-legal-request-embedded',
  about: 'the same on the embedded database',
  onlyByName: true,
  run: async ({ cases }) => [await longestOf('worst-legal-request-embedded', undefined, cases)],
}

interface WholeGround extends Ground {
  /** Secret of the directory that provisions people. */
  readonly directory: string
  readonly isWanted: (name: string) => boolean
}

async function longestOf(name: string, url: string | undefined, wanted: RegExp | undefined) {
  const port = await freePort()
  const settings = {
    NODE_OPTIONS: `--import=${new URL('../../test/bench/event-loop-probe.mjs', import.meta.url).href}`,
    PROBE_PORT: String(port),
  }
  const product = await startProduct(url, { settings })
  try {
    const isWanted = (one: string) => wanted?.test(one) ?? true
    const steps = await measureAll({ ...(await groundOf(product, port)), isWanted }, url === undefined)
    const worst = [...steps].sort((a, b) => b.ms - a.ms).slice(0, LISTED)
    console.error(
      `${name}, ${steps.length} steps:\n${worst.map(({ of, step, ms }) => `  ${ms.toFixed(1)} ms  ${step}: ${of}`).join('\n')}`,
    )
    return figure({
      name,
      value: worst[0]?.ms ?? Number.NaN,
      unit: 'ms',
      target: { of: 'value', is: '<', limit: LIMIT_MS },
    })
  } finally {
    await product.stop()
  }
}

async function groundOf(product: Product, probePort: number): Promise<Omit<WholeGround, 'isWanted'>> {
  const parties = await registerParties(product)
  const { agentCredential: agent, executorCredential: executor, auditorCredential: auditor, approver } = parties
  const order = { selector: { agent: 'n'.repeat(250), trace: '0'.repeat(32) }, reason: 'а'.repeat(500) }
  const { id: killSwitch } = mustSucceed(await product.operator.call('engageKillSwitch', { body: order }))
  return {
    product,
    agent: createClient({ origin: product.origin, credential: agent }),
    approver,
    killSwitch,
    directory: await addDirectory(product, approver),
    callers: {
      origin: product.origin,
      person: async (url, init = {}) => approver.fetch(url, init),
      credentials: { agent, executor, auditor, operator: product.operatorCredential },
    },
    longestMs: async () => (await (await fetch(`http://127.0.0.1:${probePort}`)).json()).longestMs,
  }
}

async function addDirectory(product: Product, admin: Approver): Promise<string> {
  const secret = `cs_directory_${randomBytes(32).toString('base64url')}`
  await administer(product, admin, 'countersign.directory.add', 'directory:bench', {
    name: 'bench',
    groups: [{ group: 'finance', display_name: 'Finance Approvers' }],
    secret: createHash('sha256').update(secret).digest('base64url'),
    expires: Math.floor(Date.now() / 1000) + 86_400,
  })
  return secret
}

/**
 * The first rounds warm up. The first and the last case read everything, the others what tells of their request; beside an
 * embedded database, which only adds the time of its statements, they read nothing.
 */
async function measureAll(ground: WholeGround, isEmbedded: boolean): Promise<readonly Measurement[]> {
  const ordinary: WorstCase = { name: 'ordinary', arguments: { text: 'x' }, preview: { changes: [] } }
  const cases = [ordinary, ...worstCases()]
  const telling = new Set<string>()
  await fillLists(ground)
  for (let round = 0; round < 2; round++) await measureCase(ground, ordinary, { isWanted: () => true, telling })
  const steps = ground.isWanted(CALLS) ? await measureCalls(ground) : []
  for (const [at, one] of cases.entries()) {
    if (!ground.isWanted(one.name)) continue
    const isAll = at === 0 || at === cases.length - 1
    const isWanted = (step: string) => isAll || (!isEmbedded && telling.has(step))
    const taken = await measureCase(ground, one, { isWanted, telling }).catch((error) => {
      throw new Error(`The case “${one.name}” could not be measured`, { cause: error })
    })
    steps.push(...taken)
    sayWorst(taken)
  }
  return [...steps, ...(await measurePolicies(ground))]
}

/** More requests than one list shows, each with as much of its call as lists read. */
const LISTED_AT_MOST = 210
const LISTED_BYTES = 7800

async function fillLists({ agent }: Ground): Promise<void> {
  const items = JSON.parse(`[${'[[]],'.repeat(LISTED_BYTES / 5)}0]`)
  const one: WorstCase = { name: 'listed', arguments: { items }, preview: { changes: [] } }
  for (let at = 0; at < LISTED_AT_MOST; at++) await propose(agent, one)
}

function sayWorst(taken: readonly Measurement[]): void {
  const worst = taken.reduce((most, step) => (step.ms > most.ms ? step : most))
  console.error(`  ${worst.ms.toFixed(1)} ms  ${worst.step}: ${worst.of}`)
}

async function measureCalls(ground: WholeGround): Promise<Measurement[]> {
  const { callers, killSwitch, directory } = ground
  const nothing = { request: NO_TOKEN, trace: '0'.repeat(32), jti: NO_TOKEN, killSwitch }
  const steps: Measurement[] = []
  for (const { name, run } of [...worstCalls(callers, directory), ...writingSteps(callers, nothing)])
    steps.push({ of: CALLS, step: name, ms: await longestTurn(ground, run) })
  sayWorst(steps)
  return steps
}

/** From the publication on: the policy is read, its first decisions are made, and its actions are prepared. */
async function measurePolicies({ product, agent, approver, longestMs, isWanted }: WholeGround): Promise<Measurement[]> {
  const steps: Measurement[] = []
  for (const [at, { name, text }] of worstPolicies()
    .filter(({ name }) => isWanted(name))
    .entries()) {
    await longestMs()
    await administer(product, approver, 'countersign.policy.publish', 'policy', { version: at + 1, text })
    await propose(agent, { name, arguments: { text: 'x' }, preview: { changes: [] } })
    await pause(1000)
    steps.push({ of: name, step: 'policy', ms: await longestMs() })
  }
  return steps
}
