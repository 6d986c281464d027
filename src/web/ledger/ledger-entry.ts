/** Each type of ledger entry in plain words: a new type does not compile without them. SPEC 8. */
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { EntryType } from '../../domain/ledger/entry.ts'
import { count, forWhom, hostOf } from '../parts/wording.ts'
import type { EntryBody } from './entry-body.ts'

type Tone = 'good' | 'bad' | 'plain'
type Words = readonly [title: string, detail: string, tone: Tone]

export const wordsOf = (body: EntryBody, nameOf: NameOf): Words => WORDS[body.type](body, nameOf)

const approverOf = ({ approver }: EntryBody, nameOf: NameOf) => (approver ? nameOf(approver) : 'An approver')
const executorOf = ({ executor }: EntryBody) => (executor ? hostOf(executor) : 'the executor')
const forPrincipal = ({ agent = '', principal }: EntryBody, nameOf: NameOf) =>
  principal && forWhom(agent, principal, nameOf(principal))
const refusedIn = (body: EntryBody): string => {
  if (body.enrolment === true) return 'Enrolment refused'
  return body.reported ? `${executorOf(body)} refused a call` : 'Call refused'
}
const joined = (...parts: readonly (string | undefined | false)[]) => parts.filter(Boolean).join(', ')
const fixed = (title: string, detail: string, tone: Tone) => (): Words => [title, detail, tone]

/** Enough of a digest to tell two policies apart; the entry itself has all of it. */
const DIGEST_SHOWN = 16

const DECISIONS = {
  allow: ['Allowed by policy, without a human', 'good'],
  deny: ['Denied by policy', 'bad'],
  approval: ['Approval required by policy', 'plain'],
} as const

function decided({ decision = 'approval', quorum, policy, grant }: EntryBody): Words {
  if (grant !== undefined) return ['Approved under a grant', `grant ${grant}, whose approvers consented before`, 'good']
  const [title, tone] = DECISIONS[decision] ?? DECISIONS.approval
  const wanted = decision === 'approval' && quorum ? `${count(quorum, 'approver')} must consent` : ''
  return [title, joined(wanted, policy && `policy ${policy.slice(0, DIGEST_SHOWN)}…`), tone]
}

function credentialAdded(body: EntryBody, nameOf: NameOf): Words {
  if (body.kind === 'invitation') return ['Invitation created', `as ${body.roles?.join(' and ') ?? 'nothing'}`, 'plain']
  if (body.approver) return [`${nameOf(body.approver)} added a passkey`, '', 'plain']
  return [`Credential for ${body.subject ?? body.kind ?? 'a machine'}`, joined(body.kind), 'plain']
}

const CAUSES: Readonly<Record<string, string>> = {
  'agent.removed': 'its agent was removed',
  'executor.removed': 'its executor was removed',
  'approver.removed': 'its principal, or the person who ran its agent, was removed',
  'session.ended': 'the task of its agent ended',
}

/** A person by name, a machine by its kind. */
const byWhom = ({ approver, by }: EntryBody, nameOf: NameOf): string | undefined =>
  approver === undefined ? by && `by an ${by}` : `by ${nameOf(approver)}`

/** Withdrawn by its own agent, or stopped by somebody or with a party. */
export function endOf(body: EntryBody, nameOf: NameOf): readonly [title: string, detail: string] {
  const { cause } = body
  const named = byWhom(body, nameOf)
  if (named !== undefined) return ['Request stopped', named]
  if (cause !== undefined) return ['Request stopped', CAUSES[cause] ?? '']
  return ['Request withdrawn', 'by its agent']
}

function stopped({ selector = {} }: EntryBody): string {
  const named = Object.entries(selector).map(([member, value]) => `${member} ${value}`)
  return named.length === 0 ? 'everything' : named.join(', ')
}

const WORDS: Readonly<Record<EntryType, (body: EntryBody, nameOf: NameOf) => Words>> = {
  'call.allowed': (body, nameOf) => [
    `${body.agent ?? 'An agent'} called ${body.name ?? 'an action'}`,
    joined(forPrincipal(body, nameOf), `at ${executorOf(body)}, allowed by policy`),
    'good',
  ],
  'call.continued': (body) => [
    `${body.agent ?? 'An agent'} went on with ${body.name ?? 'an action'}`,
    joined(body.round !== undefined && `round ${body.round}`, `at ${executorOf(body)}, which had asked for input`),
    'good',
  ],
  'request.created': (body, nameOf) => [
    `${body.agent ?? 'An agent'} proposed ${body.name ?? 'an action'}`,
    joined(forPrincipal(body, nameOf), `at ${executorOf(body)}`),
    'plain',
  ],
  'request.decided': decided,
  'request.expired': fixed('Request expired', 'no answer in time', 'bad'),
  'request.withdrawn': (body, nameOf) => [...endOf(body, nameOf), 'bad'],
  'request.changed': (body, nameOf) => [
    `${approverOf(body, nameOf)} changed the call`,
    'another request took its place',
    'plain',
  ],
  'consent.given': (body, nameOf) => [
    body.consent?.on_behalf_of === undefined
      ? `${approverOf(body, nameOf)} consented`
      : `${approverOf(body, nameOf)} consented for ${nameOf(body.consent.on_behalf_of)}, who was away`,
    'with a passkey, for exactly this action',
    'good',
  ],
  'consent.denied': (body, nameOf) => [
    `${approverOf(body, nameOf)} denied${body.on_behalf_of ? ` for ${nameOf(body.on_behalf_of)}, who was away` : ''}`,
    '',
    'bad',
  ],
  'consent.voided': (body, nameOf) => [`The consent of ${approverOf(body, nameOf)} counts no more`, '', 'bad'],
  'token.issued': ({ origin, quorum }) => [
    'Approval token issued',
    origin === 'policy' ? 'by policy, without a human' : quorum ? `on ${count(quorum, 'consent')}` : '',
    'good',
  ],
  'token.redeemed': (body) => [`${executorOf(body)} redeemed the token`, body.use ? `use ${body.use}` : '', 'good'],
  'token.refused': (body) => [
    refusedIn(body),
    joined(body.code, body.count !== undefined && `${count(body.count, 'more time')} in a minute`),
    'bad',
  ],
  'token.revoked': fixed('Token revoked', '', 'bad'),
  'outcome.reported': (body) => [
    `${executorOf(body)} reported: ${body.outcome ?? 'no outcome'}`,
    body.outcome === 'indeterminate' ? 'it does not know whether the call was done' : '',
    body.outcome === 'succeeded' ? 'good' : 'bad',
  ],
  'outcome.missing': (body) => ['No outcome reported', `by ${executorOf(body)}`, 'bad'],
  'breakglass.opened': fixed('Break-glass was opened on the host', 'a new admin can be let in without consent', 'bad'),
  'breakglass.acknowledged': (body, nameOf) => [
    `${body.approver ? approverOf(body, nameOf) : 'The host'} acknowledged a break-glass`,
    '',
    'plain',
  ],
  'killswitch.engaged': (body, nameOf) => [
    'Kill switch engaged',
    joined(byWhom(body, nameOf), `stops ${stopped(body)}`),
    'bad',
  ],
  'killswitch.released': (body) =>
    body.killswitches
      ? [`${body.killswitches.length} kill switches released`, body.killswitches.join(', '), 'good']
      : ['Kill switch released', `had stopped ${stopped(body)}`, 'good'],
  'approver.enrolled': (body, nameOf) => [
    `${approverOf(body, nameOf)} ${body.breakglass ? 'was let in by break-glass' : 'enrolled'}`,
    body.roles ? `as ${body.roles.join(' and ')}` : '',
    body.breakglass ? 'bad' : 'plain',
  ],
  'approver.changed': (body, nameOf) => [
    `${approverOf(body, nameOf)} has other roles`,
    body.roles ? `now ${body.roles.join(' and ')}` : '',
    'plain',
  ],
  'approver.suspended': (body, nameOf) => [`${approverOf(body, nameOf)} was suspended`, '', 'bad'],
  'approver.recovered': (body, nameOf) => [
    `${approverOf(body, nameOf)} has a new passkey, and no old one`,
    '',
    'plain',
  ],
  'approver.restored': (body, nameOf) => [`${approverOf(body, nameOf)} was let back in`, '', 'plain'],
  'approver.removed': (body, nameOf) => [`${approverOf(body, nameOf)} was removed`, '', 'bad'],
  'credential.added': credentialAdded,
  'credential.revoked': (body, nameOf) => [
    body.approver ? `${nameOf(body.approver)}’s passkey was revoked` : 'Credential revoked',
    joined(body.subject),
    'bad',
  ],
  'credential.sealed': (body) => [
    `Credential for ${body.subject ?? body.kind ?? 'a machine'} was sealed by the log’s next key`,
    joined(body.kind),
    'plain',
  ],
  'logkey.sealed': (body) => ['A key of the log was sealed by those that sign now', body.log_vkey ?? '', 'plain'],
  'agent.added': (body) => [`Agent ${body.agent ?? body.subject ?? ''} was added`, '', 'plain'],
  'agent.removed': (body) => [`Agent ${body.agent ?? body.subject ?? ''} was removed`, '', 'bad'],
  'absence.stated': (body, nameOf) => [
    `${approverOf(body, nameOf)} stated an absence`,
    body.deputy === undefined ? 'nobody answers in their place' : `${nameOf(body.deputy)} answers in their place`,
    'plain',
  ],
  'absence.ended': (body, nameOf) => [`The absence of ${approverOf(body, nameOf)} ended`, '', 'plain'],
  'session.opened': (body, nameOf) => [
    `${approverOf(body, nameOf)} opened a task for ${body.agent ?? 'an agent'}`,
    '',
    'plain',
  ],
  'session.ended': (body) => [`The task of ${body.agent ?? 'an agent'} ended`, '', 'plain'],
  'executor.added': (body) => [`Executor ${executorOf(body)} was added`, '', 'plain'],
  'agent.changed': (body) => [`Agent ${body.agent ?? ''} was changed`, '', 'plain'],
  'executor.changed': (body) => [`Executor ${executorOf(body)} was changed`, '', 'plain'],
  'executor.removed': (body) =>
    body.name === undefined
      ? [`Executor ${executorOf(body)} was removed`, '', 'bad']
      : [`${body.name} was removed from the catalogue of ${executorOf(body)}`, '', 'bad'],
  'group.added': (body, nameOf) => [`Group ${body.group} was made`, peopleIn(body, nameOf), 'plain'],
  'group.changed': (body, nameOf) => [`Group ${body.group} was changed`, peopleIn(body, nameOf), 'plain'],
  'group.removed': (body) => [`Group ${body.group} was removed`, '', 'bad'],
  'group.synced': (body, nameOf) => [
    `${directoryOf(body)} changed the group ${body.group}`,
    body.removed ? 'it is gone' : peopleIn(body, nameOf),
    'plain',
  ],
  'directory.added': (body) => [`${directoryOf(body)} was registered`, '', 'plain'],
  'directory.changed': (body) => [`${directoryOf(body)} was changed`, '', 'plain'],
  'directory.removed': (body) => [`${directoryOf(body)} was revoked`, '', 'bad'],
  'scim.created': (body) => [`${directoryOf(body)} named a ${body.kind}`, '', 'plain'],
  'scim.changed': (body) => [`${directoryOf(body)} changed a ${body.kind}`, '', 'plain'],
  'scim.deleted': (body) => [`${directoryOf(body)} deleted a ${body.kind}`, '', 'bad'],
  'scim.refused': (body) => [`A call of ${directoryOf(body)} was refused`, joined(body.code, againOf(body)), 'bad'],
  'policy.changed': (body) => ['Policy changed', body.policy ?? '', 'plain'],
  'observation.started': (body) => ['A draft of the policy is observed', body.policy ?? '', 'plain'],
  'observation.ended': (body) => ['The observation of a draft ended', body.policy ?? '', 'plain'],
  'key.rotated': (body) =>
    body.log_vkey
      ? ['The log announced its next key', body.log_vkey, 'plain']
      : ['New signing key published', body.key ? `key ${body.key}` : '', 'plain'],
  // Without a number it is the order to erase; each affected request has an entry of its own.
  'configuration.refused': (body) => [
    'Row of the database refused',
    `nobody consented to this ${body.kind ?? 'row'}: ${body.subject ?? ''}`,
    'bad',
  ],
  'configuration.sealed': (body) => [
    `A ${body.kind ?? 'row'} was sealed by the log’s next key`,
    joined(body.subject),
    'plain',
  ],
  'erasure.ordered': fixed('Erasure of texts ordered', 'recorded in the trace of each affected request', 'plain'),
  'payload.erased': ({ erased = 0 }) => [
    'Texts of this request were erased',
    `${count(erased, 'text')}; the ledger keeps the digests`,
    'plain',
  ],
  'payload.uncovered': (body, nameOf) => [
    'Sensitive arguments were uncovered',
    [body.approver ? `by ${nameOf(body.approver)}` : 'with the credential of an auditor', againOf(body)].join(''),
    'plain',
  ],
}

const peopleIn = ({ members = [] }: EntryBody, nameOf: NameOf): string =>
  `its members: ${members.map(nameOf).join(', ')}`

const directoryOf = ({ directory }: EntryBody): string => `The directory ${directory ?? ''}`

const againOf = ({ count: times }: EntryBody): string => (times === undefined ? '' : `, ${count(times, 'more time')}`)

export const ENTRY_TYPES = Object.keys(WORDS)
