/** `webhook remove`: tells an endpoint nothing any more. Needs no consent. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const webhookRemove = (webhook: Command): Command =>
  webhook.command('remove <id>').description('tell an endpoint nothing any more, at once').action(remove)

async function remove(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('removeWebhook', { params: { id } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} It is told nothing any more.`)
}
