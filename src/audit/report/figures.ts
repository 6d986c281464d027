/**
 * Figures of a period: requests and their agents, decisions and their approvers, outcomes.
 *
 * Counts every entry, also one without its cause: findings report that.
 */
import { type LedgerEntry, numberOf, textOf } from '../log/read-entry.ts'

/** Something out of the ordinary that is no fault: kept whole, up to a bound. */
interface NotableEntry {
  readonly index: number
  readonly at: number
  readonly type: string
  readonly about: string
}

/** Each count, and its title. Approvers: consents and denials. */
export const COUNTED = [
  ['types', 'Entries by type'],
  ['decisions', 'Decisions of the policy'],
  ['tokens', 'Tokens by who allowed them'],
  ['outcomes', 'Outcomes'],
  ['refusals', 'Refusals by code'],
  ['agents', 'Requests by agent'],
  ['calls', 'Calls that the policy allowed without a token, by agent'],
  ['approvers', 'Answers by approver'],
  ['executors', 'Redemptions by executor'],
  ['uncovered', 'Sensitive texts uncovered, by reader'],
] as const

type Counted = (typeof COUNTED)[number][0]

export interface Figures extends Readonly<Record<Counted, Readonly<Record<string, number>>>> {
  readonly entries: number
  /** Epoch seconds of the first and last entry that were counted; null without any. */
  readonly first: number | null
  readonly last: number | null
  /** Seconds from request to first consent: half were quicker. Null without any. */
  readonly medianSecondsToConsent: number | null
  readonly notable: readonly NotableEntry[]
}

export interface Period {
  /** Epoch seconds; inclusive, exclusive. */
  readonly from: number
  readonly to: number
}

const NOTABLE = new Set([
  'killswitch.engaged',
  'killswitch.released',
  'token.revoked',
  'approver.enrolled',
  'approver.removed',
  'credential.revoked',
  'agent.added',
  'agent.removed',
  'executor.added',
  'agent.changed',
  'executor.changed',
  'executor.removed',
  'group.added',
  'group.changed',
  'group.removed',
  'policy.changed',
  'key.rotated',
  'erasure.ordered',
  'payload.erased',
  'payload.uncovered',
])
const MAX_NOTABLE = 200

export function createFigures({ from, to }: Period) {
  const counts = createCounts()
  const waits = createWaits()
  const notable: NotableEntry[] = []
  const span: { first: number | null; last: number | null } = { first: null, last: null }
  let entries = 0

  function take(entry: LedgerEntry, index: number): void {
    const { type, at, members } = entry
    if (at < from || at >= to) return
    entries++
    span.first = Math.min(span.first ?? at, at)
    span.last = Math.max(span.last ?? at, at)
    counts.take(entry)
    waits.take(entry)
    if (NOTABLE.has(type) && notable.length < MAX_NOTABLE) notable.push({ index, at, type, about: aboutOf(members) })
  }

  const figures = (): Figures => ({
    entries,
    ...span,
    ...counts.all(),
    medianSecondsToConsent: waits.median(),
    notable,
  })

  return { take, figures }
}

const forEachCount = <T>(make: (name: Counted) => T) =>
  Object.fromEntries(COUNTED.map(([name]) => [name, make(name)])) as Readonly<Record<Counted, T>>

function createCounts() {
  const counts = forEachCount(() => new Map<string, number>())
  const add = (name: Counted, key = 'unknown', by = 1) => counts[name].set(key, (counts[name].get(key) ?? 0) + by)

  function take({ type, members }: LedgerEntry): void {
    add('types', type)
    if (type === 'request.created') add('agents', textOf(members, 'agent'))
    if (type === 'call.allowed') add('calls', textOf(members, 'agent'))
    if (type === 'request.decided') add('decisions', textOf(members, 'decision'))
    if (type === 'token.issued') add('tokens', textOf(members, 'origin'))
    if (type === 'token.redeemed') add('executors', textOf(members, 'executor'))
    if (type === 'outcome.reported') add('outcomes', textOf(members, 'outcome'))
    if (type === 'outcome.missing') add('outcomes', 'missing')
    if (type === 'token.refused') add('refusals', textOf(members, 'code'), numberOf(members, 'count'))
    if (type === 'payload.uncovered') add('uncovered', readerOf(members), numberOf(members, 'count'))
    if (type === 'consent.given' || type === 'consent.denied') add('approvers', textOf(members, 'approver'))
  }

  return { take, all: () => forEachCount((name) => plain(counts[name])) }
}

/** A person, or the credential of an auditor. */
const readerOf = (members: LedgerEntry['members']) =>
  textOf(members, 'approver') ?? `credential ${textOf(members, 'credential') ?? 'unknown'}`

/** Measures the time to first consents. Keeps the instant of a request only while it waits. */
function createWaits() {
  const waiting = new Map<string, number>()
  const waits: number[] = []
  return {
    take({ type, at, members }: LedgerEntry): void {
      const request = textOf(members, 'request')
      if (request === undefined) return
      if (type === 'request.created') waiting.set(request, at)
      if (type === 'request.created' || type === 'request.decided' || type === 'payload.uncovered') return
      const since = waiting.get(request)
      if (since !== undefined && type === 'consent.given') waits.push(Math.max(0, at - since))
      waiting.delete(request)
    },
    median: () => (waits.length === 0 ? null : (waits.sort((a, b) => a - b)[waits.length >> 1] ?? null)),
  }
}

const plain = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))

const ABOUT = ['agent', 'executor', 'approver', 'jti', 'credential', 'key', 'request']

/** The subject of an entry, in its own ids. */
function aboutOf(members: LedgerEntry['members']): string {
  const named = ABOUT.flatMap((name) => {
    const value = textOf(members, name) ?? numberOf(members, name)
    return value === undefined ? [] : [`${name} ${value}`]
  })
  return `${named.slice(0, 2).join(', ')}${members['bootstrap'] === true ? ' (bootstrap)' : ''}`
}
