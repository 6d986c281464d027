/** `revoke token`: one token, by its jti; the call that it allowed, if it was spent, is cut off. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const revokeToken = (revoke: Command): Command =>
  revoke
    .command('token <jti>')
    .description('revoke one token by its jti; token inspect shows it')
    .action(revokeOneToken)

async function revokeOneToken(jti: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('revokeToken', { params: { jti } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} The token ${jti} is revoked.`)
}
