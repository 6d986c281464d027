/** Commands that change people: changes that an admin consents to. */
import type { Command } from 'commander'
import { RemoveApproverArguments } from '../../authority/changes/people-changes.ts'
import type { CallOutput } from '../../client/call-types.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { unwrap, usage } from '../exit.ts'
import { showLink } from '../terminal/output.ts'
import { table } from '../terminal/table.ts'
import { instant, now, span } from '../terminal/time.ts'

interface InviteOptions {
  readonly role?: readonly ('approver' | 'admin' | 'auditor')[]
}

/** Makes a one-time link with which a person makes a passkey; an admin’s consent then makes it count. */
export async function inviteApprover(name: string, { role }: InviteOptions, command: Command): Promise<void> {
  const { client, output } = contextOf(command)
  const body = { name, ...(role === undefined ? {} : { roles: [...role] }) }
  const invited = unwrap(await client().call('inviteApprover', { body }))
  output.done(invited, `${name} is invited. An admin then confirms their passkey, by the code that both pages show.`)
  if (output.json) return
  const life = `It works once, within ${span(invited.expires_at - now())}. By itself it gives no access.`
  showLink(output, 'The enrolment link:', invited.link, `${name} makes a passkey with it. ${life}`)
}

/** For lost devices. Nothing ends before others have confirmed the new passkey. */
export async function recoverPerson(id: string, _: object, command: Command): Promise<void> {
  const { client, output } = contextOf(command)
  const made = unwrap(await client().call('recoverPerson', { params: { id } }))
  output.done(made, 'Admins other than they confirm the new passkey, by the code that both pages show.')
  if (output.json) return
  const life = `It works once, within ${span(made.expires_at - now())}. By itself it gives no access.`
  showLink(output, 'The link:', made.link, `They make a new passkey with it. ${life}`)
}

interface ChangeOptions {
  readonly role?: readonly string[]
  readonly reason?: string
}

/** Replaces the roles that the person has now. */
export async function changeRoles(approver: string, { role, reason }: ChangeOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const { roles: replaces } = unwrap(await context.client().call('viewPerson', { params: { id: approver } }))
  const given = jsonMembers({ approver, replaces, roles: role })
  const change = { name: 'countersign.approver.update', resource: `approver:${approver}` } as const
  await makeChange(context, { ...change, arguments: given, reason }, { done: `${approver} has other roles now.` })
}

export async function restorePerson(approver: string, { reason }: ChangeOptions, command: Command): Promise<void> {
  const change = { name: 'countersign.approver.restore', resource: `approver:${approver}` } as const
  await makeChange(
    contextOf(command),
    { ...change, arguments: { approver }, reason },
    { done: `${approver} can sign in again.` },
  )
}

export async function revokePersonPasskey(id: string, passkey: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const done = unwrap(await client().call('revokePersonPasskey', { params: { id, passkey } }))
  output.done(done, 'The passkey is revoked, and the sessions begun with it have ended.')
}

/** A person, and below them what they can use. */
export async function showPerson(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const person = unwrap(await client().call('viewPerson', { params: { id } }))
  const facts = [
    ['NAME', person.name ?? '(erased)'],
    ['ROLES', person.roles.join(', ')],
    ['GROUPS', person.groups.join(', ') || '–'],
    ['RUNS', person.runs.join(', ') || '–'],
    ['STATE', stateOf(person)],
    ...person.passkeys.map(({ id: key, label, synced, revoked_at }) => [
      'PASSKEY',
      `${label}, ${synced ? 'synced' : 'on one device'}${revoked_at === null ? '' : ', revoked'}: ${key}`,
    ]),
    ...person.sessions.map(({ created_at, expires_at }) => [
      'SESSION',
      `since ${instant(created_at)}, until ${instant(expires_at)}`,
    ]),
  ]
  output.result(person, table(['PERSON', person.id], facts, { paint: output.paint, nothing: '' }))
}

const stateOf = ({ removed_at, suspended_at }: CallOutput<'viewPerson'>): string => {
  if (removed_at !== null) return `removed ${instant(removed_at)}`
  return suspended_at === null ? 'present' : `suspended since ${instant(suspended_at)}`
}

interface RemoveOptions {
  readonly revoke?: readonly string[]
  readonly handOver?: readonly string[]
  readonly reason?: string
}

/** Names each agent that the person runs. */
export async function removeApprover(approver: string, options: RemoveOptions, command: Command): Promise<void> {
  const given = jsonMembers({ approver, revoke: options.revoke, hand_over: options.handOver?.map(heirOf) })
  const checked = RemoveApproverArguments.safeParse(given)
  if (!checked.success) throw usage(checked.error.issues.map(({ message }) => message).join('; '))
  const { reason } = options
  await makeChange(
    contextOf(command),
    { name: 'countersign.approver.remove', resource: `approver:${approver}`, arguments: given, reason },
    { done: `${approver} is removed. Agents that were handed over need another credential: credential add agent.` },
  )
}

function heirOf(text: string) {
  const [agent, to, ...rest] = text.split('=')
  if (agent && to && rest.length === 0) return { agent, to }
  throw usage(`--hand-over ${text}: write the agent and the person, as in helpdesk-agent=3uVGs0lpzbbC9zhdOWAo0w.`)
}
