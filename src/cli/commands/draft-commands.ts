/** `policy check`, `try` and `replay`: a draft of the policy, judged by the authority that would put it in force. */
import type { Command } from 'commander'
import type { CallOutput } from '../../client/call-types.ts'
import type { Client } from '../../client/client.ts'
import { actionArguments } from '../arguments/action-arguments.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { contextOf } from '../context.ts'
import { EXIT, unwrap } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { facts, table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

type Problems = CallOutput<'checkDraft'>['problems']
type Decision = CallOutput<'tryDraft'>['in_force']
type Page = CallOutput<'replayDraft'>

const textOf = (file: string): string => fileBytes(file).toString()

export async function checkDraft(file: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const checked = unwrap(await client().call('checkDraft', { body: { text: textOf(file) } }))
  if (checked.problems.length > 0) return showProblems(output, file, checked.problems, checked)
  const count = checked.policies.length
  if (count === 0) return showEmpty(output, file, checked)
  const compiles = `${output.paint.green('✔')} ${file} compiles: ${count} ${count === 1 ? 'policy' : 'policies'}.`
  const warnings = checked.warnings.map((one) => lineOf(file, one, 'warning: '))
  output.result(checked, [...warnings, compiles].join('\n'))
}

/** It compiles, and is never what somebody means. */
function showEmpty(output: Output, file: string, value: object): void {
  process.exitCode = EXIT.failed
  output.result(value, `${file} holds no policy: every call would be denied. Write a permit.`)
}

/** In the form that editors and compilers use. */
function showProblems(output: Output, file: string, problems: Problems, value: object): void {
  process.exitCode = EXIT.failed
  output.result(value, problems.map((one) => lineOf(file, one)).join('\n'))
}

function lineOf(file: string, { line, column, message, suggestion }: Problems[number], kind = ''): string {
  const more = suggestion === null ? '' : ` Write: ${visible(suggestion)}`
  return `${file}:${line}:${column}: ${kind}${visible(message)}${more}`
}

interface TryOptions {
  readonly agent: string
  readonly executor: string
  readonly action: string
  readonly resource: string
  readonly arg?: readonly string[]
  readonly argsJson?: string
  readonly for?: string
}

export async function tryDraft(file: string, options: TryOptions, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const call = {
    agent: options.agent,
    audience: options.executor,
    name: options.action,
    resource: options.resource,
    arguments: { ...actionArguments(options.argsJson, options.arg ?? []) },
    ...(options.for === undefined ? {} : { principal: options.for }),
  }
  const tried = unwrap(await client().call('tryDraft', { body: { text: textOf(file), call } }))
  if (tried.draft === null) return showProblems(output, file, tried.problems, tried)
  const rows = [
    ['in force', wordsOf(tried.in_force)],
    ['draft', wordsOf(tried.draft)],
  ] as const
  output.result(tried, facts(rows, output.paint))
}

const EFFECTS = { allow: 'allowed', approval: 'asks people', deny: 'denied' } as const

const wordsOf = ({ effect, reason }: Decision): string => `${EFFECTS[effect]}. ${reason}`

interface ReplayOptions {
  readonly days: number
  readonly failOnDifference?: true
}

/** The sums of all pages. */
interface Replay {
  readonly problems: Problems
  total: number
  examined: number
  unknown: number
  readonly changes: Record<keyof Page['changes'], number>
  readonly differences: Page['differences']
}

const SHOWN = 50

export async function replayDraft(file: string, options: ReplayOptions, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const replay = await replayAll(client(), textOf(file), options.days, progressOf(output))
  if (replay.problems.length > 0) return showProblems(output, file, replay.problems, replay)
  if (options.failOnDifference && replay.changes.same + replay.unknown < replay.examined) process.exitCode = EXIT.failed
  output.result(replay, [facts(sumsOf(replay), output.paint), differencesOf(replay, output)].join('\n\n'))
}

const progressOf = (output: Output) => (replay: Replay) => {
  if (output.stderr.isTTY) output.note(`${replay.examined} of ${replay.total} …`)
}

async function replayAll(
  client: Client,
  text: string,
  days: number,
  progress: (replay: Replay) => void,
): Promise<Replay> {
  let replay: Replay = { ...NOTHING, changes: { ...NOTHING.changes } }
  let after: Page['next'] = null
  do {
    const body = { text, days, ...(after === null ? {} : { after }) }
    const page: Page = unwrap(await client.call('replayDraft', { body }))
    replay = added(replay, page)
    after = page.problems.length > 0 ? null : page.next
    progress(replay)
  } while (after !== null)
  return replay
}

const NOTHING: Replay = {
  problems: [],
  total: 0,
  examined: 0,
  unknown: 0,
  changes: { same: 0, terms: 0, newly_allowed: 0, newly_asked: 0, newly_denied: 0 },
  differences: [],
}

function added({ changes, differences, ...sums }: Replay, page: Page): Replay {
  const names = Object.keys(changes) as (keyof typeof changes)[]
  return {
    problems: page.problems,
    total: page.total ?? sums.total,
    examined: sums.examined + page.examined,
    unknown: sums.unknown + page.unknown,
    changes: Object.assign(
      changes,
      Object.fromEntries(names.map((name) => [name, changes[name] + (page.changes[name] ?? 0)])),
    ),
    differences: [...differences, ...page.differences].slice(0, SHOWN),
  }
}

const sumsOf = ({ examined, unknown, changes }: Replay) =>
  [
    ['requests', String(examined)],
    ['unchanged', String(changes.same)],
    ['newly allowed', String(changes.newly_allowed)],
    ['newly asked', String(changes.newly_asked)],
    ['newly denied', String(changes.newly_denied)],
    ['other terms', String(changes.terms)],
    ['cannot be judged', String(unknown)],
  ] as const

const differencesOf = ({ differences }: Replay, { paint }: Output): string =>
  table(
    ['REQUESTED', 'AGENT', 'ACTION', 'WAS', 'WOULD BE', 'REQUEST'],
    differences.map((one) => [
      instant(one.created_at),
      one.agent,
      one.name,
      EFFECTS[one.was.effect],
      wordsOf(one.would),
      one.id,
    ]),
    { paint, nothing: 'No decision would change.' },
  )
