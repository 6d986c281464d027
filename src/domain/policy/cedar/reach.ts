/**
 * The reach of an agent: the mildest terms under which it could get each action of an executor, by Cedar's partial
 * evaluation. What the agent chooses or nobody knows beforehand (resource, arguments, time, history) is unknown; who it
 * is, the action and its catalogue's entry are known. SPEC 11.7.
 */
import type { Context, EntityUidJson, ResidualResponse } from '@cedar-policy/cedar-wasm/web'
import type { Agent, CatalogueEntry } from '../../identity/parties.ts'
import { groupsAsked } from '../policy.ts'
import { type DefaultTerms, type PermitTerms, strictest } from './annotations.ts'
import { agentEntity, CONTEXT_MEMBERS } from './call.ts'
import type { CompiledPolicy } from './compile.ts'
import type { CedarEngine } from './engine.ts'

export interface ReachedAction {
  readonly name: string
  /** `alone`: nobody has to consent. `never`: no call of it is permitted. */
  readonly worst: 'alone' | 'asked' | 'never'
  /** Distinct humans, and the groups they come from, of the mildest terms. */
  readonly quorum: number
  readonly groups: readonly string[]
  readonly ttlSeconds: number
  readonly uses: number
  /** The permits that make it possible. */
  readonly policies: readonly string[]
  /** Whether it depends on what the agent sends, or on the moment. */
  readonly isConditional: boolean
}

export interface ReachQuestion {
  readonly agent: Agent
  readonly audience: string
  readonly entry: CatalogueEntry
  /** Humans who can approve. */
  readonly people: number
  readonly defaults: DefaultTerms
}

/** Throws what the engine throws. A set that cannot be evaluated counts as permitting alone: the worst is meant. */
export function reachOf(
  engine: CedarEngine,
  policies: readonly CompiledPolicy[],
  question: ReachQuestion,
): ReachedAction {
  const slice = policies.filter(({ actions }) => actions?.includes(question.entry.name) ?? true)
  const places = [PLACE, ...namedResources(slice)]
  const found = places.map((place) => reachAt(engine, slice, question, place))
  return found.reduce((worst, one) => (severity(one) > severity(worst) ? one : worst))
}

/** Alone before asked, few people before many, never last. */
const severity = ({ worst, quorum }: ReachedAction): number => ({ alone: 100, asked: 50 - quorum, never: 0 })[worst]

function reachAt(
  engine: CedarEngine,
  slice: readonly CompiledPolicy[],
  question: ReachQuestion,
  id: string,
): ReachedAction {
  const { agent, audience, entry } = question
  const resource = { type: 'Resource', id }
  const answer = engine.isAuthorizedPartial({
    principal: { type: 'Agent', id: agent.id },
    action: { type: 'Action', id: entry.name },
    resource,
    context: contextOf(question),
    policies: { staticPolicies: Object.fromEntries(slice.map((policy) => [policy.id, policy.text])) },
    entities: [agentEntity(agent), resourceEntity(resource, audience)],
  })
  if (answer.type === 'failure' || answer.response.errored.length > 0) return unevaluated(question)
  return worstOf(new Map(slice.map((policy) => [policy.id, policy])), answer.response, question)
}

const unknown = (name: string) => ({ __extn: { fn: 'unknown', arg: name } })

/** Stands for every resource that no policy names: its id, too, is unknown. */
const PLACE = '*'

function resourceEntity(uid: EntityUidJson & { readonly type: string; readonly id: string }, audience: string) {
  const id = uid.id === PLACE ? unknown('resource.id') : uid.id
  return { uid, attrs: { id, executor: audience }, parents: [{ type: 'Executor', id: audience }] }
}

const contextOf = ({ entry, people }: ReachQuestion): Context => ({
  ...Object.fromEntries(CONTEXT_MEMBERS.map((name) => [name, unknown(`context.${name}`)])),
  effect: entry.effect,
  reversible: entry.reversible === true,
  people,
})

const MAX_RESOURCES = 50

/** The resources that policies name, each of which could be meant. */
function namedResources(slice: readonly CompiledPolicy[]): readonly string[] {
  const texts = slice.flatMap(({ json }) => [...JSON.stringify(json).matchAll(NAMED)].map(([, id = '""']) => id))
  return [...new Set(texts)].slice(0, MAX_RESOURCES).map((text) => JSON.parse(text))
}

const NAMED = /"type":"Resource","id":("(?:[^"\\]|\\.)*")/g

function worstOf(
  slice: ReadonlyMap<string, CompiledPolicy>,
  { satisfied, nontrivialResiduals }: ResidualResponse,
  question: ReachQuestion,
): ReachedAction {
  const among = (ids: Iterable<string>, effect: 'permit' | 'forbid') =>
    [...ids].flatMap((id) => slice.get(id) ?? []).filter((policy) => policy.effect === effect)
  if (among(satisfied, 'forbid').length > 0) return never(question)
  const [certain, possible] = [among(satisfied, 'permit'), among(nontrivialResiduals, 'permit')]
  const forbids = among(nontrivialResiduals, 'forbid')
  // Permits that always match add up; of those that may match, an agent would choose the mildest alone.
  const choices = certain.length > 0 ? [certain] : possible.map((policy) => [policy])
  const found = choices.flatMap((choice) => reachedBy(choice, question, forbids.length > 0 || certain.length === 0))
  return found.reduce<ReachedAction>((worst, one) => (severity(one) > severity(worst) ? one : worst), never(question))
}

function reachedBy(
  permits: readonly CompiledPolicy[],
  { entry, defaults }: ReachQuestion,
  isConditional: boolean,
): readonly ReachedAction[] {
  const terms = strictest(
    permits.flatMap((permit): PermitTerms[] => (permit.terms ? [permit.terms] : [])),
    defaults,
  )
  if (!terms) return []
  const { quorum, ttlSeconds, uses } = terms
  const worst = quorum === 0 ? 'alone' : 'asked'
  const policies = permits.map(({ id }) => id)
  return [{ name: entry.name, worst, quorum, groups: groupsAsked(terms), ttlSeconds, uses, policies, isConditional }]
}

const NOBODY = { quorum: 0, groups: [], policies: [], isConditional: false } as const

const never = ({ entry }: ReachQuestion): ReachedAction => ({
  name: entry.name,
  worst: 'never',
  ttlSeconds: 0,
  uses: 0,
  ...NOBODY,
})

const unevaluated = ({ entry, defaults }: ReachQuestion): ReachedAction => ({
  name: entry.name,
  worst: 'alone',
  ttlSeconds: defaults.ttlSeconds,
  uses: 1,
  ...NOBODY,
  isConditional: true,
})
