/**
 * The text of a message, for people and as data for programs.
 *
 * In: a message, the authority's origin, an instant. Out: title, lines, link; or the payload of a webhook or a push. A
 * link carries no authority: it opens a page. A push has generic words only, since it passes through a third party and
 * shows on a locked screen. SPEC 3.
 */
import { type AlarmKind, isAlarm, isResult, type NoticeKind } from '../identity/parties.ts'
import type { Message, RequestSummary } from './delivery.ts'

export interface Text {
  readonly title: string
  readonly lines: readonly string[]
  readonly link: string
}

/** The page of the request; of several requests, the inbox. */
export function linkOf({ kind, subjects }: Message, origin: string): string {
  if (kind === 'killswitch.engaged') return `${origin}/kill`
  if (kind === 'breakglass.opened') return `${origin}/`
  if (kind === 'test' || kind === 'confirm') return `${origin}/notifications`
  return subjects.length === 1 ? `${origin}/approve/${subjects[0]}` : `${origin}/`
}

/** For a mailbox or a chat. `confirm` is written where its secret is made. */
export function textOf(message: Exclude<Message, { kind: 'confirm' }>, origin: string): Text {
  const link = linkOf(message, origin)
  switch (message.kind) {
    case 'killswitch.engaged':
      return { title: 'A kill switch was engaged', lines: ['Matching calls are refused from now on.'], link }
    case 'breakglass.opened':
      return {
        title: 'Break-glass was opened on the host',
        lines: [
          'For 15 minutes, the holder of its link can become an admin without anybody’s consent. Ask the operator why, and acknowledge it.',
        ],
        link,
      }
    case 'test':
      return {
        title: 'This is a test',
        lines: ['Somebody sent it from the notifications page. There is nothing to answer.'],
        link,
      }
    default:
      return {
        title: titleOf(message.kind, message.subjects.length, message.asked),
        lines: linesOf(message.kind, message.asked),
        link,
      }
  }
}

type RequestKind = Exclude<NoticeKind, AlarmKind>

const STATES: Readonly<Record<RequestKind, string>> = {
  'request.waiting': 'Waiting',
  'request.escalated': 'Still unanswered',
  'request.expired': 'Expired unanswered',
  'request.approved': 'Approved',
  'request.denied': 'Denied',
  'request.changed': 'Changed',
  'outcome.reported': 'Reported',
}

function titleOf(kind: RequestKind, count: number, { agent, name, outcome }: RequestSummary): string {
  const what = count === 1 ? name : `${count} requests, such as ${name}`
  if (kind === 'request.waiting') return `${agent} requests approval: ${what}`
  return `${STATES[kind]}${outcome ? ` as ${outcome}` : ''}, requested by ${agent}: ${what}`
}

const EFFECTS = { read: 'Reads data.', write: 'Changes data.', destructive: 'Destroys data.' } as const

function linesOf(kind: RequestKind, { audience, effect, reversible, expiresAt }: RequestSummary): readonly string[] {
  const risk = [`Executor: ${audience}.`, EFFECTS[effect], ...undoingOf(reversible)].join(' ')
  if (isResult(kind)) return [risk]
  return [risk, `Answer before ${new Date(expiresAt * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC.`]
}

const undoingOf = (reversible: boolean | null): readonly string[] =>
  reversible === null ? [] : [reversible ? 'Can be undone.' : 'Cannot be undone.']

const GENERIC = {
  'request.waiting': ['A request is waiting for you', 'requests are waiting for you'],
  'request.escalated': ['A request is still unanswered', 'requests are still unanswered'],
  'request.expired': ['A request expired unanswered', 'requests expired unanswered'],
  'request.approved': ['A request was approved', 'requests were approved'],
  'request.denied': ['A request was denied', 'requests were denied'],
  'request.changed': ['A request was changed', 'requests were changed'],
  'outcome.reported': ['An outcome was reported', 'outcomes were reported'],
  'killswitch.engaged': ['A kill switch was engaged', 'kill switches were engaged'],
  'breakglass.opened': ['Break-glass was opened on the host', 'break-glasses were opened on the host'],
  test: ['This is a test', ''],
  confirm: ['', ''],
} as const

/** A request id and generic words. `tag`: a later push replaces an earlier one with the same tag. */
export function pushPayload(message: Message): string {
  const { kind, subjects } = message
  const [one, more] = GENERIC[kind]
  const title = subjects.length > 1 ? `${subjects.length} ${more}` : one
  const body = kind === 'test' ? 'Notifications reach this device.' : 'Open for details.'
  return JSON.stringify({ title, body, path: linkOf(message, ''), tag: subjects[0] ?? kind })
}

/** The body of an incoming webhook. Slack reads three characters as its own. */
export function slackBody(text: Text): string {
  const escaped = [`*${text.title}*`, ...text.lines].join('\n').replace(/[&<>]/g, (one) => SLACK[one] ?? one)
  return JSON.stringify({ text: `${escaped}\n<${text.link}>` })
}

const SLACK: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** The payload of Standard Webhooks: type, timestamp and data. `at`: when the event happened, epoch seconds. */
export function eventBody(message: Message, origin: string, at: number): string {
  const asked = 'asked' in message ? message.asked : undefined
  const subject = isAlarm(message.kind) ? message.kind.slice(0, message.kind.indexOf('.')) : 'request'
  const data = {
    ...(message.subjects[0] === undefined ? {} : { [subject]: message.subjects[0] }),
    ...(asked && {
      agent: asked.agent,
      executor: asked.audience,
      name: asked.name,
      effect: asked.effect,
      reversible: asked.reversible,
      expires_at: asked.expiresAt,
      ...(asked.outcome && { outcome: asked.outcome }),
    }),
    link: linkOf(message, origin),
  }
  return JSON.stringify({ type: message.kind, timestamp: new Date(at * 1000).toISOString(), data })
}
