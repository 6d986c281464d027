/** Commands that show one list of the authority as a table. */
import type { Command } from 'commander'
import type { CallOutput } from '../../client/call-types.ts'
import type { Answer, Client } from '../../client/client.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { peopleOf } from '../terminal/people.ts'
import { table } from '../terminal/table.ts'
import { instant, instantOr, now } from '../terminal/time.ts'

interface List<Value> {
  readonly fetch: (client: Client) => Promise<Answer<Value>>
  readonly header: readonly string[]
  readonly rows: (value: Value, nameOf: NameOf) => readonly (readonly string[])[]
  /** Whether people stand in it, who are shown by name. */
  readonly hasPeople?: true
  /** Shown instead of an empty table. */
  readonly nothing: string
}

const itself: NameOf = (id) => id

export const listCommand =
  <Value>({ fetch, header, rows, hasPeople, nothing }: List<Value>) =>
  async (_: object, command: Command): Promise<void> => {
    const { output, client } = contextOf(command)
    const authority = client()
    const value = unwrap(await fetch(authority))
    const cells = rows(value, hasPeople ? await peopleOf(authority) : itself)
    output.result(value, table(header, cells, { paint: output.paint, nothing }))
  }

export const listAgents = listCommand({
  fetch: (client) => client.call('listAgents'),
  header: ['AGENT', 'STATE', 'ACTS FOR', 'RUN BY', 'CREDENTIALS'],
  hasPeople: true,
  rows: ({ agents }, nameOf) =>
    agents.map((agent) => [
      agent.id,
      ...inForce(agent.revoked_at, [
        agent.principals.map(nameOf).join(', '),
        agent.run_by === null ? '–' : nameOf(agent.run_by),
        credentialsState(agent),
      ]),
    ]),
  nothing: 'There are no agents yet.',
})

export const listGrants = listCommand({
  fetch: (client) => client.call('listGrants'),
  header: ['GRANT', 'AGENT', 'FOR', 'ACTION', 'EXECUTOR', 'USED', 'UNTIL'],
  rows: ({ grants }) =>
    grants.map((grant) => [
      grant.id,
      grant.agent,
      grant.principal,
      grant.name,
      grant.audience,
      `${grant.used} of ${grant.uses}`,
      instant(grant.expires_at),
    ]),
  nothing: 'No grant has calls left.',
})

export const listTasks = listCommand({
  fetch: (client) => client.call('listAgentSessions'),
  header: ['AGENT', 'TASK', 'OPENED BY', 'UNTIL'],
  hasPeople: true,
  rows: ({ sessions }, nameOf) =>
    sessions.map(({ agent, purpose, opened_by: by, ends_at: until }) => [
      agent,
      purpose ?? '(erased)',
      nameOf(by),
      instant(until),
    ]),
  nothing: 'No agent has a task now.',
})

type OfferedAction = CallOutput<'listExecutors'>['executors'][number]['catalogue'][number]

const MOST_NAMED = 5

/** A few actions by name, more by effect: a catalogue has up to 500. */
function catalogueSummary(catalogue: readonly OfferedAction[]): string {
  if (catalogue.length <= MOST_NAMED) return catalogue.map(actionSummary).join(', ') || '–'
  const effects = ['read', 'write', 'destructive'] as const
  const counted = effects.map((one) => ({ one, count: catalogue.filter(({ effect }) => effect === one).length }))
  return `${catalogue.length}: ${counted.flatMap(({ one, count }) => (count > 0 ? [`${count} ${one}`] : [])).join(', ')}`
}

const actionSummary = ({ name, effect, state }: OfferedAction): string =>
  `${name} (${effect}${state === 'required' ? ', only while unchanged' : ''})`

export const listExecutors = listCommand({
  fetch: (client) => client.call('listExecutors'),
  header: ['EXECUTOR', 'TITLE', 'STATE', 'ACTIONS', 'SIGNS CHALLENGES', 'CREDENTIALS'],
  rows: ({ executors }) =>
    executors.map((executor) => [
      executor.audience,
      executor.title,
      ...inForce(executor.revoked_at, [
        catalogueSummary(executor.catalogue),
        executor.challenge_keys.length > 0 ? 'yes' : 'no',
        credentialsState(executor),
      ]),
    ]),
  nothing: 'There are no executors yet.',
})

export const listApprovers = listCommand({
  fetch: (client) => client.call('listApprovers'),
  header: ['APPROVER', 'NAME', 'STATE', 'ROLES', 'RUNS', 'PASSKEYS'],
  rows: ({ approvers }) =>
    approvers.map((approver) => [
      approver.id,
      approver.name ?? '(erased)',
      ...(approver.removed_at === null
        ? [
            approver.suspended_at === null ? 'active' : 'suspended',
            approver.roles.join(', '),
            approver.runs.join(', ') || '–',
            labelsOf(approver.passkeys),
          ]
        : ['removed', '–', '–', '–']),
    ]),
  nothing: 'There are no approvers yet.',
})

export const listAbsences = listCommand({
  fetch: (client) => client.call('listAbsences'),
  header: ['ABSENCE', 'PERSON', 'FROM', 'UNTIL', 'DEPUTY'],
  hasPeople: true,
  rows: ({ absences }, nameOf) =>
    absences.map(({ id, approver, from, until, deputy }) => [
      id,
      nameOf(approver),
      instant(from),
      instant(until),
      deputy === null ? 'nobody' : nameOf(deputy),
    ]),
  nothing: 'Nobody is away, and nobody has planned to be.',
})

export const listGroups = listCommand({
  fetch: (client) => client.call('listGroups'),
  header: ['GROUP', 'MEMBERS', 'VERSION'],
  hasPeople: true,
  rows: ({ groups }, nameOf) =>
    groups.map(({ name, members, version }) => [name, members.map(nameOf).join(', '), String(version)]),
  nothing: 'There are no groups yet. The roles approver and admin are groups, too.',
})

export const listInvitations = listCommand({
  fetch: (client) => client.call('listInvitations'),
  header: ['INVITATION', 'NAME', 'ROLES', 'INVITED BY', 'UNTIL'],
  hasPeople: true,
  rows: ({ invitations }, nameOf) =>
    invitations.map(({ id, name, roles, invited_by: by, expires_at: until }) => [
      id,
      name ?? '–',
      roles.join(', '),
      by === null ? '–' : nameOf(by.id),
      instant(until),
    ]),
  nothing: 'No invitation is open.',
})

export const listDirectories = listCommand({
  fetch: (client) => client.call('listDirectories'),
  header: ['DIRECTORY', 'GROUPS', 'LAST USED', 'UNTIL'],
  rows: ({ directories }) =>
    directories.map(({ name, groups, last_used_at: used, expires_at: until }) => [
      name,
      groups.map(({ group, display_name: displayName }) => `${group}=${displayName}`).join(', ') || '–',
      used === null ? 'never' : instant(used),
      instant(until),
    ]),
  nothing: 'No directory is registered.',
})

export const listAwaited = listCommand({
  fetch: (client) => client.call('listDirectories'),
  header: ['ID', 'NAME', 'USER NAME', 'DIRECTORY'],
  rows: ({ awaited }) => awaited.map((person) => [person.id, person.name, person.user_name, person.directory]),
  nothing: 'Nobody waits for an invitation.',
})

type ListedPasskey = Readonly<{ label: string; revoked_at: number | null }>

const labelsOf = (passkeys: readonly ListedPasskey[]): string =>
  passkeys.map(({ label, revoked_at }) => (revoked_at === null ? label : `${label} (revoked)`)).join(', ') || 'none'

/** The use that each agent made of its access in 30 and 90 days, and the actions that no agent used. */
export const reviewAccess = listCommand({
  fetch: (client) => client.call('review'),
  header: ['AGENT', 'EXECUTOR', 'ACTION', 'ASKED', 'GRANTED', 'SPENT', 'LAST SPENT'],
  rows: ({ agents, executors }) => [
    ...agents.flatMap(({ id, used }) =>
      used.map((use) => [
        id,
        use.executor,
        use.name,
        times(use.requests),
        times(use.approvals),
        times(use.redemptions),
        instantOr(use.last_used_at, 'never spent'),
      ]),
    ),
    ...agents.filter(({ used }) => used.length === 0).map(({ id }) => [id, '–', '–', ...NOTHING]),
    ...executors.flatMap(({ audience, unused }) => unused.map((name) => ['nobody', audience, name, ...NOTHING])),
  ],
  nothing: 'There is nothing to review yet.',
})

const NOTHING = ['0 / 0', '0 / 0', '0 / 0', 'unused']

const times = ({ recent, whole }: { readonly recent: number; readonly whole: number }): string => `${recent} / ${whole}`

type AgentView = CallOutput<'listAgents'>['agents'][number]

const credentialsState = ({ credentials }: Pick<AgentView, 'credentials'>): string =>
  credentials.map(stateOf).join('; ') || 'none'

/** The state, and the cells of what is in force: a party that was revoked may nothing of what they say. */
const inForce = (revokedAt: number | null, cells: readonly string[]): readonly string[] =>
  revokedAt === null ? ['active', ...cells] : ['revoked', ...cells.map(() => '–')]

function stateOf({ id, prefix, expires_at, revoked_at }: AgentView['credentials'][number]): string {
  if (revoked_at !== null) return `${id} (${prefix}…) revoked`
  return `${id} (${prefix}…) ${expires_at > now() ? `until ${instant(expires_at)}` : 'expired'}`
}
