/** `kill show`: one kill switch, its effect, and the executors that confirmed it. */
import type { Command } from 'commander'
import { selectorWords } from '../calls/selector-words.ts'
import { contextOf } from '../context.ts'
import { unwrap } from '../exit.ts'
import { type Fact, facts } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

export async function showKillSwitch(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const found = unwrap(await client().call('viewKillSwitch', { params: { id } }))
  const { selector, reason, engaged_at_ms: engagedAt, engaged_by: by, hits, released_at_ms: releasedAt } = found
  const rows: Fact[] = [
    ['stops', selectorWords(selector)],
    ['reason', reason ?? 'erased'],
    ['engaged', `${instantOfMs(engagedAt)} by ${by}`],
    ['released', releasedAt === null ? 'no' : instantOfMs(releasedAt)],
    ['hit', `${hits.tokens} live tokens, ${hits.pending} waiting requests, ${hits.executors} connected executors`],
    ...found.confirmations.map(
      ({ executor, at_ms: at, aborted }): Fact => [
        'confirmed by',
        `${executor} after ${at - engagedAt} ms, ${aborted} calls cut off`,
      ],
    ),
    ...found.awaited.map((executor): Fact => ['awaited', executor]),
  ]
  output.result(found, facts(rows, output.paint))
}

const instantOfMs = (atMs: number): string => instant(Math.floor(atMs / 1000))
