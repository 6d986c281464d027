/** The commands about tokens, keys, the ledger and its proofs, webhooks and witnesses. */
import { instantFrom, integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option, port, repeatable, required } from './command-row.ts'

const auditOptions = [
  option('--vkey <key>', 'the log’s key; else the one pinned on first use'),
  option('--state <folder>', 'where the key, checkpoints and the copy of the log are kept'),
]

const byId = () => import('../commands/by-id.ts')
const audit = () => import('../commands/audit-commands.ts')
const webhooks = () => import('../commands/webhooks.ts')

export const auditTable: readonly CommandRow[] = [
  command('token inspect [token]', () => import('../commands/token-inspect.ts'), 'inspectToken', {
    description: 'decode a token and verify it against the authority’s keys; never spends it',
    options: [
      option('--file <file>', 'read the token from a file'),
      option('--call <file>', 'JSON with name, resource and arguments: is the token for exactly this call?'),
    ],
    examples: ['countersign token inspect < token.txt', 'countersign token inspect --file token.txt --call call.json'],
    notes: 'Prefer stdin or --file: arguments are visible to every process of the machine.',
  }),
  command('token proof [token]', () => import('../commands/token-proof.ts'), 'proveToken', {
    description: 'print the proof (DPoP) that a call to its executor carries beside a token that is bound to a key',
    options: [
      option('--file <file>', 'read the token from a file'),
      required('--key <file>', 'the agent’s private key, as a JWK'),
      required('--address <url>', 'the address of the call'),
      option('--method <method>', 'of the call').default('POST'),
      option('--approval-token', 'the token travels in Approval-Token, not in Authorization'),
    ],
    examples: ['countersign token proof --key agent.jwk --address https://files.example/write < token.txt'],
    notes: 'A proof is good for one call, within a minute.',
  }),
  command('keys rotate', () => import('../commands/keys-rotate.ts'), 'rotateKeys', {
    needs: ['operator'],
    description: 'sign new tokens with a new key',
    options: [
      option(
        '--log',
        'the key that signs the log instead: makes one in the data directory, and announces it in the log',
      ),
      changeReason,
    ],
  }),
  command('audit verify [where]', audit, 'verifyLog', {
    needs: ['auditor'],
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
    needs: ['auditor'],
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
  command('restored', () => import('../commands/restored.ts'), 'finishRestoring', {
    description: 'after a backup was put back, with the authority stopped: stop all that the backup may have forgotten',
    examples: ['countersign restored', 'DATABASE_URL=postgres://… countersign restored'],
    notes: 'It ends open requests, engages a kill switch on everything, and lets the log go on in another server.',
  }),
  command('break-glass', () => import('../commands/break-glass-command.ts'), 'breakGlass', {
    description: 'on the host, when no admin can sign any more: open a one-time way in for a new admin',
    options: [
      option('--reason <text>', 'why; every admin is told'),
      option('--acknowledge <id>', 'end the warning about one, where no admin from before it is left'),
    ],
    examples: ['countersign break-glass --reason "Both admins lost their phones"'],
    notes:
      'It needs the keys and the database of the authority, and works over no network. The link works once, for 15 minutes. The ledger, a message to every admin and a warning on every page say so, until an admin from before it acknowledges it, or the host does with --acknowledge. With the embedded database, stop the authority first.',
  }),
  command('proof verify <file>', () => import('../commands/proof-verify.ts'), 'verifyProof', {
    description: 'check that an entry is in a log, offline',
    options: [
      required('--vkey <key>', 'the log’s key, as its metadata names it'),
      option('--entry <file>', 'the entry’s bytes; else those in the proof'),
      repeatable('--witness <key>', 'a witness’s key; repeatable'),
      option('--witnesses <count>', 'how many of them must have cosigned').argParser(integerBetween(0, 100)),
    ],
    examples: ['countersign proof verify entry.tlog-proof --vkey approve.example/log+1234abcd+AQ…'],
  }),
  command('webhook add <url>', webhooks, 'addWebhook', {
    needs: ['operator'],
    description: 'send events to an endpoint',
    options: [
      option('--kind <kind>', 'standard (signed, Standard Webhooks) or slack (a chat’s incoming webhook)'),
      option(
        '--event <event...>',
        'request.waiting, request.escalated, request.expired, request.approved, request.denied, outcome.reported, killswitch.engaged, breakglass.opened',
      ),
      changeReason,
    ],
    examples: ['countersign webhook add https://hooks.example/countersign --event request.waiting'],
  }),
  command('webhook list', webhooks, 'listWebhooks', {
    needs: ['operator'],
    description: 'list endpoints, the key that verifies signatures, and recent deliveries',
  }),
  command('webhook remove <id>', byId, 'removeWebhook', {
    needs: ['operator'],
    description: 'send an endpoint no more events, at once',
  }),
  command('webhook replay <delivery>', byId, 'replayDelivery', {
    needs: ['operator'],
    description: 'repeat a delivery under the same id',
  }),
  command('notify test', webhooks, 'testWebhooks', {
    needs: ['operator'],
    description: 'send a test to every webhook; webhook list shows its deliveries',
  }),
  command('witness', () => import('../commands/witness.ts'), 'runWitness', {
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
