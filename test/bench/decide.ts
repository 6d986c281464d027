/**
 * One decision in process under a large policy: 1,000 policies over 200 actions, arguments of up to 4 KiB as text, SQL and
 * shell, all of which are read for signals. The policy is prepared before, as when a version comes into force.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '@countersign/verifier'
import { cedarPolicy } from '../../src/domain/policy/cedar/cedar-policy.ts'
import { compilePolicies } from '../../src/domain/policy/cedar/compile.ts'
import type { Policy, PolicyQuery } from '../../src/domain/policy/policy.ts'
import { createCedarHost } from '../../src/node/cedar-host.ts'
import { type Bench, figure, quantile, roundsOf } from './harness.ts'
import { AGENT, FORUM } from './parties.ts'

const ACTIONS = 200
const POLICIES_EACH = 5
const DECISIONS = 20_000
const MAX_BYTES = 4096

export const decisions: Bench = {
  name: 'decide',
  about: 'milliseconds of a decision in process, under 1,000 policies over 200 actions, with arguments of up to 4 KiB',
  async run(ground) {
    const { median, p99 } = inOwnProcess(roundsOf(ground, DECISIONS))
    return [
      figure({ name: 'decide', unit: 'ms', value: median }),
      figure({ name: 'decide-p99', unit: 'ms', value: p99, target: { of: 'value', is: '<', limit: 2 } }),
    ]
  },
}

/** Without the memory of the benches' own process, which its garbage collector would go through. */
function inOwnProcess(count: number): Awaited<ReturnType<typeof measureDecisions>> {
  const program = fileURLToPath(new URL('decide-process.js', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [program, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`The process of decisions ended with ${status}`)
  return JSON.parse(String(stdout))
}

export async function measureDecisions(count = DECISIONS) {
  const policy = largePolicy()
  await policy.prepare()
  const times = new Float64Array(count)
  for (let at = 0; at < count; at++) times[at] = await timed(policy, queryNumber(at))
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99) }
}

async function timed(policy: Policy, query: PolicyQuery): Promise<number> {
  const start = performance.now()
  const { effect, reason } = await policy.decide(query)
  const took = performance.now() - start
  if (effect === 'deny') throw new Error(reason)
  return took
}

export const largeText = (): string => Array.from({ length: ACTIONS }, (_, action) => rulesFor(action)).join('\n')

function largePolicy() {
  const host = createCedarHost()
  const text = largeText()
  const compiled = compilePolicies(host, text)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems[0]))
  const { policies, facts } = compiled
  if (policies.length !== ACTIONS * POLICIES_EACH) throw new Error(`There are ${policies.length} policies`)
  const defaults = { ttlSeconds: 120, selfApproval: false }
  const digest = `sha-256:${'A'.repeat(43)}` as const
  return cedarPolicy({ host, policies, facts, digest, version: 1, defaults, authority: 'https://authority.example' })
}

function rulesFor(action: number): string {
  const head = `principal, action == Action::"forum.a${action}", resource is Resource`
  return `
forbid (${head}) when { context.signals.disaster };
forbid (${head}) when { context.input.amount > 100000 };
permit (${head}) when { context.effect == "read" };
@approvers("approver") permit (${head}) when { context.input.board like "eng*" && context.people > 1 };
@approvers("finance and legal") permit (${head}) when { context.signals.payment_amount > 5000 || context.input.amount > 5000 };`
}

export const CATALOGUE = Array.from({ length: ACTIONS }, (_, action) => ({
  name: `forum.a${action}`,
  title: 'A call',
  effect: 'read' as const,
  reversible: true,
}))

/** Actions in an order that repeats late, so that each is asked for the first time among others. */
function queryNumber(at: number): PolicyQuery {
  const parties = { createdAt: 0, revokedAt: null, version: 1 }
  return {
    agent: { ...parties, id: AGENT, principals: [AGENT], executors: [FORUM], groups: ['readers'], runBy: null },
    actors: [],
    principal: AGENT,
    executor: { ...parties, audience: FORUM, title: 'The forum', catalogue: CATALOGUE, challengeKeys: [] },
    name: `forum.a${(at * 7) % ACTIONS}`,
    resource: `forum:eng/threads/${at}`,
    arguments: argumentsNumber(at),
    preview: null,
    state: null,
    people: 3,
    session: null,
    now: 1_800_000_000,
    history: {},
  }
}

/** Texts of every length up to the limit, of one of three languages, each another. */
function argumentsNumber(at: number): JsonObject {
  const [member, piece, last] = TEXTS[at % TEXTS.length] ?? TEXTS[0]
  const text = piece.repeat(Math.ceil(MAX_BYTES / piece.length)).slice(0, (at * 37) % (MAX_BYTES - 100))
  const whole = text.slice(0, text.lastIndexOf(';') + 1)
  return { board: 'eng', amount: at % 9000, [member]: `${whole} ${last} ${at};` }
}

/** The member, what is repeated in it, and what begins its last sentence, statement or command. */
export const TEXTS = [
  ['text', 'The fix is out: please restart, and tell us how it went; ', 'Number'],
  ['sql', "SELECT id, name FROM people WHERE team = 'eng' AND joined > 2020 ORDER BY name LIMIT 20; ", 'SELECT'],
  ['command', 'grep -rn "the fix" src docs | sort -u > found.txt; ', 'echo'],
] as const
