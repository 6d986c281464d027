/**
 * Notices, the rows of the outbox, written in the transaction of their fact; and one pass over them: recipients, times
 * and channels of notifications. Pure: the store runs it within one transaction, one process at a time, so nothing is
 * sent twice and limits hold. SPEC 3.
 */
import {
  type Approver,
  type Effect,
  isAlarm,
  isResult,
  type NoticeKind,
  type Role,
  type Webhook,
} from '../identity/parties.ts'
import { isAway, ownPlace, placesAsDeputy } from '../policy/deputies.ts'
import type { Requirement } from '../policy/policy.ts'
import { isUseful, type Member } from '../policy/quorum.ts'
import { type ReachablePerson, type Target, targetsOf } from './channels.ts'
import type { Device, Message, NewDelivery, RequestSummary } from './delivery.ts'
import { type QuietHours, quietUntil } from './quiet-hours.ts'
import { type Ring, type RingRules, ringFor } from './ring.ts'

export interface Notice {
  readonly kind: NoticeKind
  readonly subject: string
  /** Epoch seconds. */
  readonly dueAt: number
}

/**
 * Whoever can answer is notified at once, in order when it is their turn; admins when the request still waits after
 * `escalateAfterSeconds`.
 */
export function noticesOf(
  request: { readonly id: string; readonly createdAt: number; readonly expiresAt: number },
  escalateAfterSeconds: number,
): readonly Notice[] {
  const escalatedAt = request.createdAt + escalateAfterSeconds
  const waiting: Notice = { kind: 'request.waiting', subject: request.id, dueAt: request.createdAt }
  if (escalatedAt >= request.expiresAt) return [waiting]
  return [waiting, { kind: 'request.escalated', subject: request.id, dueAt: escalatedAt }]
}

/** The facts of a request that decide about its notifications. */
export interface NotifiedRequest {
  readonly id: string
  readonly agent: string
  readonly actor: string
  readonly principal: string
  readonly audience: string
  readonly name: string
  readonly effect: Effect
  readonly reversible: boolean | null
  readonly approvers: readonly Requirement[]
  readonly ordered: boolean
  readonly consented: readonly Member[]
  readonly selfApproval: boolean
  readonly expiresAt: number
  readonly isPending: boolean
  /** Of its redemption; null before the report. */
  readonly outcome: NonNullable<RequestSummary['outcome']> | null
  /** The people who run an agent of its chain, or the actor: they may not answer, unless self-approval is allowed. */
  readonly runBy: readonly string[]
}

export interface NotifiedPerson extends ReachablePerson, Pick<Approver, 'absence' | 'standsFor'> {
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly quiet: QuietHours | null
  readonly devices: readonly Device[]
}

export interface Facts {
  readonly now: number
  readonly notices: readonly Notice[]
  readonly requests: readonly NotifiedRequest[]
  readonly people: readonly NotifiedPerson[]
  readonly webhooks: readonly Webhook[]
  /** Due ones; those of the last hour by the same agents; those of requests that have expired. */
  readonly rings: readonly Ring[]
}

export interface Plan {
  readonly rings: readonly Ring[]
  readonly deliveries: readonly NewDelivery[]
}

export function planNotices(facts: Facts, rules: RingRules, newId: () => string): Plan {
  const book = openBook(facts.rings)
  const deliveries: NewDelivery[] = []
  for (const notice of facts.notices) {
    const request = facts.requests.find(({ id }) => id === notice.subject)
    if (!isStillSo(notice, request)) continue
    const { kind, subject } = notice
    const agent = request?.agent ?? null
    const fold = [kind, agent, request?.audience, request?.name].join(' ')
    for (const { id: recipient, notBefore } of recipientsOf(notice, request, facts)) {
      const trigger = { kind, recipient, agent, fold, subject, notBefore }
      book.write(ringFor(trigger, book.of(trigger), rules, newId))
    }
    deliveries.push(...eventsOf(notice, request, facts, newId))
  }
  for (const ring of book.all()) {
    if (ring.state !== 'held' || ring.dueAt > facts.now) continue
    const made = deliveriesOf(ring, facts, newId)
    book.write({ ...ring, state: made.length > 0 ? 'rung' : 'dropped' })
    deliveries.push(...made)
  }
  return { rings: book.all().filter((ring) => !facts.rings.includes(ring)), deliveries }
}

function openBook(rings: readonly Ring[]) {
  const pages = new Map<string, Map<string, Ring>>()
  const pageOf = ({ recipient, agent }: Pick<Ring, 'recipient' | 'agent'>) => {
    const name = `${recipient} ${agent}`
    const page = pages.get(name) ?? new Map<string, Ring>()
    pages.set(name, page)
    return page
  }
  const write = (ring: Ring) => void pageOf(ring).set(ring.id, ring)
  rings.forEach(write)
  return {
    write,
    of: (pair: Pick<Ring, 'recipient' | 'agent'>) => [...pageOf(pair).values()],
    all: () => [...pages.values()].flatMap((page) => [...page.values()]),
  }
}

/** True for events that no answer makes untrue. */
const isOver = (kind: Notice['kind']): boolean => kind === 'request.expired' || isResult(kind)

/** False for a request that was answered meanwhile. */
function isStillSo({ kind }: Notice, request: NotifiedRequest | undefined): boolean {
  if (isAlarm(kind)) return true
  if (!request) return false
  return isOver(kind) || request.isPending
}

interface Recipient {
  readonly id: string
  readonly notBefore: number
}

/** People and chats; endpoints of programs get events instead. */
function recipientsOf(
  { kind, subject }: Notice,
  request: NotifiedRequest | undefined,
  facts: Facts,
): readonly Recipient[] {
  const { now, people, webhooks, rings } = facts
  const wasTold = (id: string) =>
    rings.some((ring) => ring.recipient === id && ring.state === 'rung' && ring.subjects.includes(subject))
  const isHeldFor = (id: string) =>
    rings.some((ring) => ring.recipient === id && ring.state === 'held' && ring.subjects.includes(subject))
  const isConcerned = (person: NotifiedPerson): boolean => {
    if (isAlarm(kind)) return person.roles.includes('admin')
    if (isAway(person, now)) return false
    if (isResult(kind)) return false
    if (kind === 'request.expired') return wasTold(person.id)
    if (request === undefined || wasTold(person.id)) return false
    if (kind === 'request.escalated' && person.roles.includes('admin')) return true
    return canAnswer(request, person, now) && !isHeldFor(person.id)
  }
  const chats = webhooks.filter((webhook) => webhook.kind === 'slack' && webhook.events.includes(kind))
  const wakes = isAlarm(kind)
  return [
    ...people.filter(isConcerned).map(({ id, quiet }) => ({ id, notBefore: wakes ? now : quietUntil(quiet, now) })),
    ...chats.map(({ id }) => ({ id, notBefore: now })),
  ]
}

/** True for people whose consent would count now, as their own or in the place of somebody who is away. */
const canAnswer = (request: NotifiedRequest, person: NotifiedPerson, now: number): boolean =>
  (request.selfApproval || !isClose(request, person.id)) &&
  [ownPlace(person), ...placesAsDeputy(person, now).filter(({ id }) => !isClose(request, id))].some((place) =>
    isUseful(request, request.consented, place),
  )

/** True for the principal, and for those who run an agent: nobody stands in for them. */
const isClose = ({ principal, runBy }: NotifiedRequest, person: string): boolean =>
  principal === person || runBy.includes(person)

function eventsOf(
  notice: Notice,
  request: NotifiedRequest | undefined,
  facts: Facts,
  newId: () => string,
): NewDelivery[] {
  const message = messageOf(notice.kind, [notice.subject], request)
  return facts.webhooks
    .filter((webhook) => webhook.kind === 'standard' && webhook.events.includes(notice.kind))
    .map(({ id }) => ({ id: newId(), channel: 'webhook', recipient: id, target: id, message }))
}

/** Empty where the requests were answered meanwhile, or where the recipient has no channel left. */
function deliveriesOf(ring: Ring, facts: Facts, newId: () => string): NewDelivery[] {
  const requests = facts.requests.filter((request) => ring.subjects.includes(request.id))
  const still = requests.filter((request) => isOver(ring.kind) || request.isPending)
  if (!isAlarm(ring.kind) && still.length === 0) return []
  const subjects = isAlarm(ring.kind) ? ring.subjects : still.map(({ id }) => id)
  const message = messageOf(ring.kind, subjects, still[0])
  return targetsOfRecipient(ring.recipient, facts).map((target) => ({
    id: newId(),
    recipient: ring.recipient,
    message,
    ...target,
  }))
}

function targetsOfRecipient(recipient: string, { people, webhooks }: Facts): readonly Target[] {
  const person = people.find(({ id }) => id === recipient)
  if (person) return targetsOf(person)
  return webhooks.some(({ id }) => id === recipient) ? [{ channel: 'webhook', target: recipient }] : []
}

function messageOf(kind: Notice['kind'], subjects: readonly string[], request: NotifiedRequest | undefined): Message {
  if (isAlarm(kind)) return { kind, subjects }
  if (!request) throw new TypeError(`A notice of ${kind} has its request`)
  const { agent, audience, name, effect, reversible, expiresAt, outcome } = request
  const asked: RequestSummary = { agent, audience, name, effect, reversible, expiresAt }
  return { kind, subjects, asked: kind === 'outcome.reported' && outcome ? { ...asked, outcome } : asked }
}
