/** `agent edit`: changes whom an agent acts for, what it may ask and who runs it, from the version that was just read. */
import type { Command } from 'commander'
import { UpdateAgentArguments } from '../../authority/changes/agent-changes.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { Failure, unwrap, usage } from '../exit.ts'

interface Options {
  readonly principal?: readonly string[]
  readonly executor?: readonly string[]
  readonly group?: readonly string[]
  readonly runBy?: string
  readonly reason?: string
}

export async function editAgent(id: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const { agents } = unwrap(await context.client().call('listAgents'))
  const now = agents.find((agent) => agent.id === id && agent.revoked_at === null)
  if (now === undefined) throw new Failure('not_found', `There is no agent ${id}. agent list shows them.`)
  const given = jsonMembers({
    id,
    version: now.version,
    principals: options.principal,
    executors: options.executor,
    groups: options.group,
    run_by: options.runBy,
  })
  const checked = UpdateAgentArguments.safeParse(given)
  if (!checked.success) throw usage(checked.error.issues.map(({ message }) => message).join('; '))
  await makeChange(
    context,
    { name: 'countersign.agent.update', resource: `agent:${id}`, arguments: given, reason: options.reason },
    { done: `The agent ${id} is changed.` },
  )
}
