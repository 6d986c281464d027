/** `kill`: stops all that a selector names, at once, after showing how much that is. Needs no consent. */
import type { Command } from 'commander'
import { Selector } from '../../api/stop/stop-shapes.ts'
import type { Client } from '../../client/client.ts'
import { explainIssue } from '../../domain/refusal.ts'
import { selectorWords } from '../calls/selector-words.ts'
import { contextOf } from '../context.ts'
import { Failure, unwrap, usage } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { ask } from '../terminal/yes-or-no.ts'

const MEMBERS = ['agent', 'principal', 'executor', 'action', 'request', 'trace'] as const

type Options = { readonly [M in (typeof MEMBERS)[number]]?: string } & {
  readonly everything?: true
  readonly reason?: string
  readonly yes?: true
}

export async function engageKillSwitch(options: Options, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const selector = selectorOf(options)
  const reason = options.reason?.replace(/\p{Cc}+/gu, ' ').trim()
  if (!reason) throw usage('Say why: --reason "…".')
  const authority = client()
  await showReach(authority, selector, output)
  if (!options.yes && !(await ask('Engage the kill switch?'))) throw new Failure('interrupted', 'Nothing was stopped.')
  const engaged = unwrap(await authority.call('engageKillSwitch', { body: { selector, reason } }))
  const lines = [
    `Stopped: ${selectorWords(selector)}. ${engaged.hits.tokens} tokens revoked.`,
    `  countersign kill show ${engaged.id}     which executors confirmed it`,
    `  countersign kill release ${engaged.id}  once it is safe again`,
  ]
  output.done(engaged, lines.join('\n'))
}

async function showReach(authority: Client, selector: ReturnType<typeof selectorOf>, output: Output): Promise<void> {
  const reach = unwrap(await authority.call('previewKillSwitch', { query: selector }))
  output.note(`This stops ${selectorWords(selector)}.`)
  output.note(
    `Now: ${reach.tokens} live tokens, ${reach.pending} waiting requests, ${reach.executors.length} connected executors.`,
  )
}

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
