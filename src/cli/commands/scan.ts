/** `scan`: runs what coding agents did on this machine through a policy. Without `--publish` it calls nobody. */
import { homedir } from 'node:os'
import type { Command } from 'commander'
import { figuresOf, type Judged, judgeCalls, worst } from '../../coding/scan/judge-calls.ts'
import { placesOf, readTranscripts } from '../../coding/scan/read-transcripts.ts'
import { shownArguments } from '../../domain/coding/workstation.ts'
import { DEFAULT_POLICY } from '../../domain/policy/default-policy.ts'
import { createCedarHost } from '../../node/cedar-host.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'
import { facts, table } from '../terminal/table.ts'
import { proposePolicy } from './policy-commands.ts'

interface ScanOptions {
  readonly days: number
  readonly policy?: string
  readonly home?: string
  readonly publish?: true
  readonly reason?: string
}

const MAX_CALLS = 50_000
const WORST = 10
const DAY = 86_400

export async function scanTranscripts(options: ScanOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const { output } = context
  const now = Math.floor(Date.now() / 1000)
  const text = options.policy === undefined ? DEFAULT_POLICY : fileBytes(options.policy).toString()
  const places = placesOf(options.home ?? homedir(), options.home === undefined ? process.env : {})
  const read = await readTranscripts(places, { since: now - options.days * DAY, limit: MAX_CALLS })
  const judged = await judgeCalls(createCedarHost(), text, read.calls, now)
  if (!judged.ok) throw usage(`${options.policy ?? 'The default policy'}: ${judged.words}`)
  const [figures, kinds] = [figuresOf(judged.value), worst(judged.value, WORST)]
  const { calls: _, ...seen } = read
  const report = { days: options.days, ...seen, ...figures, worst: kinds.map(shownKind) }
  const { paint } = output
  const rows = kinds.map((one) => [
    one.decision.effect === 'deny' ? 'denied' : 'asked',
    String(one.times),
    one.client,
    one.action.name,
    shortened(shownArguments(one.action.arguments)),
    one.decision.reason,
  ])
  const nothing = seen.files === 0 ? notFound(options.days, places) : 'Nothing would have been asked or denied.'
  const lines = [
    facts(factsOf(options.days, seen, figures), paint),
    '',
    table(['DECISION', 'TIMES', 'CLIENT', 'ACTION', 'CALL', 'WHY'], rows, { paint, nothing }),
  ]
  output.result(report, lines.join('\n'))
  if (options.publish) await proposePolicy(context, text, { reason: options.reason })
}

const notFound = (days: number, places: ReturnType<typeof placesOf>): string =>
  `No transcript was found. Those of the last ${count(days, 'day')} are looked for in ${places.map(({ folder }) => folder).join(', ')}; --home names another home, --days a longer time.`

const LONGEST = 120

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text)

const shownKind = ({ client, at, action, decision, times }: Judged & { readonly times: number }) => ({
  client,
  at,
  times,
  name: action.name,
  call: shownArguments(action.arguments),
  decision: decision.effect,
  quorum: decision.quorum,
  policies: decision.policies,
  reason: decision.reason,
})

type Seen = Omit<Awaited<ReturnType<typeof readTranscripts>>, 'calls'>

const factsOf = (days: number, seen: Seen, figures: ReturnType<typeof figuresOf>) => {
  const sessions = `${figures.calls} in ${count(figures.sessions, 'session')} of the last ${count(days, 'day')}`
  return [
    ['tool calls', seen.more ? `the newest ${sessions}` : sessions],
    ['transcripts', `${count(seen.files, 'file')}, ${count(seen.unread, 'line')} unread`],
    ['allowed', share(figures.allowed, figures.calls)],
    ['asked', share(figures.asked, figures.calls)],
    ['denied', share(figures.denied, figures.calls)],
    ['interruptions', `${figures.interruptions}; with grants ${figures.interruptionsWithGrants}`],
  ] as const
}

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`

const share = (part: number, whole: number): string =>
  whole === 0 ? '0' : `${part} (${((100 * part) / whole).toFixed(1)} %)`
