/**
 * Observations of drafts: started and ended by an admin or the operator, ended also by the clock and by another policy
 * in force. One draft is observed at a time. SPEC 11.8.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import { OPERATOR_AGENT } from '../../domain/identity/own-agents.ts'
import { byMember, isPerson } from '../../domain/identity/parties.ts'
import { type EntryMembers, prepareEntry } from '../../domain/ledger/entry.ts'
import { problemsInWords, rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import {
  MAX_OBSERVATION_SECONDS,
  MIN_OBSERVATION_SECONDS,
  NOTHING_OBSERVED,
  type Observation,
  type ObservedDifference,
} from '../../domain/policy/drafts/observation.ts'
import type { PolicyVersion } from '../../domain/policy/policy.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { ObservationStore } from '../../store/contract/observation-store.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { policyDigest } from '../policy/in-force.ts'
import { admitDrafter, askDraft, type Drafter, type DraftNeeds } from './draft-needs.ts'

type Needs = Uses<ObservationStore & PolicyStore, 'log' | 'now' | 'randomBytes'>
type StartNeeds = Needs & DraftNeeds & Pick<Deps, 'observer'>

export interface ObservationOrder {
  readonly text: string
  readonly seconds: number
}

const OTHER = 'Another draft is being observed. Stop that observation first, or wait for its end.'

/** Refuses: `rate_limited`, `forbidden`, `invalid_request`. */
export async function startObservation(
  deps: StartNeeds,
  by: Drafter,
  { text, seconds }: ObservationOrder,
): Promise<Result<Observation>> {
  const drafts = await admitDrafter(deps, by)
  if (!drafts.ok) return drafts
  if (seconds < MIN_OBSERVATION_SECONDS || seconds > MAX_OBSERVATION_SECONDS)
    return refuse('invalid_request', 'A draft is observed for a minute to 14 days.')
  const compiled = await askDraft(drafts.value, {
    text,
    rules: await rulesFor(text, deps.config),
    agents: [],
    executors: [],
    cases: [],
  })
  if (!compiled.ok) return compiled
  if ('problems' in compiled.value) return refuse('invalid_request', problemsInWords(compiled.value.problems))
  await endOutdated(deps)
  const observation = await begun(deps, by, { text, seconds })
  const { id, digest, base, endsAt, startedAt } = observation
  const members = { observation: id, policy: digest, version: base, ends: endsAt, ...byMember(by) }
  const entry = await prepareEntry('observation.started', startedAt, newTrace(deps.randomBytes), members)
  if (!(await deps.store.startObservation({ observation, entry })))
    return refuse('invalid_request', OTHER, { status: 409 })
  deps.observer.look()
  deps.log.info('observation.started', { observation: id, policy: digest, trace: entry.trace })
  return ok(observation)
}

async function begun(
  { store, now, randomBytes }: Needs,
  by: Drafter,
  { text, seconds }: ObservationOrder,
): Promise<Observation> {
  const startedAt = now()
  return {
    id: newId(randomBytes),
    digest: await policyDigest(text),
    text,
    base: await store.policyInForce(),
    startedBy: isPerson(by) ? by.id : OPERATOR_AGENT,
    startedAt,
    endsAt: startedAt + seconds,
    endedAt: null,
    counts: NOTHING_OBSERVED,
  }
}

const none = () => refuse('not_found', 'There is no such observation, or it has ended. List them first.')

/** Refuses: `rate_limited`, `forbidden`, `not_found`. */
export async function stopObservation(deps: StartNeeds, by: Drafter, id: string): Promise<Result<Observation>> {
  const drafts = await admitDrafter(deps, by)
  if (!drafts.ok) return drafts
  await deps.observer.settle()
  const open = await deps.store.openObservation()
  if (open?.id !== id || !(await end(deps, open, byMember(by)))) return none()
  return ok({ ...open, endedAt: deps.now() })
}

async function end({ store, log, now, randomBytes }: Needs, { id, digest, counts }: Observation, by: EntryMembers) {
  const members = { observation: id, policy: digest, counts: { ...counts }, ...by }
  const entry = await prepareEntry('observation.ended', now(), newTrace(randomBytes), members)
  const ended = await store.endObservation({ id, at: now(), entry })
  if (ended) log.info('observation.ended', { observation: id, trace: entry.trace })
  return ended
}

/** Whose time is over, or whose policy is no longer in force. */
export async function endOutdated(deps: Needs): Promise<void> {
  const open = await deps.store.openObservation()
  if (!open) return
  if (open.endsAt > deps.now() && open.base === (await deps.store.policyInForce())) return
  await end(deps, open, {})
}

export interface ObservationReport {
  readonly observation: Observation
  readonly differences: readonly ObservedDifference[]
  /** The version of the policy that the draft became; null while none has its text. */
  readonly published: PolicyVersion | null
}

/** Refuses: `not_found`. */
export async function readObservation(deps: Needs, id: string): Promise<Result<ObservationReport>> {
  await endOutdated(deps)
  const { store } = deps
  const [observation, differences] = await Promise.all([store.observation(id), store.observedDifferences(id)])
  if (!observation) return none()
  const next = await store.policyVersion(observation.base + 1)
  return ok({ observation, differences, published: next?.digest === observation.digest ? next : null })
}
