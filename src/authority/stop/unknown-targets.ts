/**
 * Names in a selector that nothing registered has: the kill switch lists them. It is engaged all the same, since such
 * a name may occur in a chain of agents, or be registered later. SPEC 9.
 */
import type { Selector } from '@countersign/verifier'
import { requestOfTrace } from '../../domain/approval/approval-request.ts'
import { type NameCandidate, similarName } from '../../domain/identity/similar-name.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

/** Where the targets of a selector are looked up. */
export type TargetStore = Pick<CallerStore & PeopleStore & RequestStore, Verbs>
export type TargetNeeds = Uses<TargetStore, 'config'>
type Verbs = 'agent' | 'executor' | 'listAgents' | 'listExecutors' | 'listApprovers' | 'request'

export interface UnknownTarget {
  readonly member: keyof Selector
  /** A sentence for people. */
  readonly sentence: string
  /** The name that may have been meant. */
  readonly suggestion: string | null
}

/** Null where the target is known; else what exists of its kind. */
type Lookup = (deps: TargetNeeds, named: string) => Promise<readonly NameCandidate[] | null>

interface TargetKind {
  readonly lookUp: Lookup
  readonly sentence: (named: string) => string
}

const TARGETS: Readonly<Record<keyof Selector, TargetKind>> = {
  agent: {
    sentence: () => 'No agent of this name is registered',
    lookUp: async ({ store }, id) => {
      const found = await store.agent(id)
      if (found?.revokedAt === null) return null
      return (await store.listAgents()).filter(isActive).map((agent) => ({ name: agent.id }))
    },
  },
  principal: { sentence: () => 'No agent acts for a principal of this name', lookUp: principalsBut },
  executor: {
    sentence: () => 'No executor of this URI is registered',
    lookUp: async (deps, audience) => {
      const found = await deps.store.executor(audience)
      if (found?.revokedAt === null) return null
      return (await foreignExecutors(deps)).map((one) => ({ name: one.audience, alias: one.title }))
    },
  },
  action: {
    sentence: (named) =>
      named.endsWith('*')
        ? 'No executor offers an action whose name begins so'
        : 'No executor offers an action of this name',
    lookUp: actionsBut,
  },
  request: { sentence: () => 'There is no request of this id', lookUp: requestBut },
  trace: {
    sentence: () => 'There is no request of this trace',
    lookUp: (deps, trace) => requestBut(deps, requestOfTrace(trace)),
  },
}

export async function unknownTargets(deps: TargetNeeds, selector: Selector): Promise<readonly UnknownTarget[]> {
  const members = Object.keys(TARGETS).filter(isMember)
  const found = await Promise.all(members.map((member) => unknownTarget(deps, member, selector[member])))
  return found.filter((target) => target !== null)
}

const isMember = (name: string): name is keyof Selector => name in TARGETS

async function unknownTarget(
  deps: TargetNeeds,
  member: keyof Selector,
  named: string | undefined,
): Promise<UnknownTarget | null> {
  if (named === undefined) return null
  const known = await TARGETS[member].lookUp(deps, named)
  if (known === null) return null
  const meant = similarName(named, known)
  const sentence = TARGETS[member].sentence(named)
  if (meant === null) return { member, sentence: `${sentence}.`, suggestion: null }
  return { member, sentence: `${sentence}; did you mean ${labelOf(meant)}?`, suggestion: meant.name }
}

const labelOf = ({ name, alias }: NameCandidate): string => (alias ? `${alias} (${name})` : name)

const isActive = ({ revokedAt }: { readonly revokedAt: number | null }): boolean => revokedAt === null

const foreignExecutors = async ({ store, config }: TargetNeeds) =>
  (await store.listExecutors()).filter((one) => isActive(one) && one.audience !== config.origin)

async function principalsBut({ store }: TargetNeeds, principal: string): Promise<readonly NameCandidate[] | null> {
  const [agents, people] = await Promise.all([store.listAgents(), store.listApprovers()])
  const ids = new Set(agents.filter(isActive).flatMap(({ principals }) => principals))
  if (ids.has(principal)) return null
  const names = new Map(people.map(({ id, name }) => [id, name]))
  return [...ids].map((name) => ({ name, alias: names.get(name) ?? undefined }))
}

async function actionsBut(deps: TargetNeeds, pattern: string): Promise<readonly NameCandidate[] | null> {
  const executors = await foreignExecutors(deps)
  const names = [...new Set(executors.flatMap(({ catalogue }) => catalogue.map(({ name }) => name)))]
  const begins = pattern.endsWith('*') ? pattern.slice(0, -1) : null
  if (names.some((name) => (begins === null ? name === pattern : name.startsWith(begins)))) return null
  const families = new Set(names.flatMap((name) => (name.includes('.') ? [`${name.split('.')[0]}.*`] : [])))
  return (begins === null ? names : [...families]).map((name) => ({ name }))
}

/** Ids are random: none is like another. */
async function requestBut({ store }: TargetNeeds, id: string): Promise<readonly NameCandidate[] | null> {
  return (await store.request(id)) ? null : []
}
