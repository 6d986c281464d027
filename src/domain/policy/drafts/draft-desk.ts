/** Answers questions to drafts: compiles a draft once, however many questions follow. SPEC 11.4. */
import { cedarPolicy } from '../cedar/cedar-policy.ts'
import { type CompiledPolicy, type CompiledSet, compilePolicies } from '../cedar/compile.ts'
import { ask, type CedarHost, EngineUnavailable } from '../cedar/engine.ts'
import { reachOf } from '../cedar/reach.ts'
import { validatePolicies } from '../cedar/validate-policies.ts'
import { decide } from '../decide.ts'
import { decideSeries } from '../decide-series.ts'
import type { Fact } from '../history/fact.ts'
import { groupsAsked, type Policy, type PolicyDecision, type PolicyQuery } from '../policy.ts'
import { parsedCase } from './call-texts.ts'
import type { DraftAnswer, DraftCase, DraftDecision, DraftJob, UnparsedCase } from './draft-job.ts'
import { outlineOf } from './policy-outline.ts'

interface Prepared {
  readonly text: string
  readonly digest: string
  readonly policies: readonly CompiledPolicy[]
  readonly facts: readonly Fact[]
  readonly policy: Policy
  /** The facts that the draft declares, each as if nothing had happened. */
  readonly history: PolicyQuery['history']
}

export function createDraftDesk(host: CedarHost): (job: DraftJob) => Promise<DraftAnswer> {
  let last: Prepared | undefined
  return async (job) => {
    if (last?.text !== job.text || last.digest !== job.rules.digest) {
      const compiled = compilePolicies(host, job.text)
      if (!compiled.ok) return { kind: 'faulty', problems: compiled.problems }
      last = { text: job.text, digest: job.rules.digest, ...prepared(host, compiled, job) }
    }
    const decisions: (DraftDecision | null)[] = []
    for (const one of job.cases) {
      decisions.push(await decisionOn(last, job, one))
      // The calls that follow would be denied for want of an engine.
      if (host.engine() === null) throw new EngineUnavailable('The draft broke its engine.')
    }
    return {
      kind: 'answered',
      policies: last.policies.map(outlineOf),
      decisions,
      reach: surveyed(host, last.policies, job),
      findings: job.validate ? validatePolicies(host, job.text, last, job.validate) : NOTHING_FOUND,
    }
  }
}

const NOTHING_FOUND = { faults: [], warnings: [] } as const

function prepared(host: CedarHost, { policies, facts }: CompiledSet, { rules }: DraftJob) {
  const { digest, authority, ...defaults } = rules
  return {
    policies,
    facts,
    policy: cedarPolicy({ host, policies, facts, digest, version: 0, defaults, authority }),
    history: Object.fromEntries(facts.map(({ name, measure }) => [name, measure === 'last' ? false : 0])),
  }
}

function surveyed(host: CedarHost, policies: readonly CompiledPolicy[], job: DraftJob) {
  const [agent] = job.agents
  if (!job.survey || !agent) return []
  const { people } = job.survey
  const { ttlSeconds, selfApproval } = job.rules
  const defaults = { ttlSeconds, selfApproval }
  return job.executors.map(({ audience, catalogue }) =>
    catalogue.map((entry) =>
      ask(host, (engine) => reachOf(engine, policies, { agent, audience, entry, people, defaults })),
    ),
  )
}

async function decisionOn(
  { policy, history }: Prepared,
  { agents, executors }: DraftJob,
  given: DraftCase | UnparsedCase,
): Promise<DraftDecision | null> {
  const one = 'texts' in given ? parsedCase(given) : given
  const [agent, executor] = [agents[one.agent], executors[one.executor]]
  if (!agent || !executor) throw new TypeError('A case names a party that its job does not have')
  const known = one.history ?? history
  if (policy.reads(one.name).history.some((fact) => !(fact in known))) return null
  const { bounds, ...call } = one
  const askAbout = (args: PolicyQuery['arguments']) =>
    decide(policy, { ...call, arguments: args, agent, executor, history: known })
  return draftDecision(
    await (bounds && call.arguments ? decideSeries(askAbout, call.arguments, bounds) : askAbout(call.arguments)),
  )
}

export function draftDecision(decision: PolicyDecision): DraftDecision {
  const { effect, policies, reason } = decision
  const asked = effect === 'approval' ? decision.terms : null
  return { effect, policies, reason, quorum: asked?.quorum ?? 0, groups: asked ? groupsAsked(asked) : [] }
}
