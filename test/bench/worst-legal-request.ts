/**
 * How long the worst legal requests hold the event loop: everything stands still for that time, kill switches included.
 *
 * In: `worstCases`. Out: the longest turn of the loop over all cases and every page and endpoint that reads them.
 */
import { newSalt } from '@countersign/verifier'
import { createClient } from '../../src/client/client.ts'
import { type Bench, figure, pause } from './harness.ts'
import { type Approver, auditorCredential, enrolApprover, FORUM, mustSucceed, registerParties } from './parties.ts'
import { freePort, type Product, startProduct } from './product.ts'
import { type WorstCase, worstCases } from './worst-requests.ts'

const LIMIT_MS = 50
const TOGETHER = 16
const LISTED = 10

export const worstLegalRequest: Bench = {
  name: 'worst-legal-request',
  about: `the longest turn of the event loop, in milliseconds of its thread, over ${worstCases().length} worst legal requests and every page and endpoint that reads them`,
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
  readonly auditor: string
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
    const { agentCredential } = await registerParties(product)
    const ground: Ground = {
      product,
      agent: createClient({ origin: product.origin, credential: agentCredential }),
      auditor: await auditorCredential(product),
      approver: await enrolApprover(product),
      longestMs: async () => (await (await fetch(`http://127.0.0.1:${port}`)).json()).longestMs,
    }
    const steps = await measureAll(ground)
    const worst = [...steps].sort((a, b) => b.ms - a.ms).slice(0, LISTED)
    console.error(`${name}:\n${worst.map(({ of, step, ms }) => `  ${ms.toFixed(1)} ms  ${step}: ${of}`).join('\n')}`)
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

interface Step {
  readonly of: string
  readonly step: string
  readonly ms: number
}

/** The first round warms up. */
async function measureAll(ground: Ground): Promise<readonly Step[]> {
  const ordinary: WorstCase = { name: 'ordinary', arguments: { text: 'x' }, preview: { changes: [] } }
  for (let round = 0; round < 3; round++) await measure(ground, ordinary)
  const steps: Step[] = []
  for (const one of worstCases()) {
    const taken = await measure(ground, one).catch((error) => {
      throw new Error(`The case “${one.name}” could not be measured`, { cause: error })
    })
    steps.push(...taken)
    const worst = taken.reduce((most, step) => (step.ms > most.ms ? step : most))
    console.error(`  ${worst.ms.toFixed(1)} ms  ${worst.step}: ${worst.of}`)
  }
  return steps
}

async function measure({ product, agent, approver, auditor, longestMs }: Ground, one: WorstCase): Promise<Step[]> {
  const steps: Step[] = []
  const taking = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    await longestMs()
    const done = await work()
    steps.push({ of: one.name, step, ms: await longestMs() })
    return done
  }
  const read =
    (path: string, headers: Record<string, string> = {}) =>
    async () => {
      const answer = await approver.fetch(`${product.origin}${path}`, { headers: { accept: 'text/html', ...headers } })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`)
      return answer.text()
    }
  const asAuditor = { authorization: `Bearer ${auditor}`, accept: 'application/json' }

  const opened: { readonly id: string; readonly trace: string }[] = []
  for (let at = 0; at < TOGETHER; at++) opened.push(await taking('propose', () => propose(agent, one)))
  const ids = opened.map(({ id }) => id)
  const [{ id, trace } = { id: '', trace: '' }] = opened
  await taking('index', () => pause(1000))
  await taking('view', async () => mustSucceed(await agent.call('viewRequest', { params: { id } })))
  await taking('collect', () => agent.call('collectToken', { params: { id } }))
  await taking('inbox', read('/inbox', { accept: 'application/json' }))
  await taking('inbox page', read('/'))
  await taking('inbox list', read('/inbox/list'))
  await taking('approval page', read(`/approve/${id}`))
  // A page shows 800,000 characters: as many as six of the largest requests fill.
  const shown = ids.slice(0, Math.floor(790_000 / (JSON.stringify(one).length + 300)))
  await taking('batch page', read(`/approve?${new URLSearchParams(shown.map((each) => ['request', each]))}`))
  await taking('kill page', read('/kill'))
  const offered = await taking('offer', async () =>
    mustSucceed(await approver.page.call('offerConsent', { params: { id } })),
  )
  const assertion = await approver.authenticator.assert({ challenge: String(offered.options['challenge']) })
  await taking('consent', async () =>
    mustSucceed(await approver.page.call('consent', { params: { id }, body: { assertion: assertion as never } })),
  )
  await taking('collect', async () => mustSucceed(await agent.call('collectToken', { params: { id } })))
  const rest = ids.slice(1)
  const batch = await taking('batch offer', async () =>
    mustSucceed(await approver.page.call('offerBatch', { body: { requests: rest } })),
  )
  const together = await approver.authenticator.assert({ challenge: String(batch.options['challenge']) })
  await taking('batch consent', async () =>
    mustSucceed(await approver.page.call('consentBatch', { body: { requests: rest, assertion: together as never } })),
  )
  await taking('answered page', read(`/approve/${id}`))
  await taking('trace', read(`/traces/${trace}`, asAuditor))
  await taking('trace page', read(`/ledger/traces/${trace}`))
  await taking('ledger page', read('/ledger'))
  await taking('ledger entries', read('/ledger/entries?limit=500', asAuditor))
  await taking('ledger words', read('/ledger/entries?words=a+x&limit=500', asAuditor))
  await taking('export', read(`/ledger/export?format=csv&trace=${trace}`, asAuditor))
  await taking('artifacts', read('/ledger/artifacts', asAuditor))
  return steps
}

async function propose(agent: Ground['agent'], one: WorstCase) {
  const action = { name: 'forum.post', resource: 'forum:eng', arguments: one.arguments, salt: newSalt() }
  const body = { audience: FORUM, action, preview: one.preview, reason: 'а'.repeat(2000) }
  return mustSucceed(await agent.propose({ body: body as never }))
}
