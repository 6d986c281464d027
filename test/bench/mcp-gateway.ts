/**
 * Calls through the MCP gateway against the same calls made directly, one after another, as an agent makes them: of a
 * tool that policy allows, and of what passes through. And from the tap of an approver until the server has the call.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newSalt } from '@countersign/verifier'
import { createClient } from '../../src/client/client.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { timeAnswer } from './answer.ts'
import { alternate, type Bench, figure, median, pause, roundsOf } from './harness.ts'
import { load, post } from './load.ts'
import { connectMcp, type McpPeer } from './mcp-peer.ts'
import { AGENT, type Approver, add, enrolApprover, mustSucceed } from './parties.ts'
import { type Product, startProduct } from './product.ts'
import { runOnce } from './run-once.ts'

const COMMAND = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))
const SERVER = fileURLToPath(new URL('../../test/bench/tool-server.mjs', import.meta.url))
const AUDIENCE = 'urn:mcp:bench'
const WARM_UPS = 2
const ROUNDS = 7
const CALLS = 200
const TAPS = 60
/** Long enough for the gateway's look at the request to have arrived and to wait. */
const SETTLE_MS = 25

export const mcpGateway: Bench = {
  name: 'mcp-gateway',
  about: 'milliseconds that the MCP gateway adds to a tool call and to what passes through, and from tap to call',
  async run(ground) {
    const { databases } = ground
    const { url, options } = await databases.authority()
    const product = await startProduct(url, options)
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-mcp-'))
    const { approver, environment, config } = await setUp(product, folder)
    const direct = await connectMcp([SERVER], {})
    const gateway = await connectMcp([COMMAND, 'mcp', '--config', config], environment)
    try {
      const evaluation = () => timedEvaluation(product, environment.GATEWAY_CREDENTIAL)
      const calls = await turns(CALL, { gateway, direct, yardstick: evaluation })
      const passed = await turns(PASSED, { gateway, direct, yardstick: () => timed(direct, PASSED) })
      const agent = createClient({ origin: product.origin, credential: environment.AGENT_CREDENTIAL })
      const note = () => ({ name: 'bench.note', resource: 'mcp:bench/note', arguments: {}, salt: newSalt() })
      const answered = () => timeAnswer(agent, approver, AUDIENCE, note())
      const taps = await inTurns(roundsOf(ground, TAPS), (round) => timeTap(gateway, approver, round), answered)
      return [
        row('gateway-call', calls.added, 4, calls.yardstick),
        row('gateway-call-cpu', calls.processorMs, 1.5),
        row('gateway-pass', passed.added, 0.5, passed.yardstick),
        row('gateway-tap', taps.product, 50, taps.yardstick),
      ]
    } finally {
      await Promise.all([direct.stop(), gateway.stop()])
      await product.stop()
      await databases.drop(url)
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const row = (name: string, value: number, limit: number, yardstick?: number) =>
  figure({
    name,
    value,
    unit: 'ms',
    target: { of: 'value', is: '≤', limit },
    ...(yardstick !== undefined && { yardstick }),
  })

type Request = readonly [method: string, params: object]
const CALL: Request = ['tools/call', { name: 'look', arguments: { path: 'notes' } }]
const PASSED: Request = ['prompts/list', {}]

interface Sides {
  readonly gateway: McpPeer
  readonly direct: McpPeer
  readonly yardstick: () => Promise<number>
}

/** What the gateway adds to the median, and its processor time a request. */
async function turns(request: Request, { gateway, direct, yardstick }: Sides) {
  const added = async () => (await timed(gateway, request)) - (await timed(direct, request))
  await alternate(WARM_UPS, added, yardstick)
  const before = gateway.processorMs()
  const times = await alternate(ROUNDS, added, yardstick)
  return {
    added: median(times.product),
    yardstick: median(times.yardstick),
    processorMs: (gateway.processorMs() - before) / (ROUNDS * CALLS),
  }
}

/** The question that the gateway asks the authority about a call, asked alone. */
async function timedEvaluation({ port }: Product, credential: string): Promise<number> {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
  const body = {
    subject: { type: 'agent', id: AGENT },
    action: { name: 'bench.look', properties: { path: 'notes' } },
    resource: { type: 'executor', id: 'mcp:bench/look', properties: { audience: AUDIENCE } },
  }
  const messages = Array.from({ length: CALLS }, () => post('/access/v1/evaluation', headers, JSON.stringify(body)))
  return median((await load({ port, messages, expected: 200, connections: 1 })).latenciesMs)
}

/** Medians; the first tenth warms up. */
async function inTurns(rounds: number, product: (round: number) => Promise<number>, yardstick: () => Promise<number>) {
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    ours.push(await product(round))
    theirs.push(await yardstick())
  }
  const warm = Math.ceil(rounds / 10)
  return { product: median(ours.slice(warm)), yardstick: median(theirs.slice(warm)) }
}

/** The median of requests that follow one another. */
async function timed({ request }: McpPeer, [method, params]: Request): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < CALLS; at++) {
    const sentAt = performance.now()
    const { isError } = await request(method, params)
    times.push(performance.now() - sentAt)
    if (isError === true) throw new Error('The gateway refused what policy allows')
  }
  return median(times)
}

/** As the guide has it: the gateway is registered with the tools of its server. */
async function setUp(product: Product, folder: string) {
  const key = await generateSigningKey('ES256')
  const { d: _private, ext: _ext, key_ops: _ops, ...publicKey } = key
  const file = (name: string, content: object) => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  const config = file('gateway.json', {
    issuer: product.origin,
    audience: AUDIENCE,
    credential: { env: 'GATEWAY_CREDENTIAL' },
    challenge_key: file('key.jwk', key),
    agents: { [AGENT]: { credential: { env: 'AGENT_CREDENTIAL' } } },
    upstreams: { bench: { command: process.execPath, args: [SERVER], tools: { look: 'read', note: 'write' } } },
    state_dir: join(folder, 'state'),
  })
  const { said } = await runOnce(COMMAND, ['mcp', '--config', config, '--print-catalogue'])
  const executor = { audience: AUDIENCE, title: 'Bench', catalogue: JSON.parse(said), challenge_keys: [publicKey] }
  const agent = { id: AGENT, executors: [AUDIENCE] }
  const { operator } = product
  const environment = {
    AGENT_CREDENTIAL: await add(operator, 'countersign.agent.add', `agent:${AGENT}`, agent),
    GATEWAY_CREDENTIAL: await add(operator, 'countersign.executor.add', `executor:${AUDIENCE}`, executor),
  }
  return { environment, config, approver: await enrolApprover(product) }
}

/** From the passkey's answer on its way to the authority until the server has the call. */
async function timeTap({ request }: McpPeer, { page, authenticator }: Approver, round: number): Promise<number> {
  // A client that takes progress is held while its call waits.
  const called = request('tools/call', { name: 'note', arguments: { round }, _meta: { progressToken: round } })
  const id = await requestIn(page)
  const { options } = mustSucceed(await page.call('offerConsent', { params: { id } }))
  const assertion = await authenticator.assert({ challenge: String(options['challenge']) })
  await pause(SETTLE_MS)
  const sentAt = performance.timeOrigin + performance.now()
  mustSucceed(await page.call('consent', { params: { id }, body: { assertion: assertion as never } }))
  return calledAt(await called) - sentAt
}

function calledAt({ content, isError }: Readonly<Record<string, unknown>>): number {
  const [first] = Array.isArray(content) ? content : []
  if (isError === true) throw new Error(String(first?.text))
  return Number(first?.text)
}

const LOOK_MS = 10

async function requestIn(page: Approver['page']): Promise<string> {
  for (;;) {
    const [waiting] = mustSucceed(await page.call('inbox')).requests
    if (waiting) return waiting.id
    await pause(LOOK_MS)
  }
}
