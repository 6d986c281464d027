/** `agent revoke`: ends an agent at once, with all it holds. Needs no consent: what makes things safer is easy. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const agentRevoke = (agent: Command): Command =>
  agent
    .command('revoke <id>')
    .description('end an agent, its credentials, its open requests and its live tokens, at once')
    .action(revokeAgent)

async function revokeAgent(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('revokeAgent', { params: { id } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} The agent ${id} is revoked.`)
}
