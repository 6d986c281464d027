/** The commands that try a draft of the policy. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, command, option, repeatable, required } from './command-row.ts'

const drafts = () => import('../commands/draft-commands.ts')

export const draftTable: readonly CommandRow[] = [
  command('policy check <file>', drafts, 'checkDraft', {
    needs: ['operator'],
    description: 'check a draft of the policy: where it is wrong, and what to write instead',
    examples: ['countersign policy check policy.cedar'],
  }),
  command('policy try <file>', drafts, 'tryDraft', {
    needs: ['operator'],
    description: 'try a draft on one call, beside the policy in force; asks nobody',
    options: [
      required('--agent <id>', 'the agent that would ask'),
      required('--executor <audience>', 'the executor that would carry it out'),
      required('--action <name>', 'the action'),
      required('--resource <resource>', 'what it acts upon'),
      repeatable('--arg <key=value>', 'an argument as text, or key:=value as JSON; repeatable'),
      option('--args-json <json>', 'all arguments as one JSON object'),
      option('--for <principal>', 'on whose behalf (default: the first the agent is registered for)'),
    ],
    examples: [
      'countersign policy try policy.cedar --agent helpdesk-agent --executor https://forum.example --action forum.post --resource forum:eng/threads/42 --arg thread:=42',
    ],
  }),
  command('policy replay <file>', drafts, 'replayDraft', {
    needs: ['operator'],
    description: 'replay past requests against a draft: what would be allowed, asked or denied that was not',
    options: [
      option('--days <days>', 'how far back (default 30)').default(30).argParser(integerBetween(1, 365)),
      option('--fail-on-difference', 'end with 1 where anything would be decided otherwise'),
    ],
    examples: ['countersign policy replay policy.cedar --days 90'],
  }),
]
