/**
 * The values of the policy's facts for a call: read before the policy decides, and compared again by the statement
 * that opens the request, so that no concurrent call is missed. SPEC 11.6.
 */
import {
  amountOf,
  concerns,
  type Fact,
  type FactCall,
  needsSignals,
  scopeOf,
  stepOf,
} from '../../domain/policy/history/fact.ts'
import type { Policy, PolicyQuery, PolicyReads } from '../../domain/policy/policy.ts'
import { signalsOf } from '../../domain/policy/signals/read-signals.ts'
import type { Signals } from '../../domain/policy/signals/signals.ts'
import type { HistoryCall, HistoryStore, HistoryTurn, ScopeHistory } from '../../store/contract/history-store.ts'

type AskedCall = Pick<PolicyQuery, 'agent' | 'principal' | 'executor' | 'name' | 'resource' | 'arguments' | 'now'>

/** A fact and the calls that it counts together with the one that asks. */
interface ScopedFact {
  readonly fact: Fact
  readonly scope: string
  /** Null where no rule for this call reads it. */
  readonly version: number | null
  readonly amount: number
}

export interface KnownHistory {
  /** A fact that cannot be known is absent, and a rule that reads it denies. */
  readonly values: PolicyQuery['history']
  readonly facts: readonly ScopedFact[]
}

export const NO_HISTORY: KnownHistory = { values: {}, facts: [] }

/** A policy, as far as it concerns facts. */
export interface FactReader extends Pick<Policy, 'facts'> {
  readonly reads: (name: string) => Pick<PolicyReads, 'history'>
}

/** `own`: the request that asks again, which does not count itself. */
export async function historyFor(
  store: Pick<HistoryStore, 'history'>,
  policy: FactReader,
  call: AskedCall,
  own: string | null,
): Promise<KnownHistory> {
  const read = policy.reads(call.name).history
  const facts = policy.facts.filter((fact) => read.includes(fact.name) || concerns(fact, call.name))
  if (facts.length === 0) return NO_HISTORY
  const scoped = await scopedFacts(facts, call)
  const found = await store.history(
    scoped.map(({ fact, scope }) => ({ scope, since: beginningOf(fact, call.now) })),
    own,
  )
  const rows = new Map(found.map((row) => [row.scope, row]))
  const known = scoped.filter(({ fact, scope }) => read.includes(fact.name) && rows.get(scope)?.total !== null)
  return {
    values: Object.fromEntries(known.map(({ fact, scope }) => [fact.name, factValue(fact, rows.get(scope), call.now)])),
    facts: scoped.map((one) => ({
      ...one,
      version: read.includes(one.fact.name) ? (rows.get(one.scope)?.version ?? 0) : null,
    })),
  }
}

/** The piece in which a window begins counts whole. */
const beginningOf = (fact: Fact, now: number): number => now - fact.windowSeconds - stepOf(fact) + 1

async function scopedFacts(facts: readonly Fact[], call: AskedCall): Promise<readonly Omit<ScopedFact, 'version'>[]> {
  const signals = facts.some(needsSignals) ? await signalsFor(call) : undefined
  const seen: FactCall = { ...call, agent: call.agent.id }
  const scoped = facts.map(async (fact) => {
    const scope = await scopeOf(fact, seen, signals)
    return scope === undefined ? [] : [{ fact, scope, amount: amountOf(fact, seen, signals) }]
  })
  return (await Promise.all(scoped)).flat()
}

const signalsFor = ({ name, arguments: given, executor }: AskedCall): Promise<Signals> =>
  signalsOf({ name, arguments: given, entry: executor.catalogue.find((entry) => entry.name === name) })

function factValue(fact: Fact, row: ScopeHistory | undefined, now: number): number | boolean {
  if (fact.measure !== 'last') return row?.total ?? 0
  return row?.last === true && (row.lastAt ?? 0) > now - fact.windowSeconds
}

export interface Opening {
  readonly name: string
  readonly now: number
  readonly uses: number
  /** Whether the policy alone or people approved the call; null while it waits. */
  readonly settledBy: 'policy' | 'people' | null
  /** A grant itself is no call. */
  readonly isGrant: boolean
}

/** Null where no fact concerns the call: it needs no turn then. */
export function turnOf({ facts }: KnownHistory, opening: Opening): HistoryTurn | null {
  if (facts.length === 0) return null
  const scopes = facts.map(({ fact, scope, version }) => ({
    scope,
    version,
    expiresAt: opening.now + fact.windowSeconds + 2 * stepOf(fact),
  }))
  const counted = opening.isGrant ? [] : facts.filter(({ fact }) => concerns(fact, opening.name))
  return { scopes, calls: counted.map((one) => callOf(one, opening)) }
}

function callOf({ fact, scope, amount }: ScopedFact, { now, uses, settledBy }: Opening): HistoryCall {
  const { state, windowSeconds } = fact
  const step = stepOf(fact)
  const counts = { permitted: true, allowed: settledBy === 'policy', approved: settledBy === 'people' }
  const counted = (state === 'permitted' || state === 'allowed' || state === 'approved') && counts[state]
  return { scope, state, amount, uses, bucket: now - (now % step), step, windowSeconds, counted }
}
