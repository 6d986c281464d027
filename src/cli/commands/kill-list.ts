/** `kill list`: what is stopped, and what was. */
import type { Command } from 'commander'
import { selectorWords } from '../calls/selector-words.ts'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

export const killList = (kill: Command): Command =>
  kill.command('list').description('list kill switches: those that stand first').action(listKillSwitches)

async function listKillSwitches(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('listKillSwitches')
  if (!answer.ok) throw failureOf(answer.problem)
  const rows = answer.value.killswitches.map((one) => [
    one.id,
    one.released_at_ms === null ? 'stands' : 'released',
    selectorWords(one.selector),
    instant(Math.floor(one.engaged_at_ms / 1000)),
    one.reason ?? 'erased',
  ])
  const header = ['ID', 'STATE', 'STOPS', 'SINCE', 'REASON']
  output.result(answer.value, table(header, rows, { paint: output.paint, nothing: 'Nothing is stopped.' }))
}
