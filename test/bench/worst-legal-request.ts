/**
 * How long the worst legal requests hold the event loop: everything stands still for that time, kill switches included.
 *
 * In: `worstCases` and `stepsOf`. Out: the longest turn of the loop over all cases, every page and every endpoint.
 */
import { newSalt } from '@countersign/verifier'
import { createClient } from '../../src/client/client.ts'
import { type Bench, figure, median, pause } from './harness.ts'
import { type Approver, administer, FORUM, mustSucceed, registerParties } from './parties.ts'
import { freePort, type Product, startProduct } from './product.ts'
import { type Callers, type Step, stepsOf } from './worst-endpoints.ts'
import { worstPolicies } from './worst-policies.ts'
import { type WorstCase, worstCases } from './worst-requests.ts'

const LIMIT_MS = 50
const TOGETHER = 16
const LISTED = 10

export const worstLegalRequest: Bench = {
  name: 'worst-legal-request',
  about: `the longest turn of the event loop, in milliseconds of its thread, over every page and endpoint, with ${worstCases().length} worst legal requests, the worst bodies and the worst policies`,
  onlyByName: true,
  async run({ databases }) {
    const url = await databases.fresh()
    const onPostgres = await longestOf('worst-legal-request', url)
    await databases.drop(url)
    return [onPostgres, await longestOf('worst-legal-request-embedded', undefined)]
  },
}

interface Ground {
  readonly product: Product
  readonly agent: ReturnType<typeof createClient>
  readonly approver: Approver
  readonly callers: Callers
  readonly killSwitch: string
  /** The longest turn since the last call. */
  readonly longestMs: () => Promise<number>
}

async function longestOf(name: string, url: string | undefined) {
  const port = await freePort()
  const settings = {
    NODE_OPTIONS: `--import=${new URL('../../test/bench/event-loop-probe.mjs', import.meta.url).href}`,
    PROBE_PORT: String(port),
  }
  const product = await startProduct(url, { settings })
  try {
    const steps = await measureAll(await groundOf(product, port))
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

async function groundOf(product: Product, probePort: number): Promise<Ground> {
  const parties = await registerParties(product)
  const { agentCredential: agent, executorCredential: executor, auditorCredential: auditor, approver } = parties
  const order = { selector: { agent: 'n'.repeat(250), trace: '0'.repeat(32) }, reason: 'а'.repeat(500) }
  const { id: killSwitch } = mustSucceed(await product.operator.call('engageKillSwitch', { body: order }))
  return {
    product,
    agent: createClient({ origin: product.origin, credential: agent }),
    approver,
    killSwitch,
    callers: {
      origin: product.origin,
      person: async (url, init = {}) => approver.fetch(url, init),
      credentials: { agent, executor, auditor, operator: product.operatorCredential },
    },
    longestMs: async () => (await (await fetch(`http://127.0.0.1:${probePort}`)).json()).longestMs,
  }
}

interface Measurement {
  readonly of: string
  readonly step: string
  readonly ms: number
}

/** The first rounds warm up. */
async function measureAll(ground: Ground): Promise<readonly Measurement[]> {
  const ordinary: WorstCase = { name: 'ordinary', arguments: { text: 'x' }, preview: { changes: [] } }
  for (let round = 0; round < 3; round++) await measure(ground, ordinary, round === 2)
  const steps: Measurement[] = []
  for (const [at, one] of [ordinary, ...worstCases()].entries()) {
    const taken = await measure(ground, one, at === 0).catch((error) => {
      throw new Error(`The case “${one.name}” could not be measured`, { cause: error })
    })
    steps.push(...taken)
    const worst = taken.reduce((most, step) => (step.ms > most.ms ? step : most))
    console.error(`  ${worst.ms.toFixed(1)} ms  ${worst.step}: ${worst.of}`)
  }
  return [...steps, ...(await measurePolicies(ground))]
}

/** From the publication on: the policy is read, its first decisions are made, and its actions are prepared. */
async function measurePolicies({ product, agent, approver, longestMs }: Ground): Promise<Measurement[]> {
  const steps: Measurement[] = []
  for (const [at, { name, text }] of worstPolicies().entries()) {
    await longestMs()
    await administer(product, approver, 'countersign.policy.publish', 'policy', { version: at + 1, text })
    await propose(agent, { name, arguments: { text: 'x' }, preview: { changes: [] } })
    await pause(1000)
    steps.push({ of: name, step: 'policy', ms: await longestMs() })
  }
  return steps
}

/** `bodies`: whether the calls that write are made too, which have nothing to do with the case. */
async function measure(ground: Ground, one: WorstCase, bodies: boolean): Promise<Measurement[]> {
  const { agent, approver, callers, killSwitch, longestMs } = ground
  const steps: Measurement[] = []
  const taking = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    await longestMs()
    const done = await work()
    steps.push({ of: one.name, step, ms: await longestMs() })
    return done
  }
  /** The middle of three, where one is too long: a busy machine prolongs a turn now and then. */
  const repeating = async ({ name, run }: Step): Promise<void> => {
    const taken: number[] = []
    do {
      await longestMs()
      await run()
      taken.push(await longestMs())
    } while (taken.length < 3 && Math.max(...taken) > LIMIT_MS / 2)
    steps.push({ of: one.name, step: name, ms: median(taken) })
  }
  const proposing: number[] = []
  const opened: { readonly id: string; readonly trace: string }[] = []
  for (let at = 0; at < TOGETHER; at++) {
    await longestMs()
    opened.push(await propose(agent, one))
    proposing.push(await longestMs())
  }
  steps.push({ of: one.name, step: 'propose', ms: median(proposing) })
  const ids = opened.map(({ id }) => id)
  const [{ id, trace } = { id: '', trace: '' }] = opened
  await taking('index', () => pause(1000))
  // A page shows 800,000 characters: as many as six of the largest requests fill.
  const shown = ids.slice(0, Math.floor(790_000 / (JSON.stringify(one).length + 300)))
  const together = `/approve?${new URLSearchParams(shown.map((each) => ['request', each]))}`
  await repeating({ name: 'batch page', run: () => readPage(ground, together) })
  for (const step of stepsOf(callers, { request: id, trace, jti: NO_TOKEN, killSwitch }, bodies)) await repeating(step)

  const offered = await taking('offer', async () =>
    mustSucceed(await approver.page.call('offerConsent', { params: { id } })),
  )
  const assertion = await approver.authenticator.assert({ challenge: String(offered.options['challenge']) })
  await taking('consent', async () =>
    mustSucceed(await approver.page.call('consent', { params: { id }, body: { assertion: assertion as never } })),
  )
  const { jti } = await taking('collect', async () => mustSucceed(await agent.call('collectToken', { params: { id } })))
  const rest = ids.slice(1)
  const offer = () => approver.page.call('offerBatch', { body: { requests: rest } })
  await repeating({ name: 'batch offer', run: offer })
  // Where a text conceals something, the offer and the consent are refused, which is work too.
  const batch = await offer()
  const challenge = batch.ok ? String(batch.value.options['challenge']) : ''
  const signed = batch.ok ? await approver.authenticator.assert({ challenge }) : assertion
  await taking('batch consent', async () => {
    const body = { requests: rest, assertion: signed as never }
    const answer = await approver.page.call('consentBatch', { body })
    if (batch.ok) mustSucceed(answer)
  })
  for (const step of stepsOf(callers, { request: id, trace, jti, killSwitch }, false)) {
    await repeating({ ...step, name: `${step.name}, answered` })
  }
  await repeating({ name: 'export as CSV', run: () => readPage(ground, `/ledger/export?format=csv&trace=${trace}`) })
  return steps
}

const NO_TOKEN = 'A'.repeat(22)

async function readPage({ product, approver }: Ground, path: string): Promise<string> {
  const answer = await approver.fetch(`${product.origin}${path}`, { headers: { accept: 'text/html' } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`)
  return answer.text()
}

async function propose(agent: Ground['agent'], one: WorstCase) {
  const action = { name: 'forum.post', resource: 'forum:eng', arguments: one.arguments, salt: newSalt() }
  const body = { audience: FORUM, action, preview: one.preview, reason: 'а'.repeat(2000) }
  return mustSucceed(await agent.propose({ body: body as never }))
}
