/** `kill show`: one kill switch, what it hit, and which executors have confirmed that they felt it. */
import type { Command } from 'commander'
import { selectorWords } from '../calls/selector-words.ts'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { type Fact, facts } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

export const killShow = (kill: Command): Command =>
  kill.command('show <id>').description('show one kill switch, and who has felt it').action(showKillSwitch)

async function showKillSwitch(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('viewKillSwitch', { params: { id } })
  if (!answer.ok) throw failureOf(answer.problem)
  const { selector, reason, engaged_at_ms: engagedAt, engaged_by: by, hits, released_at_ms: releasedAt } = answer.value
  const at = (ms: number) => instant(Math.floor(ms / 1000))
  const rows: Fact[] = [
    ['stops', selectorWords(selector)],
    ['reason', reason ?? 'erased'],
    ['engaged', `${at(engagedAt)} by ${by}`],
    ['released', releasedAt === null ? 'no' : at(releasedAt)],
    ['hit', `${hits.tokens} live tokens, ${hits.pending} waiting requests, ${hits.executors} connected executors`],
    ...answer.value.confirmations.map(
      ({ executor, at_ms: felt, aborted }): Fact => [
        'felt by',
        `${executor} after ${felt - engagedAt} ms, ${aborted} calls cut off`,
      ],
    ),
    ...answer.value.awaited.map((executor): Fact => ['awaited', executor]),
  ]
  output.result(answer.value, facts(rows, output.paint))
}
