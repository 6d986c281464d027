/**
 * A fact about earlier calls that a policy declares, and what one call means for it: whose it is, and how much it adds.
 * SPEC 11.6.
 */
import { digestOf, type JsonObject, type JsonValue } from '@countersign/verifier'
import { memberOf } from '../../action/argument-path.ts'
import type { Signals } from '../signals/signals.ts'

/** `permitted`: allowed, or waiting for people or consented to by them. `allowed`: by the policy alone. */
export const FACT_STATES = ['permitted', 'allowed', 'approved', 'denied', 'succeeded', 'failed'] as const
export type FactState = (typeof FACT_STATES)[number]

export interface Fact {
  readonly name: string
  /** `last`: whether the last call that was answered, or whose outcome is known, is of this state. */
  readonly measure: 'count' | 'sum' | 'last'
  /** What a sum adds: `payment EUR`, or `input.` and the path of an argument. Empty else. */
  readonly summed: string
  readonly state: FactState
  /** Name of an action, or its beginning and `*`. */
  readonly pattern: string
  /** Only calls with the same `resource`, `recipient` or argument count. Empty: all. */
  readonly same: string
  readonly windowSeconds: number
  readonly per: 'agent' | 'principal'
}

/** A call, as facts see it. */
export interface FactCall {
  readonly agent: string
  readonly principal: string
  readonly name: string
  readonly resource: string
  readonly arguments: JsonObject | null
}

/** Equal for facts that are declared in the same words, whatever their names: they count the same calls. */
export const definitionOf = ({ name: _, ...definition }: Fact): string => JSON.stringify(definition)

/** A window is kept in so many pieces, of which the oldest counts whole. */
const PIECES = 60

export const stepOf = ({ windowSeconds }: Fact): number => Math.max(1, Math.ceil(windowSeconds / PIECES))

export const concerns = ({ pattern }: Fact, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** Whether its value depends on the arguments of the call that asks. */
export const readsCall = ({ same }: Fact): boolean => same !== '' && same !== 'resource'

export const needsSignals = ({ same, summed }: Fact): boolean => same === 'recipient' || summed.startsWith('payment ')

/**
 * Names the calls that this fact counts together with this one; it holds no text of the call. A fact that is declared
 * anew in the same words goes on; in other words it begins anew. Undefined where the arguments that decide are erased.
 */
export async function scopeOf(fact: Fact, call: FactCall, signals: Signals | undefined): Promise<string | undefined> {
  if (readsCall(fact) && call.arguments === null) return undefined
  const { name: _name, ...definition } = fact
  const same = sameOf(fact, call, signals)
  return digestOf({ typ: 'countersign/fact/v1', definition, who: call[fact.per], same })
}

function sameOf({ same }: Fact, call: FactCall, signals: Signals | undefined): JsonValue {
  if (same === '') return null
  if (same === 'resource') return call.resource
  if (same === 'recipient') return signals?.payment_recipient ?? ''
  return memberOf(call.arguments ?? {}, pathOf(same)) ?? null
}

const pathOf = (input: string): string => input.slice('input.'.length)

/** What one use of the call adds. */
export function amountOf(fact: Fact, call: FactCall, signals: Signals | undefined): number {
  if (fact.measure !== 'sum') return 1
  const [, currency] = /^payment (.*)$/.exec(fact.summed) ?? []
  if (currency === undefined) return wholeOf(memberOf(call.arguments ?? {}, pathOf(fact.summed)))
  const isPaid = signals?.payment === true && ['', currency].includes(signals.payment_currency)
  return isPaid ? signals.payment_amount : 0
}

/** Rounded up, and without its sign; what is no number counts as the largest. */
function wholeOf(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return 0
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  const whole = Math.ceil(Math.abs(number))
  return Number.isSafeInteger(whole) && typeof value !== 'object' ? whole : Number.MAX_SAFE_INTEGER
}
