/** The tree of commands, made from `command-table.ts`, with the options and exit codes that all of them share. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { COMMANDS, type CommandHelp, GROUPS } from './command-table.ts'
import { EXIT_CODES_HELP } from './exit.ts'

const DESCRIPTION = `Signed approval tokens for agents: a person consents with a passkey, or nothing is executed.

Changes to the authority (add, invite, rotate, release) are approved actions
themselves: an admin consents to each with a passkey. Lists, kill switches and
revocations need the operator's credential alone.`

const ENVIRONMENT_HELP = `
Environment:
  COUNTERSIGN_URL         the authority (default: that of the data directory, else http://localhost:8787)
  COUNTERSIGN_CREDENTIAL  what to call it with; else the file operator-credential in the data directory.
                          It is no option, because arguments are visible to every process of the machine.
                          It is sent to COUNTERSIGN_URL alone, and that file to the authority of its directory.
  COUNTERSIGN_DATA_DIR    the data directory (default data)
  NO_COLOR                plain text`

export function buildProgram(): Command {
  const program = new Command('countersign')
    .description(DESCRIPTION)
    .version(version())
    .option('--url <origin>', 'the authority')
    .option('--data-dir <folder>', 'where serve keeps its data and the operator credential')
    .option('--json', 'one JSON document on stdout; everything else on stderr')
    .option('--verbose', 'details of unexpected errors')
    .showHelpAfterError(
      'Run it with --help to see what it takes. An argument that begins with a hyphen goes behind --.',
    )
    .exitOverride()
    .addHelpText('afterAll', EXIT_CODES_HELP)
    .addHelpText('after', ENVIRONMENT_HELP)
  for (const row of COMMANDS) addCommand(program, row)
  return program
}

function addCommand(program: Command, { usage, help, load }: (typeof COMMANDS)[number]): void {
  const { description, options = [] } = help
  const [, parent, own = usage] = /^(\w+) (\w.*)$/.exec(usage) ?? []
  const command = (parent === undefined ? program : childOf(program, parent)).command(own).description(description)
  for (const option of options) command.addOption(option)
  command.addHelpText('after', helpAfter(help)).action(async function (...args) {
    await (await load()).apply(this, args)
  })
}

const childOf = (program: Command, name: string): Command =>
  program.commands.find((command) => command.name() === name) ?? program.command(name).description(GROUPS[name] ?? '')

const helpAfter = ({ examples = [], notes }: CommandHelp): string =>
  [
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.map((line) => `  $ ${line}`)] : []),
    ...(notes === undefined ? [] : ['', notes]),
  ].join('\n')

/** The version of this package, from the nearest package.json above this file, bundled or not. */
function version(): string {
  for (const manifest of ['../package.json', '../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8')) as { version?: string }
      if (version) return version
    } catch {
      // The other place is tried next.
    }
  }
  return 'unknown'
}
