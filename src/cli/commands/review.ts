/** `review`: the use that each agent made of its access in 30 and 90 days, and the actions that no agent used. */
import { listCommand } from '../calls/list-commands.ts'
import { instantOr } from '../terminal/time.ts'

export const reviewAccess = listCommand({
  fetch: (client) => client.call('review'),
  header: ['AGENT', 'EXECUTOR', 'ACTION', 'ASKED', 'GRANTED', 'SPENT', 'LAST SPENT'],
  rows: ({ agents, executors }) => [
    ...agents.flatMap(({ id, used }) =>
      used.map((use) => [
        id,
        use.executor,
        use.name,
        times(use.requests),
        times(use.approvals),
        times(use.redemptions),
        instantOr(use.last_used_at, 'never spent'),
      ]),
    ),
    ...agents.filter(({ used }) => used.length === 0).map(({ id }) => [id, '–', '–', ...NOTHING]),
    ...executors.flatMap(({ audience, unused }) => unused.map((name) => ['nobody', audience, name, ...NOTHING])),
  ],
  nothing: 'There is nothing to review yet.',
})

const NOTHING = ['0 / 0', '0 / 0', '0 / 0', 'unused']

const times = ({ recent, whole }: { readonly recent: number; readonly whole: number }): string => `${recent} / ${whole}`
