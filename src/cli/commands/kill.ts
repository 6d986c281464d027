/** `kill`: kill switches are engaged at once and without consent, listed, and released with an admin's consent. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { Selector } from '../../api/stop/stop-shapes.ts'
import type { CallOutput } from '../../client/call-types.ts'
import type { Client } from '../../client/client.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { explainIssue } from '../../domain/refusal.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { Failure, unwrap, usage } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { peopleOf } from '../terminal/people.ts'
import { type Fact, facts } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'
import { listCommand } from './lists.ts'

const MEMBERS = ['agent', 'principal', 'executor', 'action', 'request', 'trace'] as const

type Options = { readonly [M in (typeof MEMBERS)[number]]?: string } & {
  readonly everything?: true
  readonly reason?: string
  readonly yes?: true
}

/** Shows how much it stops, asks, and stops it. */
export async function engageKillSwitch(options: Options, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const selector = selectorOf(options)
  const reason = options.reason?.replace(/\p{Cc}+/gu, ' ').trim()
  if (!reason) throw usage('Say why: --reason "…".')
  const authority = client()
  const words = selectorWords(selector, await peopleOf(authority))
  await showReach(authority, { selector, words }, output)
  if (!options.yes && !(await ask('Engage the kill switch?'))) throw new Failure('interrupted', 'Nothing was stopped.')
  const engaged = unwrap(await authority.call('engageKillSwitch', { body: { selector, reason } }))
  const lines = [
    `Stopped: ${words}. ${engaged.hits.tokens} tokens revoked.`,
    ...sentencesOf(engaged),
    `  countersign kill show ${visible(engaged.id)}     which executors confirmed it`,
    `  countersign kill release ${visible(engaged.id)}  once it is safe again`,
  ]
  output.done(engaged, lines.join('\n'))
}

async function showReach(
  authority: Client,
  { selector, words }: { readonly selector: ReturnType<typeof selectorOf>; readonly words: string },
  output: Output,
): Promise<void> {
  const reach = unwrap(await authority.call('previewKillSwitch', { query: selector }))
  output.note(`This stops ${words}.`)
  output.note(
    `Now: ${reach.tokens} live tokens, ${reach.pending} waiting requests, ${reach.executors.length} connected executors.`,
  )
  for (const sentence of sentencesOf(reach)) output.note(sentence)
}

/** What it names and nobody knows. */
const sentencesOf = ({ unknown }: Pick<CallOutput<'previewKillSwitch'>, 'unknown'>): string[] =>
  unknown.map(({ sentence }) => visible(sentence))

/** A selector without members would stop everything: that takes --everything, so that no forgotten option does it. */
function selectorOf(options: Options) {
  const given = Object.fromEntries(
    MEMBERS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
  const named = Object.keys(given).length > 0
  if (named === (options.everything === true)) {
    throw usage('Say what to stop: --agent, --principal, --executor, --action, --request, --trace, or --everything.')
  }
  const parsed = Selector.safeParse(given)
  if (!parsed.success) throw usage(explainIssue(parsed.error.issues[0], 'selector'))
  return parsed.data
}

/** On stderr, since stdout carries the result. */
async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw usage('There is no terminal to ask on. Say --yes to go ahead.')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

/** A selector in words, one member after the other, harmless to a terminal. */
function selectorWords(selector: { readonly [member: string]: string | undefined }, nameOf: NameOf): string {
  const named = Object.entries(selector).filter(([, value]) => value !== undefined)
  return named.length === 0
    ? 'everything'
    : visible(
        named.map(([member, value = '']) => `${member} ${member === 'principal' ? nameOf(value) : value}`).join(', '),
      )
}

export const listKillSwitches = listCommand({
  fetch: (client) => client.call('listKillSwitches'),
  header: ['ID', 'STATE', 'STOPS', 'SINCE', 'REASON'],
  hasPeople: true,
  rows: ({ killswitches }, nameOf) =>
    killswitches.map((one) => [
      one.id,
      one.released_at_ms === null ? 'active' : 'released',
      selectorWords(one.selector, nameOf),
      instantOfMs(one.engaged_at_ms),
      one.reason ?? 'erased',
    ]),
  nothing: 'Nothing is stopped.',
})

export async function showKillSwitch(id: string, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const authority = client()
  const found = unwrap(await authority.call('viewKillSwitch', { params: { id } }))
  const nameOf = await peopleOf(authority)
  const { selector, reason, engaged_at_ms: engagedAt, engaged_by: by, hits, released_at_ms: releasedAt } = found
  const rows: Fact[] = [
    ['stops', selectorWords(selector, nameOf)],
    ...sentencesOf(found).map((sentence): Fact => ['note', sentence]),
    ['reason', reason ?? 'erased'],
    ['engaged', `${instantOfMs(engagedAt)} by ${nameOf(by)}`],
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

// Both this command and `kill` have a --reason: commander gives it to the parent.
export async function releaseKillSwitch(ids: readonly string[], _: object, command: Command): Promise<void> {
  const { reason } = command.optsWithGlobals<{ readonly reason?: string }>()
  if (!ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))) throw usage('An id has 22 characters, as kill list shows it.')
  if (reason === undefined) throw usage('Say why it is safe: --reason "…".')
  const [id = ''] = ids
  const one = { resource: `killswitch:${id}`, arguments: { id, reason } }
  const several = { resource: 'killswitches', arguments: { ids: [...ids], reason } }
  await makeChange(
    contextOf(command),
    { name: 'countersign.killswitch.release', ...(ids.length === 1 ? one : several), reason },
    {
      done:
        ids.length === 1
          ? `The kill switch ${id} is released. What it revoked stays revoked.`
          : `${ids.length} kill switches are released. What they revoked stays revoked.`,
    },
  )
}
