/** `agent list`: the agents, for whom they may ask, and whether their credentials still work. */
import type { Command } from 'commander'
import { credentialsState } from '../calls/credentials-state.ts'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { table } from '../terminal/table.ts'

export const agentList = (agent: Command): Command =>
  agent.command('list').description('list agents and the state of their credentials').action(listAgents)

async function listAgents(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('listAgents')
  if (!answer.ok) throw failureOf(answer.problem)
  const rows = answer.value.agents.map((agent) => [
    agent.id,
    agent.principals.join(', '),
    agent.run_by ?? '–',
    agent.revoked_at === null ? credentialsState(agent.credentials) : 'revoked',
  ])
  const header = ['AGENT', 'ACTS FOR', 'RUN BY', 'CREDENTIALS']
  output.result(answer.value, table(header, rows, { paint: output.paint, nothing: 'There are no agents yet.' }))
}
