/**
 * All commands as a table, in the order of the help text.
 *
 * A command's code is loaded when the command runs: help and version parse none of it.
 */

import { auditTable } from './table/audit-table.ts'
import type { CommandRow } from './table/command-row.ts'
import { partyTable } from './table/party-table.ts'
import { requestTable } from './table/request-table.ts'

/** Commands that only hold others. */
export const GROUPS: Readonly<Record<string, string>> = {
  revoke: 'end one token or one request, at once',
  agent: 'software that proposes actions',
  executor: 'software that carries actions out, and demands a token',
  approver: 'people who may consent',
  invitation: 'links with which people enrol',
  credential: 'secrets that software calls with',
  profile: 'credentials kept on this machine, by authority',
  token: 'look at approval tokens',
  keys: 'the keys that sign tokens',
  audit: 'check a ledger, trusting nobody',
  proof: 'check entries of a ledger',
  webhook: 'endpoints that receive events',
  notify: 'check that messages arrive',
}

<<<<<<< HEAD
const ROLES = ['approver', 'admin', 'auditor'] as const

const option = (flags: string, description: string): Option => new Option(flags, description)
const required = (flags: string, description: string): Option => option(flags, description).makeOptionMandatory()
const repeatable = (flags: string, description: string): Option => option(flags, description).argParser(collect)
const port = (flags: string, description: string): Option =>
  option(flags, description).argParser(integerBetween(0, 65_535))

const reason = option('--reason <text>', 'shown to the admin who consents')
const credentialLife = option('--expires-in-days <days>', 'life of its credential (default 90)').argParser(
  integerBetween(1, 365),
)
const auditOptions = [
  option('--vkey <key>', 'the log’s key; else the one pinned on first use'),
  option('--state <folder>', 'where the key, checkpoints and the copy of the log are kept'),
]

const EVENTS =
  'request.waiting, .escalated, .expired, .approved, .denied; outcome.reported; killswitch.engaged, each written whole'
const lists = () => import('./commands/lists.ts')
const kill = () => import('./commands/kill.ts')
const byId = () => import('./commands/by-id.ts')
const parties = () => import('./commands/party-commands.ts')
const audit = () => import('./commands/audit-commands.ts')
const webhooks = () => import('./commands/webhooks.ts')

export const COMMANDS = [
  command('serve', () => import('./commands/serve.ts'), 'runServer', {
    description: 'run the authority; settings are COUNTERSIGN_* variables',
    examples: ['COUNTERSIGN_ORIGIN=https://approve.example DATABASE_URL=postgres://… countersign serve'],
  }),
  command('demo', () => import('./commands/demo.ts'), 'playDemo', {
    description:
      'see an agent refused, approved, and refused again, and another stopped half-way; with --json, a step a line',
    options: [
      option('--story <story>', 'tell this one alone').choices(STORIES),
      option('--auto', 'let a headless Chromium with a virtual passkey play the person'),
      option('--keep <folder>', 'then leave everything running, and write what is needed to use it to demo.json'),
      port('--port <port>', 'of the authority; 0 for a free one').default(0),
      port('--forum-port <port>', 'of the forum; 0 for a free one').default(0),
      port('--mailbox-port <port>', 'of the mailbox; 0 for a free one').default(0),
    ],
    examples: ['countersign demo', 'countersign demo --auto --keep playground'],
  }),
  command('doctor [where]', () => import('./commands/doctor.ts'), 'runDoctor', {
    description: 'examine a set-up, with an operator’s credential its inside too; anything to mend ends it with 1',
    examples: ['countersign doctor', 'countersign doctor https://approve.example'],
  }),
  command('request <action>', () => import('./commands/request.ts'), 'requestAction', {
    description: 'propose an action, wait for a person to answer, and collect the token',
    options: [
      required('--executor <audience>', 'the executor that would carry it out'),
      required('--resource <resource>', 'what it acts upon'),
      repeatable('--arg <key=value>', 'an argument as text, or key:=value as JSON; repeatable'),
      option('--args-json <json>', 'all arguments as one JSON object'),
      option('--reason <text>', 'why; the approver sees it as your words'),
      option('--for <principal>', 'on whose behalf (default: the first the agent is registered for)'),
      option('--expires-in <seconds>', 'how long it may wait for its answer').argParser(integerBetween(10, 86_400)),
      option('--print-token', 'print the token itself, alone on stdout'),
    ],
    examples: [
      'countersign request forum.post --executor https://forum.example --resource forum:eng/threads/42 \\\n' +
        '      --arg board=eng --arg thread:=42 --arg text="Restart the router." --reason "The user asked twice"',
    ],
  }),
  command('requests', () => import('./commands/requests.ts'), 'listRequests', {
    description: 'list requests, newest first: who asked, for whom, who answered, what became of it',
    options: REQUEST_FILTER,
    examples: [
      'countersign requests --state pending',
      'countersign requests --answered-by "Ada Lovelace" --outcome failed --from 2027-01-01 --json',
    ],
  }),
  command('review', lists, 'reviewAccess', {
    description: 'what agents and executors were allowed, used, and did not use',
    notes: `Each figure is of 30 days / of 90 days. Take unused access away: revoke the agent or the
credential, or remove the action on the page /review.`,
  }),
  command('kill', kill, 'engageKillSwitch', {
    description: 'stop what matches all that is given, at once: nothing of it is approved, collected or executed',
    options: [
      option('--agent <id>', 'an agent, wherever it stands in the chain'),
      option('--principal <id>', 'for whom agents act'),
      option('--executor <uri>', 'one executor'),
      option('--action <name>', 'an action, or how names begin and a final *'),
      option('--request <id>', 'one request'),
      option('--trace <hex>', 'one trace'),
      option('--everything', 'all agents, executors and requests'),
      option('--reason <text>', 'why, for later readers'),
      option('--yes', 'do not ask'),
    ],
    examples: [
      'countersign kill --agent helpdesk-agent --reason "It posts nonsense"',
      'countersign kill --executor https://forum.example --action "forum.delete*" --reason "Wrong threads" --yes',
      'countersign kill --everything --reason "The key is out" --yes',
    ],
  }),
  command('kill list', kill, 'listKillSwitches', { description: 'list kill switches, active ones first' }),
  command('kill show <id>', kill, 'showKillSwitch', {
    description: 'show one kill switch, and which executors confirmed it',
  }),
  command('kill release <ids...>', kill, 'releaseKillSwitch', {
    description: 'release one or several kill switches, once an admin consents with a passkey',
    options: [option('--reason <text>', 'why it is safe to go on')],
  }),
  command('revoke token <jti>', byId, 'revokeToken', {
    description: 'revoke one token by its jti; token inspect shows it',
  }),
  command('revoke request <id>', byId, 'revokeRequest', {
    description: 'end one request, waiting or approved, with the token it led to',
  }),
  command('agent add <id>', parties, 'addAgent', {
    description: 'register an agent',
    options: [
      repeatable('--principal <id>', 'for whom it may ask; repeatable, the first is the default'),
      option('--run-by <approver>', 'the approver who runs it: their own consent then needs self-approval'),
      credentialLife,
      reason,
    ],
    examples: ['countersign agent add helpdesk-agent --principal helpdesk'],
  }),
  command('agent list', lists, 'listAgents', { description: 'list agents and the state of their credentials' }),
  command('agent revoke <id>', byId, 'revokeAgent', {
    description: 'end an agent, its credentials, its open requests and its live tokens, at once',
  }),
  command('executor add <audience>', parties, 'addExecutor', {
    description: 'register an executor; <audience> is the URI that names it',
    options: [
      option('--title <text>', 'its name for people (default: the audience)'),
      option('--catalogue <file>', 'JSON array of { name, effect, reversible, title, target, arguments, state }'),
      repeatable(
        '--action <name:effect[:reversible]>',
        'one action; a read asks nobody; ends in :reversible or :irreversible where that is known; repeatable',
      ),
      option('--challenge-key <file>', 'public JWK or JWK set with which it signs challenges'),
      option('--generate-challenge-key <file>', 'make such a key and write the private one to a new file'),
      credentialLife,
      reason,
    ],
    examples: [
      'countersign executor add https://forum.example --catalogue forum.json --challenge-key public.jwk',
      'countersign executor add https://forum.example --action forum.read:read --action forum.post:write',
    ],
  }),
  command('executor list', lists, 'listExecutors', { description: 'list executors, their actions and credentials' }),
  command('executor revoke <audience>', byId, 'revokeExecutor', {
    description: 'end an executor and its credentials, at once',
  }),
  command('approver invite <name>', parties, 'inviteApprover', {
    description: 'invite a person to enrol a passkey',
    options: [
      option('--role <role>', `${ROLES.join(', ')}; repeatable (default approver)`).argParser(collectOneOf(ROLES)),
      reason,
    ],
    examples: ['countersign approver invite "Ada Lovelace" --role approver --role auditor'],
  }),
  command('approver list', lists, 'listApprovers', { description: 'list approvers, their roles and passkeys' }),
  command('invitation list', lists, 'listInvitations', { description: 'list open invitations, and until when' }),
  command('invitation withdraw <id>', byId, 'withdrawInvitation', {
    description: 'end the link of an invitation, at once',
  }),
  command('credential add <kind> <subject>', parties, 'addCredential', {
    description: 'make a credential; <kind> is agent, executor, operator or auditor',
    options: [credentialLife, reason],
    examples: ['countersign credential add executor https://forum.example'],
  }),
  command('credential revoke <id>', byId, 'revokeCredential', { description: 'end one credential, at once' }),
  command('token inspect [token]', () => import('./commands/token-inspect.ts'), 'inspectToken', {
    description: 'decode a token and verify it against the authority’s keys; never spends it',
    options: [
      option('--file <file>', 'read the token from a file'),
      option('--call <file>', 'JSON with name, resource and arguments: is the token for exactly this call?'),
    ],
    examples: ['countersign token inspect < token.txt', 'countersign token inspect --file token.txt --call call.json'],
    notes: 'Prefer stdin or --file: arguments are visible to every process of the machine.',
  }),
  command('keys rotate', () => import('./commands/keys-rotate.ts'), 'rotateKeys', {
    description: 'sign new tokens with a new key',
    options: [
      option(
        '--log',
        'the key that signs the log instead: makes one in the data directory, and announces it in the log',
      ),
      reason,
    ],
  }),
  command('audit verify [where]', audit, 'verifyLog', {
    description: 'rebuild the log from its entries, check every signature, and report every fact without a cause',
    options: auditOptions,
    examples: [
      'COUNTERSIGN_URL=https://approve.example COUNTERSIGN_CREDENTIAL=cs_auditor_… countersign audit verify',
      'countersign audit verify ./mirror --vkey approve.example/log+1234abcd+AQ…',
    ],
    notes: `Default address: the authority of --url. Findings end it with 1.
COUNTERSIGN_CREDENTIAL is sent to the authority of COUNTERSIGN_URL alone; another log is read without it.`,
  }),
  command('audit report [where]', audit, 'writeReport', {
    description: 'audit the log and write an HTML report of a period, by default the last whole month',
    options: [
      option('--from <day>', 'first day, such as 2027-01-01, or an instant (default: a month before --to)').argParser(
        instantFrom,
      ),
      option(
        '--to <day>',
        'the day after the last, or an instant (default: now, or the first of this month)',
      ).argParser(instantFrom),
      option('--out <file>', 'where to write it; else to stdout'),
      ...auditOptions,
    ],
    examples: [
      'countersign audit report --out last-month.html',
      'countersign audit report --from 2027-01-01 --to 2027-04-01 --out quarter.html',
    ],
  }),
  command('restored', () => import('./commands/restored.ts'), 'finishRestoring', {
    description: 'after a backup was put back, with the authority stopped: stop all that the backup may have forgotten',
    examples: ['countersign restored', 'DATABASE_URL=postgres://… countersign restored'],
    notes: 'It ends open requests, engages a kill switch on everything, and lets the log go on in another server.',
  }),
  command('proof verify <file>', () => import('./commands/proof-verify.ts'), 'verifyProof', {
    description: 'check that an entry stands in a log, offline',
    options: [
      required('--vkey <key>', 'the log’s key, as its metadata names it'),
      option('--entry <file>', 'the entry’s bytes; else those in the proof'),
      repeatable('--witness <key>', 'a witness’s key; repeatable'),
      option('--witnesses <count>', 'how many of them must have cosigned').argParser(integerBetween(0, 100)),
    ],
    examples: ['countersign proof verify entry.tlog-proof --vkey approve.example/log+1234abcd+AQ…'],
  }),
  command('webhook add <url>', webhooks, 'addWebhook', {
    description: 'send events to an endpoint',
    options: [
      option('--kind <kind>', 'standard (signed, Standard Webhooks) or slack (a chat’s incoming webhook)'),
      option('--event <event...>', EVENTS),
      reason,
    ],
    examples: ['countersign webhook add https://hooks.example/countersign --event request.waiting'],
  }),
  command('webhook list', webhooks, 'listWebhooks', {
    description: 'list endpoints, their key, and recent deliveries',
  }),
  command('webhook remove <id>', byId, 'removeWebhook', { description: 'send an endpoint no more events, at once' }),
  command('webhook replay <delivery>', byId, 'replayDelivery', { description: 'repeat a delivery under the same id' }),
  command('notify test', webhooks, 'testWebhooks', { description: 'send a test to every webhook; list shows them' }),
  command('witness', () => import('./commands/witness.ts'), 'runWitness', {
    description: 'watch logs grow, and cosign checkpoints that continue the last one seen',
    options: [
      required('--name <name>', 'the name of this witness, such as witness.example/w1'),
      repeatable('--log <vkey>', 'the key of a log to watch; repeatable').makeOptionMandatory(),
      option('--folder <folder>', 'where its key and its checkpoints are kept').default('witness'),
      port('--port <port>', 'where to listen').default(8788),
      option('--host <host>', 'where to listen').default('localhost'),
    ],
    examples: ['countersign witness --name witness.example/w1 --log approve.example/log+1234abcd+AQ…'],
  }),
]
=======
export const COMMANDS: readonly CommandRow[] = [...requestTable, ...partyTable, ...auditTable]
>>>>>>> main
