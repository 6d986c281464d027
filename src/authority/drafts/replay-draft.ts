/**
 * Replays past calls against a draft, a page at a time: which decisions would change, and how. The caller requests one
 * page after another, so no call is long and nothing is kept between them. SPEC 11.4.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { RequestPosition } from '../../domain/approval/request-filter.ts'
import { isUnderWay } from '../../domain/identity/agent-session.ts'
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import { lengthOf } from '../../domain/policy/drafts/call-texts.ts'
import { type Change, changeOf, type PastDecision } from '../../domain/policy/drafts/compare-drafts.ts'
import type { DraftDecision, DraftJob, UnparsedCase } from '../../domain/policy/drafts/draft-job.ts'
import { rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import { groupsAsked } from '../../domain/policy/policy.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { PastCall, PastCallStore } from '../../store/contract/past-call-store.ts'
import type { Uses } from '../deps.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds } from './draft-needs.ts'

export interface ReplayOrder {
  readonly text: string
  readonly days: number
  readonly after: RequestPosition | null
}

export interface Difference extends Pick<ApprovalRequest, 'id' | 'createdAt' | 'agent' | 'audience' | 'name'> {
  readonly change: Exclude<Change, 'same'>
  readonly was: PastDecision
  readonly would: DraftDecision
}

export interface ReplayedPage {
  readonly problems: readonly Problem[]
  /** Calls of the whole span; on the first page alone. */
  readonly total: number | null
  /** Calls of this page. */
  readonly examined: number
  /** Examined calls that cannot be judged: their arguments were erased, they were changed in the database, or a party is no longer known. */
  readonly unknown: number
  readonly changes: Readonly<Partial<Record<Change, number>>>
  /** The first of this page, at most 25. */
  readonly differences: readonly Difference[]
  readonly next: RequestPosition | null
}

type Needs = DraftNeeds &
  Uses<Pick<CallerStore, 'agent' | 'executor'> & PeopleStore & PastCallStore & AgentSessionStore, 'now'>

/** A page ends with the portion that brings it to so many calls, or to so many characters of their texts. */
const PAGE = 2000
const PAGE_CHARACTERS = 1_000_000
const DIFFERENCES = 25
const DAY = 86_400

/** Refuses: `rate_limited`, `forbidden`. */
export async function replayDraft(needs: Needs, by: Drafter, order: ReplayOrder): Promise<Result<ReplayedPage>> {
  const drafts = await admitDrafter(needs, by)
  if (!drafts.ok) return drafts
  const { store, config, now } = needs
  const span = { from: now() - order.days * DAY, except: config.origin }
  const [{ calls, next }, total] = await Promise.all([
    pageOf(store, span, order.after),
    order.after === null ? store.countPastCalls(span) : null,
  ])
  const { job, known } = await jobFor(needs, order.text, calls)
  const answer = await askDraft(drafts.value, job)
  if (!answer.ok) return answer
  const page = { total, examined: calls.length, unknown: calls.length - known.length, next }
  if ('problems' in answer.value) return ok({ ...page, ...NOTHING, problems: answer.value.problems })
  return ok({ ...page, problems: [], ...compared(known, answer.value.decisions) })
}

const NOTHING = { changes: {}, differences: [] } as const

async function pageOf(store: PastCallStore, span: { from: number; except: string }, after: RequestPosition | null) {
  const calls: PastCall[] = []
  let characters = 0
  while (calls.length < PAGE && characters < PAGE_CHARACTERS) {
    const some = await store.pastCalls({ ...span, after: positionOf(calls.at(-1)) ?? after })
    if (some.length === 0) return { calls, next: null }
    calls.push(...some)
    characters += some.reduce((sum, { texts }) => sum + (texts ? lengthOf(texts) : 0), 0)
  }
  return { calls, next: positionOf(calls.at(-1)) }
}

const positionOf = (call: PastCall | undefined): RequestPosition | null =>
  call ? { createdAt: call.createdAt, id: call.id } : null

/** Parties as they are now, however their access ended since: the draft is judged, not they. */
async function jobFor({ store, config, now }: Needs, text: string, calls: readonly PastCall[]) {
  const agents = await partiesOf(
    calls.map(({ agent }) => agent),
    store.agent,
  )
  const executors = await partiesOf(
    calls.map(({ audience }) => audience),
    store.executor,
  )
  const people = await store.countPeople()
  const sessions = await store.agentSessionsSince(Math.min(now(), ...calls.map(({ createdAt }) => createdAt)))
  const cases: UnparsedCase[] = []
  const known: PastCall[] = []
  for (const call of calls) {
    const [agent, executor] = [agents.places.get(call.agent), executors.places.get(call.audience)]
    if (!call.texts || agent === undefined || executor === undefined) continue
    known.push(call)
    const session = sessions.find((one) => one.agent === call.agent && isUnderWay(one, call.createdAt)) ?? null
    cases.push({ ...queryOf(call), texts: call.texts, agent, executor, people, session })
  }
  const rules = await rulesFor(text, config)
  const job: DraftJob = { text, rules, agents: agents.list, executors: executors.list, cases }
  return { job, known }
}

const queryOf = (call: PastCall) => ({
  actors: call.actors,
  principal: call.principal,
  name: call.name,
  state: call.stateDigest,
  now: call.createdAt,
})

async function partiesOf<Party extends Agent | Executor>(
  names: readonly string[],
  read: (name: string) => Promise<Party | undefined>,
) {
  const list: Party[] = []
  const places = new Map<string, number>()
  for (const name of new Set(names)) {
    const party = await read(name)
    if (!party) continue
    places.set(name, list.length)
    list.push({ ...party, revokedAt: null })
  }
  return { list, places }
}

function compared(calls: readonly PastCall[], decisions: readonly (DraftDecision | null)[]) {
  const changes: Partial<Record<Change, number>> = {}
  const differences: Difference[] = []
  for (const [at, would] of decisions.entries()) {
    const call = calls[at]
    if (!call || !would) continue
    const was = pastDecision(call)
    const change = changeOf(was, would)
    changes[change] = (changes[change] ?? 0) + 1
    if (change === 'same' || differences.length >= DIFFERENCES) continue
    const { id, createdAt, agent, audience, name } = call
    differences.push({ id, createdAt, agent, audience, name, change, was, would })
  }
  return { changes, differences }
}

const pastDecision = ({ origin, terms }: PastCall): PastDecision =>
  origin === 'policy'
    ? { effect: 'allow', quorum: 0, groups: [] }
    : { effect: 'approval', quorum: terms.quorum, groups: groupsAsked(terms) }
