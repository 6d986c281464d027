/** The tree of commands, with the options, examples and exit codes that all of them share. */
import { Command } from 'commander'
import { agentAdd } from './commands/agent-add.ts'
import { agentList } from './commands/agent-list.ts'
import { agentRevoke } from './commands/agent-revoke.ts'
import { approverInvite } from './commands/approver-invite.ts'
import { approverList } from './commands/approver-list.ts'
import { auditReport } from './commands/audit-report.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { credentialAdd } from './commands/credential-add.ts'
import { credentialRevoke } from './commands/credential-revoke.ts'
import { demo } from './commands/demo.ts'
import { executorAdd } from './commands/executor-add.ts'
import { executorList } from './commands/executor-list.ts'
import { executorRevoke } from './commands/executor-revoke.ts'
import { keysRotate } from './commands/keys-rotate.ts'
import { kill } from './commands/kill.ts'
import { killList } from './commands/kill-list.ts'
import { killRelease } from './commands/kill-release.ts'
import { killShow } from './commands/kill-show.ts'
import { logAdopt } from './commands/log-adopt.ts'
import { notifyTest } from './commands/notify-test.ts'
import { proofVerify } from './commands/proof-verify.ts'
import { request } from './commands/request.ts'
import { review } from './commands/review.ts'
import { revokeRequest } from './commands/revoke-request.ts'
import { revokeToken } from './commands/revoke-token.ts'
import { serve } from './commands/serve.ts'
import { tokenInspect } from './commands/token-inspect.ts'
import { webhookAdd } from './commands/webhook-add.ts'
import { webhookList } from './commands/webhook-list.ts'
import { webhookRemove } from './commands/webhook-remove.ts'
import { webhookReplay } from './commands/webhook-replay.ts'
import { witness } from './commands/witness.ts'
import { EXIT_CODES_HELP } from './exit.ts'
import { version } from './version.ts'

const DESCRIPTION = `Signed approval tokens for agents: a person consents with a passkey, or nothing is executed.

Changes to the authority (add, invite, rotate, release) are approved actions
themselves: an admin consents to each with a passkey. Lists, kill switches and
revocations need the operator's credential alone.`

const ENVIRONMENT_HELP = `
Environment:
  COUNTERSIGN_URL         the authority (default http://localhost:8787)
  COUNTERSIGN_CREDENTIAL  what to call it with; else the file operator-credential in the data directory.
                          It is no option, because arguments are visible to every process of the machine.
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
    .showHelpAfterError('Run it with --help to see what it takes.')
    .exitOverride()
    .addHelpText('afterAll', EXIT_CODES_HELP)
    .addHelpText('after', ENVIRONMENT_HELP)
  serve(program)
  demo(program)
  request(program)
  review(program)
  const switches = kill(program)
  for (const add of [killList, killShow, killRelease]) add(switches)
  for (const add of [revokeToken, revokeRequest]) add(group(program, 'revoke', 'end one token or one request, at once'))
  for (const add of [agentAdd, agentList, agentRevoke]) add(group(program, 'agent', 'software that proposes actions'))
  for (const add of [executorAdd, executorList, executorRevoke])
    add(group(program, 'executor', 'software that carries actions out, and demands a token'))
  for (const add of [approverInvite, approverList]) add(group(program, 'approver', 'people who may consent'))
  for (const add of [credentialAdd, credentialRevoke])
    add(group(program, 'credential', 'secrets that software calls with'))
  tokenInspect(group(program, 'token', 'look at approval tokens'))
  keysRotate(group(program, 'keys', 'the keys that sign tokens'))
  for (const add of [auditVerify, auditReport]) add(group(program, 'audit', 'check a ledger, trusting nobody'))
  logAdopt(group(program, 'log', 'the authority’s own log'))
  proofVerify(group(program, 'proof', 'check what stands in a ledger'))
  for (const add of [webhookAdd, webhookList, webhookRemove, webhookReplay])
    add(group(program, 'webhook', 'endpoints that are told of events'))
  notifyTest(group(program, 'notify', 'whether messages arrive'))
  witness(program)
  return program
}

const group = (program: Command, name: string, description: string): Command =>
  program.commands.find((command) => command.name() === name) ?? program.command(name).description(description)
