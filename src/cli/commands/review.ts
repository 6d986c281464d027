/** `review`: what each agent used in 30 and 90 days, and what each executor offers that nobody used. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { table } from '../terminal/table.ts'
import { instantOr } from '../terminal/time.ts'

const HELP = `
Each figure is of 30 days / of 90 days. What nobody used is best taken away: revoke the agent or the
credential, or remove the action on the page /review.`

export const review = (program: Command): Command =>
  program
    .command('review')
    .description('what agents and executors were allowed, used, and did not use')
    .addHelpText('after', HELP)
    .action(showReview)

async function showReview(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('review')
  if (!answer.ok) throw failureOf(answer.problem)
  const { agents, executors } = answer.value
  const used = agents.flatMap((agent) =>
    agent.used.map((use) => [
      agent.id,
      use.executor,
      use.name,
      often(use.requests),
      often(use.approvals),
      often(use.redemptions),
      instantOr(use.last_used_at, 'never spent'),
    ]),
  )
  const idle = agents.filter(({ used }) => used.length === 0).map(({ id }) => [id, '–', '–', ...NOTHING])
  const unused = executors.flatMap(({ audience, unused }) =>
    unused.map((name) => ['nobody', audience, name, ...NOTHING]),
  )
  const header = ['AGENT', 'EXECUTOR', 'ACTION', 'ASKED', 'GRANTED', 'SPENT', 'LAST SPENT']
  const rows = [...used, ...idle, ...unused]
  output.result(answer.value, table(header, rows, { paint: output.paint, nothing: 'There is nothing to review yet.' }))
}

const NOTHING = ['0 / 0', '0 / 0', '0 / 0', 'unused']

const often = ({ recent, whole }: { readonly recent: number; readonly whole: number }): string => `${recent} / ${whole}`
