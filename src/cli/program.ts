/** The tree of commands, made from `command-table.ts`, with the options and exit codes that all of them share. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { letYoungGenerationGrow } from '../node/young-generation.ts'
import { COMMANDS, GROUPS } from './command-table.ts'
import { declareNeeds } from './credential/needs.ts'
import { EXIT_CODES_HELP } from './exit.ts'
import type { CommandHelp, CommandRow } from './table/command-row.ts'

const DESCRIPTION = `Signed approval tokens for agents: a person consents with a passkey, or nothing is executed.

Changes to the authority (add, invite, rotate, release) are approved actions
themselves: an admin consents to each with a passkey. Lists, kill switches and
revocations need the operator's credential alone.`

const ENVIRONMENT_HELP = `
Environment:
  COUNTERSIGN_URL         the authority (default: that of the credential, else http://localhost:8787)
  COUNTERSIGN_CREDENTIAL  the credential for COUNTERSIGN_URL. It is no option, because arguments are visible
                          to every process of the machine.
  COUNTERSIGN_DATA_DIR    the data directory (default data)
  NO_COLOR                plain text

The first of these is used, and sent only to the authority that it belongs to: --profile, COUNTERSIGN_CREDENTIAL,
operator-credential in a data directory that was named, the profile in use, operator-credential in ./data.`

export function buildProgram(): Command {
  const program = new Command('countersign')
    .description(DESCRIPTION)
    .version(version())
    .option('--url <origin>', 'the authority')
    .option('--profile <name>', 'the authority and the credential that countersign login kept under this name')
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

function addCommand(program: Command, { usage, help, load }: CommandRow): void {
  const { description, options = [], needs = [] } = help
  const [, parent, own = usage] = /^(\w+) (\w.*)$/.exec(usage) ?? []
  const command = (parent === undefined ? program : childOf(program, parent)).command(own).description(description)
  declareNeeds(command, needs)
  for (const option of options) command.addOption(option)
  command.addHelpText('after', helpAfter(help)).action(async function (...args) {
    letYoungGenerationGrow()
    await (await load()).apply(this, args)
  })
}

const childOf = (program: Command, name: string): Command =>
  program.commands.find((command) => command.name() === name) ?? program.command(name).description(GROUPS[name] ?? '')

const helpAfter = ({ examples = [], notes, needs = [] }: CommandHelp): string =>
  [
    ...(needs.length > 0 ? ['', `It needs a credential of this kind: ${needs.join(' or ')}.`] : []),
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
