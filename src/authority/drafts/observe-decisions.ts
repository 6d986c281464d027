/**
 * Passes decisions to the observed draft after they were made: a caller never waits for it, and failures are counted.
 * The draft decides in its thread, one batch at a time; calls beyond the bound are counted as missed. SPEC 11.8.
 */
import { digestOf } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { isUnderWay } from '../../domain/identity/agent-session.ts'
import { lengthOf, textsOf } from '../../domain/policy/drafts/call-texts.ts'
import { changeOf } from '../../domain/policy/drafts/compare-drafts.ts'
import { draftDecision } from '../../domain/policy/drafts/draft-desk.ts'
import type { CallTexts, DraftAnswer, DraftDecision, DraftJob } from '../../domain/policy/drafts/draft-job.ts'
import { rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import {
  NOTHING_OBSERVED,
  type Observation,
  type Observed,
  type ObservedDifference,
} from '../../domain/policy/drafts/observation.ts'
import { declaredFacts } from '../../domain/policy/history/declared-facts.ts'
import { definitionOf } from '../../domain/policy/history/fact.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { HistoryStore } from '../../store/contract/history-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { ObservationStore } from '../../store/contract/observation-store.ts'
import type { Uses } from '../deps.ts'
import { historyFor } from '../policy/known-history.ts'
import type { DecidedCall, Observer } from './observer.ts'

type Needs = Uses<
  ObservationStore & HistoryStore & Pick<PeopleStore, 'countPeople'> & Pick<AgentSessionStore, 'agentSessionsSince'>,
  'config' | 'drafts' | 'events' | 'log' | 'now' | 'upMs'
>

const MAX_WAITING = 500
/** Waiting calls have so many characters together; calls beyond that are missed. */
const MAX_CHARACTERS = 1_000_000
/** At most so many calls are judged together, and one batch in this time. */
const BATCH = 100
const GATHER_MS = 200
/** How long a process believes that nothing is observed, and rests after a draft that failed. */
const IDLE_MS = 5_000
const REST_MS = 30_000

export function createObserver(deps: Needs): Observer {
  const waiting: WaitingCall[] = []
  let characters = 0
  let missed = 0
  let idleUntil = Number.NEGATIVE_INFINITY
  let restUntil = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | undefined

  async function work(): Promise<void> {
    while (waiting.length + missed > 0) {
      await deps.events.waitFor('observation', GATHER_MS)
      const open = await deps.store.openObservation()
      if (!open || open.endsAt <= deps.now()) return idle()
      const batch = waiting.splice(0, BATCH)
      characters -= charactersOf(batch)
      const late = missed
      missed = 0
      const judged = await judge(deps, open, batch)
      await deps.store.recordObserved({ ...judged, counts: plus(judged.counts, 'missed', late) })
      if (judged.counts.failed > 0) restUntil = deps.upMs() + REST_MS
    }
  }

  function idle(): void {
    waiting.length = 0
    characters = 0
    missed = 0
    idleUntil = deps.upMs() + IDLE_MS
  }

  const begin = () => {
    underWay ??= work()
      .catch((error: unknown) => {
        deps.log.warn('observation.failed', { reason: error instanceof Error ? error.message : String(error) })
        idle()
      })
      .finally(() => {
        underWay = undefined
      })
    return underWay
  }

  return {
    notice(decided) {
      const now = deps.upMs()
      if (deps.drafts === null || now < idleUntil) return
      if (now < restUntil || waiting.length >= MAX_WAITING || characters >= MAX_CHARACTERS) missed++
      else {
        const texts = textsOf(decided.call)
        waiting.push({ ...decided, texts })
        characters += lengthOf(texts)
      }
      void begin()
    },
    look() {
      idleUntil = Number.NEGATIVE_INFINITY
      restUntil = Number.NEGATIVE_INFINITY
    },
    settle: async () => underWay,
  }
}

interface WaitingCall extends DecidedCall {
  readonly texts: CallTexts
}

const charactersOf = (calls: readonly WaitingCall[]): number =>
  calls.reduce((sum, { texts }) => sum + lengthOf(texts), 0)

const plus = (counts: typeof NOTHING_OBSERVED, name: Observed, more: number) => ({
  ...counts,
  [name]: counts[name] + more,
})

/** Calls that another policy decided, or before the observation began, say nothing about it. */
async function judge(deps: Needs, open: Observation, batch: readonly WaitingCall[]) {
  const calls = batch.filter(({ call, policy }) => policy.version === open.base && call.now >= open.startedAt)
  if (calls.length === 0 || deps.drafts === null) return summed(open, [], null)
  return summed(open, calls, await deps.drafts.answer(await jobFor(deps, open, calls)))
}

async function jobFor(deps: Needs, { text }: Observation, calls: readonly WaitingCall[]): Promise<DraftJob> {
  const agents = [...new Set(calls.map(({ call }) => call.agent))]
  const executors = [...new Set(calls.map(({ call }) => call.executor))]
  const people = await deps.store.countPeople()
  const sessions = await deps.store.agentSessionsSince(Math.min(...calls.map(({ call }) => call.now)))
  const cases: DraftJob['cases'][number][] = []
  for (const decided of calls) {
    const { agent, executor, actors, principal, name, state, now } = decided.call
    cases.push({
      actors,
      principal,
      name,
      state,
      now,
      texts: decided.texts,
      agent: agents.indexOf(agent),
      executor: executors.indexOf(executor),
      people,
      session: sessions.find((one) => one.agent === agent.id && isUnderWay(one, now)) ?? null,
      history: await knownFacts(deps, text, decided),
    })
  }
  return { text, rules: await rulesFor(text, deps.config), agents, executors, cases }
}

/** The draft's facts that the policy in force counts, too: the same words count the same calls. */
async function knownFacts({ store }: Needs, text: string, { policy, call, request }: DecidedCall) {
  const declared = declaredFacts(text)
  const counted = new Set(policy.facts.map(definitionOf))
  const facts = declared.ok ? declared.facts.filter((fact) => counted.has(definitionOf(fact))) : []
  const history = facts.map(({ name }) => name)
  return (await historyFor(store, { facts, reads: () => ({ history }) }, call, request)).values
}

/** The draft's decision about one call. */
interface Judgement {
  readonly name: Observed
  readonly would: DraftDecision | null
  readonly reason: string
}

const FAILED = { name: 'failed', would: null } as const

function judgementOf({ decision }: DecidedCall, answer: DraftAnswer, at: number): Judgement {
  switch (answer.kind) {
    case 'busy':
      return { name: 'missed', would: null, reason: answer.words }
    case 'failed':
      return { ...FAILED, reason: answer.words }
    case 'faulty':
      return { ...FAILED, reason: answer.problems[0]?.message ?? 'It does not compile.' }
    case 'answered': {
      const would = answer.decisions[at] ?? null
      if (would === null) return { name: 'unknown', would, reason: '' }
      return { name: changeOf(draftDecision(decision), would), would, reason: would.reason }
    }
  }
}

async function summed({ id: observation }: Observation, calls: readonly DecidedCall[], answer: DraftAnswer | null) {
  let counts = NOTHING_OBSERVED
  const found = new Map<string, ObservedDifference>()
  for (const [at, decided] of calls.entries()) {
    const judgement = answer && judgementOf(decided, answer, at)
    if (judgement === null) continue
    counts = plus(counts, judgement.name, 1)
    const difference = await differenceOf(decided, judgement)
    if (!difference) continue
    const known = found.get(difference.key)
    found.set(difference.key, { ...difference, count: 1 + (known?.count ?? 0) })
  }
  return { observation, counts, differences: [...found.values()] }
}

async function differenceOf(
  { call, decision, request }: DecidedCall,
  { name: change, would: decided, reason }: Judgement,
): Promise<ObservedDifference | null> {
  if (change === 'same' || change === 'unknown' || change === 'missed') return null
  const { effect, quorum, groups } = draftDecision(decision)
  const subject = { change, agent: call.agent.id, audience: call.executor.audience, name: call.name }
  const row = { ...subject, was: { effect, quorum, groups }, would: decided && withoutReason(decided) }
  const key = await digestOf(plainJson({ typ: 'countersign/observed/v1', ...row }))
  return { ...row, key, reason, count: 1, lastAt: call.now, request }
}

/** Reasons may differ from call to call. */
const withoutReason = ({ reason: _, ...decided }: DraftDecision): Omit<DraftDecision, 'reason'> => decided
