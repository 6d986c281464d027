/** `agent add`: registers an agent and shows its credential, once. */
import type { Command } from 'commander'
import { AddAgentArguments } from '../../api/schemas.ts'
import { collect, integerBetween } from '../arguments/option-values.ts'
import { administer } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { usage } from '../exit.ts'

interface Options {
  readonly principal?: readonly string[]
  readonly runBy?: string
  readonly expiresInDays?: number
  readonly reason?: string
}

export const agentAdd = (agent: Command): Command =>
  agent
    .command('add <id>')
    .description('register an agent')
    .option('--principal <id>', 'for whom it may ask; repeatable, the first is the default', collect)
    .option('--run-by <approver>', 'the approver who runs it: their own consent then needs self-approval')
    .option('--expires-in-days <days>', 'life of its credential (default 90)', integerBetween(1, 365))
    .option('--reason <text>', 'shown to the admin who consents')
    .addHelpText('after', examples('countersign agent add helpdesk-agent --principal helpdesk'))
    .action(addAgent)

async function addAgent(id: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const given = {
    id,
    ...(options.principal ? { principals: [...options.principal] } : {}),
    ...(options.runBy === undefined ? {} : { run_by: options.runBy }),
    ...(options.expiresInDays === undefined ? {} : { expires_in_days: options.expiresInDays }),
  }
  const checked = AddAgentArguments.safeParse(given)
  if (!checked.success) {
    throw usage(checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  const change = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: given } as const
  showChange(context.output, await administer(context, change, options.reason), {
    done: `The agent ${id} is registered.`,
    hint: 'Hand it to the agent, for example as COUNTERSIGN_CREDENTIAL.',
  })
}
