/**
 * Cedar as the policy: a set that compiled, asked one slice at a time. A slice holds the policies whose head admits the
 * action; it is prepared when it is first needed, and repeats its last answers. Whatever is not a clean answer is a
 * denial. SPEC 11.
 */
import type { Response } from '@cedar-policy/cedar-wasm/web'
import type { Digest } from '@countersign/verifier'
import { denialInWords, permitInWords } from '../decision-words.ts'
import { type Fact, readsCall } from '../history/fact.ts'
import type { Policy, PolicyDecision, PolicyQuery, PolicyReads } from '../policy.ts'
import { causeInWords } from '../signals/signal-words.ts'
import type { Signals } from '../signals/signals.ts'
import { type DefaultTerms, strictest } from './annotations.ts'
import { callOf, effectOf, type SliceCall, signalsFor } from './call.ts'
import { Inconvertible } from './cedar-values.ts'
import type { CompiledPolicy } from './compile.ts'
import { ask, type CedarEngine, type CedarHost } from './engine.ts'
import { type Answers, createAnswers } from './kept-answers.ts'
import { addMentions, type Mention, memberOf, noMention } from './mentions.ts'
import { readsResource } from './resource-reads.ts'

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

interface Slice {
  readonly id: string
  readonly policies: ReadonlyMap<string, CompiledPolicy>
  readonly mention: Mention
  readonly readsResource: boolean
  readonly answers: Answers
}

export function cedarPolicy(set: CedarSet): Policy {
  const sliceFor = createSlices(set.policies)
  return {
    digest: set.digest,
    version: set.version,
    title: `Version ${set.version}`,
    authority: set.authority,
    facts: set.facts,
    reads: (name) => readsOf(sliceFor(name).mention, set.facts),
    async decide(query) {
      const slice = sliceFor(query.name)
      return decideOn(set, slice, query, await signalsFor(query, slice.mention))
    },
  }
}

/** One slice for each action that a head names, and one for all others. */
function createSlices(policies: readonly CompiledPolicy[]): (name: string) => Slice {
  const named = new Set(policies.flatMap(({ actions }) => actions ?? []))
  const slices = new Map<string, Slice>()
  return (name) => {
    const id = named.has(name) ? `action ${name}` : 'others'
    const slice =
      slices.get(id) ??
      sliceOf(
        id,
        policies.filter(({ actions }) => actions?.includes(name) ?? true),
      )
    slices.set(id, slice)
    return slice
  }
}

function sliceOf(id: string, policies: readonly CompiledPolicy[]): Slice {
  const mention = noMention()
  for (const { json } of policies) addMentions(mention, json.conditions)
  return {
    id,
    policies: new Map(policies.map((policy) => [policy.id, policy])),
    mention,
    readsResource: policies.some(({ json }) => readsResource(json)),
    answers: createAnswers(),
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

/** The slices that an instance has prepared, by id: another set's slice of that id takes its place. */
const prepared = new WeakMap<CedarEngine, Map<string, Slice>>()

function prepare(engine: CedarEngine, slice: Slice): void {
  const slices = prepared.get(engine) ?? new Map<string, Slice>()
  prepared.set(engine, slices)
  if (slices.get(slice.id) === slice) return
  slices.delete(slice.id)
  const staticPolicies = Object.fromEntries([...slice.policies].map(([id, { text }]) => [id, text]))
  const answer = engine.preparsePolicySet(slice.id, { staticPolicies })
  if (answer.type === 'success') slices.set(slice.id, slice)
}

function decideOn(set: CedarSet, slice: Slice, query: PolicyQuery, signals: Signals | undefined): PolicyDecision {
  const deny = (reason: string, policies: readonly string[] = []): PolicyDecision => ({
    effect: 'deny',
    policy: set.digest,
    policies,
    reason,
  })
  try {
    const { readsResource, mention } = slice
    const call = callOf(query, { authority: set.authority, mention, readsResource, signals })
    const response = ask(set.host, (engine) => slice.answers.find(call, () => answerOf(engine, slice, call)))
    return response ? decisionOf(set, slice, response, deny, query, signals) : deny(UNEVALUATED)
  } catch (error) {
    if (error instanceof Inconvertible) return deny(`${error.message} A policy reads it, so the call is denied.`)
    throw error
  }
}

/** Undefined where the engine could not evaluate the call. */
function answerOf(engine: CedarEngine, slice: Slice, call: SliceCall): Response | undefined {
  prepare(engine, slice)
  const answer = engine.statefulIsAuthorized({ ...call, preparsedPolicySetId: slice.id })
  return answer.type === 'failure' ? undefined : answer.response
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
  const mention = noMention()
  for (const { json } of decided) addMentions(mention, json.conditions)
  const read = memberOf(mention, 'signals')
  return causeInWords(signals, effectOf(query), (name) =>
    name === 'effect' ? memberOf(mention, name) !== undefined : memberOf(read, name) !== undefined,
  )
}
