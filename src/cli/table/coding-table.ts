/** The commands for coding agents. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option, required } from './command-row.ts'

const hooks = () => import('../commands/hook-commands.ts')

const project = option('--project', 'in the settings of the project in this folder (default: in yours)')
const managed = option('--managed', 'where only an administrator of this machine can write')

export const codingTable: readonly CommandRow[] = [
  command('hook install <client>', hooks, 'installHook', {
    description: 'have a coding agent ask before its tools run: claude-code, gemini, codex, cursor or copilot',
    options: [
      required('--agent-credential <file>', 'a file with the credential of the agent'),
      required('--executor-credential <file>', 'a file with the credential of the executor that this machine is'),
      option('--deadline <seconds>', 'how long an answer is waited for; then the call is blocked')
        .argParser(integerBetween(5, 600))
        .default(55),
      project,
      managed,
      option('--http', 'Claude Code calls the authority by itself'),
      option('--unchecked', 'do not ask the authority first, for example while a machine image is built'),
    ],
    examples: ['countersign hook install claude-code --agent-credential agent.txt --executor-credential laptop.txt'],
    notes:
      'A hook is a convenience: whoever can edit the settings of the client can remove it. The executor is the guard.',
  }),
  command('hook remove <client>', hooks, 'removeHook', {
    description: 'take the hook out of the client’s settings',
    options: [project, managed],
  }),
  command('hook catalogue', hooks, 'printCatalogue', {
    description: 'print the actions of a machine on which coding agents work, as the catalogue of an executor',
    examples: ['countersign hook catalogue > laptop.json'],
  }),
  command('hook doctor [client]', () => import('../commands/hook-doctor.ts'), 'examineHooks', {
    description: 'make the hook of installed clients fail in every way, and say what each client then did',
    options: [option('--bare', 'with a hook as it is usually written, without what install adds')],
    notes:
      'Starts claude, gemini, codex and copilot in a folder of their own, with a scripted model on this machine. Ends with 0 only where no hook that failed let the command run.',
  }),
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
