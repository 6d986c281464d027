/** Commands that change people: changes that an admin consents to. */
import type { Command } from 'commander'
import { RemoveApproverArguments } from '../../authority/changes/people-changes.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

interface InviteOptions {
  readonly role?: readonly string[]
  readonly reason?: string
}

/** Makes a one-time link with which a person enrols their first passkey. */
export async function inviteApprover(name: string, { role, reason }: InviteOptions, command: Command): Promise<void> {
  const given = jsonMembers({ name, roles: role })
  await makeChange(
    contextOf(command),
    { name: 'countersign.approver.invite', resource: 'approvers', arguments: given, reason },
    { done: `${name} is invited. Send the link by a channel that only ${name} reads.` },
  )
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
