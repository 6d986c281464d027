/** `approver invite`: makes a one-time link with which a person enrols their first passkey. */
import type { Command } from 'commander'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'

interface Options {
  readonly role?: readonly string[]
  readonly reason?: string
}

export async function inviteApprover(name: string, { role, reason }: Options, command: Command): Promise<void> {
  const given = jsonMembers({ name, roles: role })
  await makeChange(
    contextOf(command),
    { name: 'countersign.approver.invite', resource: 'approvers', arguments: given, reason },
    { done: `${name} is invited. Send the link by a channel that only ${name} reads.` },
  )
}
