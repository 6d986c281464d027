/** `notify test`: sends a test to every webhook. People test their own devices on their page. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'

export async function testWebhooks(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = unwrap(await client().call('testWebhooks'))
  output.done(answer, answer.sent === 0 ? 'There is no endpoint to test.' : `${answer.sent} on their way.`)
}
