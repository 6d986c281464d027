/** `webhook replay`: sends something once more, under the id it had. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const webhookReplay = (webhook: Command): Command =>
  webhook.command('replay <delivery>').description('send something once more, under the same id').action(replay)

async function replay(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('replayDelivery', { params: { id } })
  if (!answer.ok) throw failureOf(answer.problem)
  output.result(answer.value, `${output.paint.green('✔')} It is sent once more.`)
}
