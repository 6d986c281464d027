/** `agent reach`: the worst that an agent could do today, as a table. */
import type { Command } from 'commander'
import type { CallOutput } from '../../client/call-types.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { table } from '../terminal/table.ts'

type Action = CallOutput<'reachOfAgent'>['executors'][number]['actions'][number]

const HEADER = ['EXECUTOR', 'ACTION', 'EFFECT', 'UNDONE', 'AT WORST', 'BY POLICY']

export async function showReach(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const reach = unwrap(await client().call('reachOfAgent', { params: { id } }))
  const rows = reach.executors.flatMap(({ audience, actions }) =>
    actions
      .filter(({ worst }) => worst !== 'never')
      .map((action) => [audience, action.name, action.effect, undoneIn(action), worstIn(action), policiesIn(action)]),
  )
  output.result(reach, table(HEADER, rows, { paint: output.paint, nothing: `${id} can do nothing.` }))
  if (!output.json && reach.owner_gone)
    output.note('The person who runs it has left. agent edit gives it to somebody else.')
  if (!output.json)
    output.note(`It may propose at most ${reach.per_minute} times a minute, counted by each process of the authority.`)
}

const undoneIn = ({ reversible }: Action): string => (reversible === null ? 'not stated' : reversible ? 'yes' : 'no')

const worstIn = ({ worst, quorum, groups, conditional }: Action): string =>
  `${worst === 'alone' ? 'alone' : `with ${quorum} of ${groups.join(' or ')}`}${conditional ? ', for some calls' : ''}`

const policiesIn = ({ policies }: Action): string => (policies.length === 0 ? 'unknown' : policies.join(', '))
