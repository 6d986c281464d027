/** `credential revoke`: ends one credential at once. Needs no consent. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const credentialRevoke = (credential: Command): Command =>
  credential
    .command('revoke <id>')
    .description('end one credential, at once; the lists of agents and executors show the ids')
    .action(revokeCredential)

async function revokeCredential(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('revokeCredential', { params: { id } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} The credential ${id} is revoked.`)
}
