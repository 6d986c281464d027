/** `kill`: stops all that a selector names, at once, after showing what that would hit. Needs no consent. */
import type { Command } from 'commander'
import { explainIssue } from '../../api/explain-issue.ts'
import { Selector } from '../../api/stop-schemas.ts'
import { selectorWords } from '../calls/selector-words.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { EXIT, Failure, failureOf, usage } from '../exit.ts'
import { ask } from '../terminal/yes-or-no.ts'

const MEMBERS = ['agent', 'principal', 'executor', 'action', 'request', 'trace'] as const

type Options = { readonly [M in (typeof MEMBERS)[number]]?: string } & {
  readonly everything?: true
  readonly reason?: string
  readonly yes?: true
}

export const kill = (program: Command): Command =>
  program
    .command('kill')
    .description('stop what matches all that is given, at once: nothing of it is approved, collected or executed')
    .option('--agent <id>', 'an agent, wherever it stands in the chain')
    .option('--principal <id>', 'for whom agents act')
    .option('--executor <uri>', 'one executor')
    .option('--action <name>', 'an action, or how names begin and a final *')
    .option('--request <id>', 'one request')
    .option('--trace <hex>', 'one trace')
    .option('--everything', 'all of it')
    .option('--reason <text>', 'why, for whoever looks later')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples(
        'countersign kill --agent helpdesk-agent --reason "It posts nonsense"',
        'countersign kill --executor https://forum.example --action "forum.delete*" --reason "Wrong threads" --yes',
        'countersign kill --everything --reason "The key is out" --yes',
      ),
    )
    .action(engage)

async function engage(options: Options, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const selector = selectorOf(options)
  const reason = options.reason?.replace(/\p{Cc}+/gu, ' ').trim()
  if (!reason) throw usage('Say why: --reason "…".')
  const authority = client()
  const reach = await authority.call('previewKillSwitch', { query: selector })
  if (!reach.ok) throw failureOf(reach.problem)
  const { tokens, pending, executors } = reach.value
  output.note(`This stops ${selectorWords(selector)}.`)
  output.note(`Now: ${tokens} live tokens, ${pending} waiting requests, ${executors.length} connected executors.`)
  if (!options.yes && !(await ask('Engage the kill switch?'))) {
    throw new Failure('interrupted', 'Nothing was stopped.', EXIT.failed)
  }
  const answer = await authority.call('engageKillSwitch', { body: { selector, reason } })
  if (!answer.ok) throw failureOf(answer.problem)
  const { id, hits } = answer.value
  const lines = [
    `${output.paint.green('✔')} Stopped: ${selectorWords(selector)}. ${hits.tokens} tokens revoked.`,
    `  countersign kill show ${id}     who has felt it`,
    `  countersign kill release ${id}  once it is safe again`,
  ]
  output.result(answer.value, lines.join('\n'))
}

/** All that was given must hold, so that a forgotten option cannot turn into everything. */
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
