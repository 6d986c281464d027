/** `policy observe` and its like: a draft decides beside the policy in force, and its differences are listed. */
import type { Command } from 'commander'
import type { CallOutput } from '../../client/call-types.ts'
import type { Client } from '../../client/client.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { contextOf } from '../context.ts'
import { EXIT, Failure, unwrap } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { facts, table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

type Observation = CallOutput<'startObservation'>
type Report = CallOutput<'viewObservation'>
type Difference = Report['differences'][number]

export async function startObservation(
  file: string,
  { hours }: { readonly hours: number },
  command: Command,
): Promise<void> {
  const { output, client } = contextOf(command)
  const body = { text: fileBytes(file).toString(), seconds: hours * 3600 }
  const observation = unwrap(await client().call('startObservation', { body }))
  output.done(observation, `${file} is observed until ${instant(observation.ends_at)}, as ${observation.id}.`)
}

export async function listObservations(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const list = unwrap(await client().call('listObservations'))
  const rows = list.observations.map((one) => [
    one.id,
    instant(one.started_at),
    stateOf(one),
    String(judged(one)),
    String(different(one)),
    one.digest,
  ])
  output.result(list, table(HEADER, rows, { paint: output.paint, nothing: 'No draft was observed.' }))
}

const HEADER = ['OBSERVATION', 'SINCE', 'UNTIL', 'DECISIONS', 'DIFFERENT', 'DIGEST']

const stateOf = ({ ended_at: ended, ends_at: ends }: Observation): string =>
  ended === null ? `${instant(ends)} (open)` : instant(ended)

const different = ({ counts }: Observation): number =>
  counts.terms + counts.newly_allowed + counts.newly_asked + counts.newly_denied + counts.failed
const judged = (one: Observation): number => one.counts.same + one.counts.unknown + different(one)

export async function showObservation(
  id: string | undefined,
  options: { readonly failOnDifference?: true },
  command: Command,
): Promise<void> {
  const { output, client } = contextOf(command)
  const report = unwrap(await client().call('viewObservation', { params: { id: id ?? (await latest(client())).id } }))
  if (options.failOnDifference && different(report) > 0) process.exitCode = EXIT.failed
  output.result(report, [facts(sumsOf(report), output.paint), differencesOf(report, output)].join('\n\n'))
}

async function latest(client: Client): Promise<Observation> {
  const [first] = unwrap(await client.call('listObservations')).observations
  if (!first) throw new Failure('not_found', 'No draft was observed. Start with `countersign policy observe`.')
  return first
}

const sumsOf = (report: Report) =>
  [
    ['observation', report.id],
    ['since', instant(report.started_at)],
    ['until', stateOf(report)],
    ['beside version', String(report.base)],
    ['decisions', String(judged(report))],
    ['unchanged', String(report.counts.same)],
    ['newly allowed', String(report.counts.newly_allowed)],
    ['newly asked', String(report.counts.newly_asked)],
    ['newly denied', String(report.counts.newly_denied)],
    ['other terms', String(report.counts.terms)],
    ['draft failed', String(report.counts.failed)],
    ['cannot be judged', String(report.counts.unknown)],
    ['skipped', String(report.counts.missed)],
  ] as const

const EFFECTS = { allow: 'allowed', approval: 'asks people', deny: 'denied' } as const

const wouldBe = ({ would, reason }: Difference): string =>
  would === null ? `failed. ${reason}` : `${EFFECTS[would.effect]}. ${reason}`

const differencesOf = ({ differences }: Report, { paint }: Output): string =>
  table(
    ['TIMES', 'AGENT', 'ACTION', 'WAS', 'WOULD BE', 'LAST', 'REQUEST'],
    differences.map((one) => [
      String(one.count),
      one.agent,
      one.name,
      EFFECTS[one.was.effect],
      wouldBe(one),
      instant(one.last_at),
      one.request ?? '–',
    ]),
    { paint, nothing: 'No decision would have changed.' },
  )

export async function stopObservation(id: string | undefined, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const params = { id: id ?? (await latest(client())).id }
  output.done(unwrap(await client().call('stopObservation', { params })), 'The observation has ended.')
}
