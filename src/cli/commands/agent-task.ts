/** `agent task`: where a task of an agent is opened. Opening one takes a passkey, which no terminal has. */
import type { Command } from 'commander'
import { contextOf, issuerOf } from '../context.ts'

export async function linkToTask(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const link = `${await issuerOf(client())}/tasks`
  output.done(
    { link },
    `${link}\n\nThe principal of ${id}, the person who runs it or somebody on call opens a task there.`,
  )
}
