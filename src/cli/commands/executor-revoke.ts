/** `executor revoke`: ends an executor and its credentials at once. Needs no consent. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const executorRevoke = (executor: Command): Command =>
  executor
    .command('revoke <audience>')
    .description('end an executor and its credentials, at once')
    .action(revokeExecutor)

async function revokeExecutor(audience: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('revokeExecutor', { params: { id: audience } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} The executor ${audience} is revoked.`)
}
