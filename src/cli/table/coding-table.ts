/** The commands for coding agents. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option } from './command-row.ts'

export const codingTable: readonly CommandRow[] = [
  command('scan', () => import('../commands/scan.ts'), 'scanTranscripts', {
    description: 'say what a policy would have asked, denied and allowed of what coding agents did on this machine',
    options: [
      option('--days <count>', 'how far back').argParser(integerBetween(1, 3650)).default(30),
      option('--policy <file>', 'a policy in place of the default one'),
      option('--home <folder>', 'the home whose transcripts are read (default: yours)'),
      option('--publish', 'then propose this policy to the authority, where an admin consents with a passkey'),
      changeReason,
    ],
    examples: ['countersign scan', 'countersign scan --days 90 --policy policy.cedar --publish'],
    notes:
      'Reads the transcripts of Claude Code, Codex and Gemini CLI below the home folder. Nothing leaves the machine, except the policy with --publish.',
  }),
]
