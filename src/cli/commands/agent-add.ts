/** `agent add`: registers an agent and shows its credential, once. */
import type { Command } from 'commander'
import { AddAgentArguments } from '../../authority/changes/party-changes.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

interface Options {
  readonly principal?: readonly string[]
  readonly runBy?: string
  readonly expiresInDays?: number
  readonly reason?: string
}

export async function addAgent(id: string, options: Options, command: Command): Promise<void> {
  const given = jsonMembers({
    id,
    principals: options.principal,
    run_by: options.runBy,
    expires_in_days: options.expiresInDays,
  })
  const checked = AddAgentArguments.safeParse(given)
  if (!checked.success) {
    throw usage(checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  await makeChange(
    contextOf(command),
    { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: given, reason: options.reason },
    {
      done: `The agent ${id} is registered.`,
      hint: 'Hand it to the agent, for example as COUNTERSIGN_CREDENTIAL.',
    },
  )
}
