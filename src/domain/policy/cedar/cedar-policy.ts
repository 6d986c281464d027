/**
 * Cedar as the policy: a set that compiled, asked one slice at a time. A slice is prepared ahead or when it is first
 * needed, and repeats its last answers. Whatever is not a clean answer is a denial. SPEC 11.
 */
import type { Response } from '@cedar-policy/cedar-wasm/web'
import type { Digest } from '@countersign/verifier'
import { inTurns } from '../../turns.ts'
import { denialInWords, permitInWords } from '../decision-words.ts'
import { type Fact, readsCall } from '../history/fact.ts'
import type { Policy, PolicyDecision, PolicyQuery, PolicyReads } from '../policy.ts'
import { causeInWords } from '../signals/signal-words.ts'
import type { Signals } from '../signals/signals.ts'
import { type DefaultTerms, strictest } from './annotations.ts'
import { callOf, effectOf, type SliceCall, signalsFor } from './call.ts'
import { Inconvertible } from './cedar-values.ts'
import type { CompiledPolicy } from './compile.ts'
import { ask, type CedarHost } from './engine.ts'
import { type Mention, memberOf } from './mentions.ts'
import { asking, createSlices, preparing, type Slice } from './slices.ts'

export interface CedarSet {
  readonly host: CedarHost
  readonly policies: readonly CompiledPolicy[]
  readonly facts: readonly Fact[]
  readonly digest: Digest
  readonly version: number
  readonly defaults: DefaultTerms
  /** The authority's own audience. */
  readonly authority: string
}

export interface CedarPolicy extends Policy {
  /** Prepares its slices, so that first decisions are as quick as later ones. A decision prepares what is missing. */
  readonly prepare: () => Promise<void>
}

export function cedarPolicy(set: CedarSet): CedarPolicy {
  const slices = createSlices(set.policies)
  return {
    digest: set.digest,
    version: set.version,
    title: `Version ${set.version}`,
    authority: set.authority,
    facts: set.facts,
    reads: (name) => readsOf(slices.of(name).mention, set.facts),
    async decide(query) {
      const slice = slices.of(query.name)
      return decideOn(set, slice, query, await signalsFor(query, slice.mention))
    },
    prepare: () => inTurns(set.host, preparing(set.host, slices)),
  }
}

/** Members of the context that are made from the arguments, the preview or the proven chain. */
const FROM_CALL = ['input', 'preview', 'signals', 'actors', 'depth']
const FROM_CLOCK = ['time', 'system', 'session']

function readsOf(mention: Mention, declared: readonly Fact[]): PolicyReads {
  const mentioned = memberOf(mention, 'history')
  const history = declared.filter(({ name }) => memberOf(mentioned, name) !== undefined)
  return {
    call: FROM_CALL.some((name) => memberOf(mention, name) !== undefined) || history.some(readsCall),
    people: memberOf(mention, 'people') !== undefined,
    session: memberOf(mention, 'session') !== undefined,
    time: FROM_CLOCK.some((name) => memberOf(mention, name) !== undefined),
    history: history.map(({ name }) => name),
  }
}

async function decideOn(
  set: CedarSet,
  slice: Slice,
  query: PolicyQuery,
  signals: Signals | undefined,
): Promise<PolicyDecision> {
  const deny = (reason: string, policies: readonly string[] = []): PolicyDecision => ({
    effect: 'deny',
    policy: set.digest,
    policies,
    reason,
  })
  try {
    const { readsResource, mention } = slice
    const call = callOf(query, { authority: set.authority, mention, readsResource, signals })
    const response = await answerOf(set.host, slice, call)
    return response ? decisionOf(set, slice, response, deny, query, signals) : deny(UNEVALUATED)
  } catch (error) {
    if (error instanceof Inconvertible) return deny(`${error.message} A policy reads it, so the call is denied.`)
    throw error
  }
}

/** Undefined where the engine could not evaluate the call. */
async function answerOf(host: CedarHost, slice: Slice, call: SliceCall): Promise<Response | undefined> {
  const key = JSON.stringify(call)
  // Without an engine, kept answers do not count either.
  const known = ask(host, () => slice.answers.find(key))
  if (known) return known
  const answer = await inTurns(host, asking(host, slice, call))
  if (answer) slice.answers.keep(key, answer)
  return answer
}

const UNEVALUATED = 'The policy could not be evaluated.'

type Deny = (reason: string, policies?: readonly string[]) => PolicyDecision

/** Cedar skips a policy that errs, a forbid too: here any error denies. */
function decisionOf(
  set: CedarSet,
  slice: Slice,
  { decision, diagnostics }: Response,
  deny: Deny,
  query: PolicyQuery,
  signals: Signals | undefined,
): PolicyDecision {
  const [error] = diagnostics.errors
  if (error) return deny(`Policy “${error.policyId}” could not be evaluated: ${error.error.message}.`, [error.policyId])
  const ids = [...diagnostics.reason].sort()
  const decided = ids.flatMap((id) => slice.policies.get(id) ?? [])
  const cause = causeOf(decided, query, signals)
  if (decision !== 'allow') return deny(`${denialInWords(decided)}${cause}`, ids)
  const permits = decided.flatMap(({ terms }) => terms ?? [])
  if (permits.length !== ids.length || permits.length === 0) return deny(UNEVALUATED)
  const own = query.executor.audience === set.authority
  const terms = strictest(permits, own ? { ...set.defaults, selfApproval: true } : set.defaults)
  if (!terms) return deny('The policies that permit this name different actors, so no token could serve them.', ids)
  const effect = terms.approvers.length > 0 ? 'approval' : 'allow'
  return {
    effect,
    policy: set.digest,
    policies: ids,
    reason: `${permitInWords(decided, terms, effect)}${cause}`,
    terms,
  }
}

/** What the policies that decided read in the call. */
function causeOf(decided: readonly CompiledPolicy[], query: PolicyQuery, signals: Signals | undefined): string {
  return causeInWords(signals, effectOf(query), (name) =>
    decided.some(({ mention }) => memberOf(name === 'effect' ? mention : memberOf(mention, 'signals'), name)),
  )
}
