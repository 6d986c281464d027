/** Commands that change people: changes that an admin consents to. */
import type { Command } from 'commander'
import { RemoveApproverArguments } from '../../authority/changes/people-changes.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { unwrap, usage } from '../exit.ts'
import { showLink } from '../terminal/output.ts'
import { now, span } from '../terminal/time.ts'

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
  const life = `It works once, within ${span(invited.expires_at - now())}, and gives no right.`
  showLink(output, 'The enrolment link:', invited.link, `${name} makes a passkey with it. ${life}`)
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
