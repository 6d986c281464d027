/** `revoke request`: one request, waiting or approved, with the token it led to. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const revokeRequest = (revoke: Command): Command =>
  revoke
    .command('request <id>')
    .description('end one request, waiting or approved, with the token it led to')
    .action(revokeOneRequest)

async function revokeOneRequest(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('revokeRequest', { params: { id } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} The request ${id} is ended.`)
}
