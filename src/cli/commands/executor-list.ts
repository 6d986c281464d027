/** `executor list`: the executors, what they offer, and whether their credentials still work. */
import type { Command } from 'commander'
import { credentialsState } from '../calls/credentials-state.ts'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { table } from '../terminal/table.ts'

export const executorList = (executor: Command): Command =>
  executor.command('list').description('list executors, their actions and credentials').action(listExecutors)

async function listExecutors(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('listExecutors')
  if (!answer.ok) throw failureOf(answer.problem)
  const rows = answer.value.executors.map((executor) => [
    executor.audience,
    executor.title,
    executor.catalogue.map(({ name, effect }) => `${name} (${effect})`).join(', ') || '–',
    executor.challenge_keys.length > 0 ? 'yes' : 'no',
    executor.revoked_at === null ? credentialsState(executor.credentials) : 'revoked',
  ])
  const header = ['EXECUTOR', 'TITLE', 'ACTIONS', 'SIGNS CHALLENGES', 'CREDENTIALS']
  output.result(answer.value, table(header, rows, { paint: output.paint, nothing: 'There are no executors yet.' }))
}
