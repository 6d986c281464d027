/**
 * A policy that an outside engine decides: any AuthZEN 1.0 PDP, or OPA. An engine that is slow, unreachable or answers
 * nonsense means deny. Changes to the authority itself stay with the local policy, so that no engine can lock every admin
 * out or let a change pass without one. SPEC 11.2.
 */
import { type Digest, digestOf, type JsonObject } from '@countersign/verifier'
import { type DefaultTerms, strictest } from '../../domain/policy/cedar/annotations.ts'
import { asked } from '../../domain/policy/decision-words.ts'
import { type EngineAnswer, engineTitle, readAnswer } from '../../domain/policy/outside/engine-answer.ts'
import { factsOf } from '../../domain/policy/outside/facts.ts'
import { fillIn } from '../../domain/policy/outside/request-template.ts'
import type { Policy, PolicyDecision, PolicyQuery, Terms } from '../../domain/policy/policy.ts'
import type { Log, PolicyInForce } from '../deps.ts'
import type { EngineVerdict, Meters } from '../meters.ts'
import type { AskEngine } from './engine-call.ts'
import type { EngineSettings } from './engine-settings.ts'

export interface EngineNeeds {
  readonly settings: EngineSettings
  readonly ask: AskEngine
  readonly defaults: DefaultTerms
  /** The authority's own audience, and the policy that decides about it. */
  readonly authority: string
  readonly local: PolicyInForce
  readonly log: Log
  readonly meters: Meters
  readonly upMs: () => number
}

/** The engine's own rules have no version here: that of the local policy stands for both. */
export async function outsidePolicy(needs: EngineNeeds): Promise<PolicyInForce> {
  const { known, read } = needs.local
  const digest = await digestOfEngine(needs.settings, '')
  return {
    known: async () => besideLocal(needs, await known(), digest),
    read: async () => besideLocal(needs, await read(), digest),
  }
}

function besideLocal(needs: EngineNeeds, local: Policy, digest: Digest): Policy {
  const { settings, authority } = needs
  return {
    version: local.version,
    digest,
    title: `${engineTitle(settings)} decides`,
    authority,
    facts: local.facts,
    reads: (name) => ({ ...local.reads(name), call: true, session: true, time: true }),
    decide: (query) => (query.executor.audience === authority ? local.decide(query) : decideOutside(needs, query)),
  }
}

/** The configuration without the credential, and the version of the engine's rules. */
const digestOfEngine = ({ dialect, url, request, terms }: EngineSettings, version: string): Promise<Digest> =>
  digestOf({ typ: 'countersign/policy/outside/v1', dialect, url, request, terms: terms?.text ?? null, version })

interface Outcome {
  readonly verdict: EngineVerdict
  readonly reason: string
  readonly version: string
  /** Null: the action is denied. */
  readonly permit: { readonly effect: 'allow' | 'approval'; readonly terms: Terms } | null
}

async function decideOutside(needs: EngineNeeds, query: PolicyQuery): Promise<PolicyDecision> {
  const { settings, meters, upMs } = needs
  const startedMs = upMs()
  const { verdict, reason, version, permit } = await askEngine(needs, query)
  meters.engineAnswered(verdict, (upMs() - startedMs) / 1000)
  const decided = { reason, policies: [settings.dialect], policy: await digestOfEngine(settings, version) }
  return permit === null ? { effect: 'deny', ...decided } : { ...permit, ...decided }
}

async function askEngine({ settings, ask, defaults, log }: EngineNeeds, query: PolicyQuery): Promise<Outcome> {
  const reply = await ask(questionOf(settings, query))
  const outcome = reply.ok
    ? outcomeOf(readAnswer(settings, reply.body), defaults)
    : failed(reply.fault, `It ${reply.words}.`)
  if (outcome.permit === null && outcome.verdict !== 'deny')
    log.warn('policy.engine_failed', { verdict: outcome.verdict, reason: outcome.reason })
  return outcome
}

/** OPA takes its question as `input`. */
function questionOf({ dialect, request }: EngineSettings, query: PolicyQuery): JsonObject {
  const facts = factsOf(query)
  const filled = Object.fromEntries(Object.entries(request).map(([name, part]) => [name, fillIn(part, facts)]))
  return dialect === 'opa' ? { input: filled } : filled
}

function outcomeOf(answer: EngineAnswer, defaults: DefaultTerms): Outcome {
  if (answer.kind === 'fault') return failed('nonsense', answer.fault)
  const { version } = answer
  if (answer.kind === 'deny') return { verdict: 'deny', reason: wordsOf(answer.reason), version, permit: null }
  const terms = strictest(answer.terms, defaults)
  if (terms === null) return failed('nonsense', 'Its rules name different actors.')
  const effect = terms.approvers.length > 0 ? 'approval' : 'allow'
  return { verdict: effect, reason: permitOf(terms), version, permit: { effect, terms } }
}

const permitOf = (terms: Terms): string =>
  terms.approvers.length === 0
    ? 'The policy engine permits it without asking anyone.'
    : `The policy engine permits it once ${asked(terms)} consent${terms.quorum === 1 ? 's' : ''}.`

const wordsOf = (reason: string | null): string =>
  reason === null ? 'The policy engine denies it.' : `The policy engine denies it: “${reason}”.`

const failed = (verdict: EngineVerdict, fault: string): Outcome => ({
  verdict,
  reason: `The policy engine did not decide. ${fault} Nothing is permitted without its decision.`,
  version: '',
  permit: null,
})
