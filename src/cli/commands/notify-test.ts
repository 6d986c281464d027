/** `notify test`: a test to every endpoint. People send one to themselves, from their page. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'

export const notifyTest = (notify: Command): Command =>
  notify.command('test').description('send a test to every webhook; webhook list shows what came of it').action(test)

async function test(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('testWebhooks')
  if (!answer.ok) throw failureOf(answer.problem)
  const { sent } = answer.value
  const words = sent === 0 ? 'There is no endpoint to test.' : `${sent} on their way.`
  output.result(answer.value, `${output.paint.green('✔')} ${words}`)
}
