/**
 * Who is told what, when, and over which channel: one pass over the outbox.
 *
 * In: notices that are due, what they are about, everybody who could be told, the rings of the last hour. Out: rings to
 * keep and deliveries to make. Pure: the store runs it within one transaction, one process at a time, so that nothing
 * is told twice and no limit is passed by two who count at once. SPEC 3.
 */
import type { Effect, Role, Webhook } from '../identity/parties.ts'
import type { Asked, Device, Message, NewDelivery } from './delivery.ts'
import type { Notice } from './notice.ts'
import { type QuietHours, quietUntil } from './quiet-hours.ts'
import { type Ring, type RingRules, ringFor } from './ring.ts'

/** A request, as far as people are told of it. */
export interface Noted {
  readonly id: string
  readonly agent: string
  readonly actor: string
  readonly principal: string
  readonly audience: string
  readonly name: string
  readonly effect: Effect
  readonly reversible: boolean
  readonly approvers: Role
  readonly selfApproval: boolean
  readonly consents: number
  readonly expiresAt: number
  /** Waits for an answer, as of now. */
  readonly isPending: boolean
  /** Who runs its agent or actor: they may not answer, unless self-approval is allowed. */
  readonly runBy: readonly string[]
}

export interface Told {
  readonly id: string
  readonly roles: readonly Role[]
  readonly push: boolean
  /** Confirmed, and wished for. */
  readonly byMail: boolean
  readonly quiet: QuietHours | null
  readonly devices: readonly Device[]
}

export interface Facts {
  readonly now: number
  readonly notices: readonly Notice[]
  readonly requests: readonly Noted[]
  readonly people: readonly Told[]
  readonly webhooks: readonly Webhook[]
  /** Held ones that are due; those of the last hour of the agents concerned; those that told of what has expired. */
  readonly rings: readonly Ring[]
}

export interface Plan {
  /** Whole, to be kept as they are now. */
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
      const call = { kind, recipient, agent, fold, subject, notBefore }
      book.write(ringFor(call, book.of(call), rules, newId))
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

/** The rings as they stand while planning, found by whom and by whose doing. */
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
    of: (call: Pick<Ring, 'recipient' | 'agent'>) => [...pageOf(call).values()],
    all: () => [...pages.values()].flatMap((page) => [...page.values()]),
  }
}

/** Nobody is told that something waits which was answered meanwhile. */
function isStillSo({ kind }: Notice, request: Noted | undefined): boolean {
  if (kind === 'killswitch.engaged') return true
  if (!request) return false
  if (kind === 'request.waiting') return request.isPending
  return kind === 'request.expired' || (request.isPending && request.consents === 0)
}

interface Recipient {
  readonly id: string
  readonly notBefore: number
}

/** People, and the channels where people read; endpoints for programs get events instead. */
function recipientsOf({ kind, subject }: Notice, request: Noted | undefined, facts: Facts): readonly Recipient[] {
  const { now, people, webhooks, rings } = facts
  const wasTold = (id: string) =>
    rings.some((ring) => ring.recipient === id && ring.state === 'rung' && ring.subjects.includes(subject))
  const isConcerned = (person: Told): boolean => {
    if (kind === 'killswitch.engaged') return person.roles.includes('admin')
    if (kind === 'request.expired') return wasTold(person.id)
    if (kind === 'request.escalated') return person.roles.includes('admin') && !wasTold(person.id)
    return request !== undefined && person.roles.includes(request.approvers) && !isTooClose(request, person.id)
  }
  const channels = webhooks.filter((webhook) => webhook.kind === 'slack' && webhook.events.includes(kind))
  const wakes = kind === 'killswitch.engaged'
  return [
    ...people.filter(isConcerned).map(({ id, quiet }) => ({ id, notBefore: wakes ? now : quietUntil(quiet, now) })),
    ...channels.map(({ id }) => ({ id, notBefore: now })),
  ]
}

/** They could not answer: it is for them, or by what they run. */
const isTooClose = ({ selfApproval, principal, runBy }: Noted, person: string): boolean =>
  !selfApproval && (principal === person || runBy.includes(person))

function eventsOf(notice: Notice, request: Noted | undefined, facts: Facts, newId: () => string): NewDelivery[] {
  const message = messageOf(notice.kind, [notice.subject], request)
  return facts.webhooks
    .filter((webhook) => webhook.kind === 'standard' && webhook.events.includes(notice.kind))
    .map(({ id }) => ({ id: newId(), channel: 'webhook', recipient: id, target: id, message }))
}

/** Empty where what was to be said is no longer so, or where the recipient has no channel left. */
function deliveriesOf(ring: Ring, facts: Facts, newId: () => string): NewDelivery[] {
  const requests = facts.requests.filter((request) => ring.subjects.includes(request.id))
  const still = requests.filter((request) => ring.kind === 'request.expired' || request.isPending)
  if (ring.kind !== 'killswitch.engaged' && still.length === 0) return []
  const subjects = ring.kind === 'killswitch.engaged' ? ring.subjects : still.map(({ id }) => id)
  const message = messageOf(ring.kind, subjects, still[0])
  const to = (channel: NewDelivery['channel'], target: string): NewDelivery => ({
    id: newId(),
    channel,
    recipient: ring.recipient,
    target,
    message,
  })
  const person = facts.people.find(({ id }) => id === ring.recipient)
  if (!person) return facts.webhooks.some(({ id }) => id === ring.recipient) ? [to('webhook', ring.recipient)] : []
  return [
    ...(person.push ? person.devices.map(({ id }) => to('push', id)) : []),
    ...(person.byMail ? [to('mail', person.id)] : []),
  ]
}

function messageOf(kind: Notice['kind'], subjects: readonly string[], request: Noted | undefined): Message {
  if (kind === 'killswitch.engaged' || !request) return { kind: 'killswitch.engaged', subjects }
  const { agent, audience, name, effect, reversible, expiresAt } = request
  return { kind, subjects, asked: { agent, audience, name, effect, reversible, expiresAt } satisfies Asked }
}
