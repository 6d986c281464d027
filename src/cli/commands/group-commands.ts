/** Commands about groups of people: changes that an admin consents to. */
import type { JsonObject } from '@countersign/verifier'
import type { Command } from 'commander'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { Failure, unwrap, usage } from '../exit.ts'

interface Reason {
  readonly reason?: string
}

export async function addGroup(
  name: string,
  { member = [], reason }: Reason & { readonly member?: readonly string[] },
  command: Command,
): Promise<void> {
  if (member.length === 0) throw usage('Name at least one --member. people list shows the ids.')
  await change(command, 'add', { name, members: [...member] }, reason, `The group ${name} is made.`)
}

interface Edit extends Reason {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

export async function editGroup(
  name: string,
  { add = [], remove = [], reason }: Edit,
  command: Command,
): Promise<void> {
  if (add.length + remove.length === 0) throw usage('Say what to change: --add or --remove.')
  const { groups } = unwrap(await contextOf(command).client().call('listGroups'))
  const now = groups.find((group) => group.name === name)
  if (now === undefined) throw new Failure('not_found', `There is no group ${name}. group list shows them.`)
  const members = [...new Set([...now.members, ...add])].filter((id) => !remove.includes(id))
  if (members.length === 0) throw usage('A group has at least one member. Use group remove instead.')
  await change(command, 'update', { name, version: now.version, members }, reason, `The group ${name} is changed.`)
}

export const removeGroup = (name: string, { reason }: Reason, command: Command): Promise<void> =>
  change(command, 'remove', { name }, reason, `The group ${name} is removed.`)

function change(
  command: Command,
  verb: 'add' | 'update' | 'remove',
  args: JsonObject & { readonly name: string },
  reason: string | undefined,
  done: string,
): Promise<void> {
  const action = { name: `countersign.group.${verb}`, resource: `group:${args.name}`, arguments: args, reason } as const
  return makeChange(contextOf(command), action, { done })
}
