/** The commands that run the authority, propose actions, list what was asked, and stop. */
import { STORIES } from '../../demo/story-names.ts'
import { compileEngine } from '../../node/embedded-engine.ts'
import { holdYoungGeneration } from '../../node/young-generation.ts'
import { integerBetween } from '../arguments/option-values.ts'
import { REQUEST_FILTER } from '../arguments/request-filter-options.ts'
import { type CommandRow, command, option, port, repeatable, required } from './command-row.ts'

const lists = () => import('../commands/lists.ts')
const kill = () => import('../commands/kill.ts')
const byId = () => import('../commands/by-id.ts')

/** The engine of the embedded database compiles meanwhile. */
const serve = () => {
  if (!process.env['DATABASE_URL']) void compileEngine()
  holdYoungGeneration()
  return import('../commands/serve.ts')
}

export const requestTable: readonly CommandRow[] = [
  command('serve', serve, 'runServer', {
    description: 'run the authority; settings are COUNTERSIGN_* variables',
    examples: [
      'countersign serve',
      'COUNTERSIGN_ORIGIN=https://approve.example DATABASE_URL=postgres://… countersign serve',
    ],
  }),
  command('demo', () => import('../commands/demo.ts'), 'playDemo', {
    description:
      'see an agent refused, approved, and refused again, another stopped half-way, and a third edit a file by MCP; with --json, a step a line',
    options: [
      option('--story <story>', 'play this story alone').choices(STORIES),
      option('--auto', 'let a headless Chromium with a virtual passkey play the person'),
      option('--keep <folder>', 'then leave everything running, and write what is needed to use it to demo.json'),
      port('--port <port>', 'of the authority; 0 for a free one').default(0),
      port('--forum-port <port>', 'of the forum; 0 for a free one').default(0),
      port('--mailbox-port <port>', 'of the mailbox; 0 for a free one').default(0),
    ],
    examples: ['countersign demo', 'countersign demo --auto --keep playground'],
  }),
  command('doctor [where]', () => import('../commands/doctor.ts'), 'runDoctor', {
    description: 'examine a set-up, with an operator’s credential its inside too; anything to mend ends it with 1',
    examples: ['countersign doctor', 'countersign doctor https://approve.example'],
  }),
  command('request <action>', () => import('../commands/request.ts'), 'requestAction', {
    needs: ['agent'],
    description: 'propose an action, wait for a person to answer, and collect the token',
    options: [
      required('--executor <audience>', 'the executor that would carry it out'),
      required('--resource <resource>', 'what it acts upon'),
      repeatable('--arg <key=value>', 'an argument as text, or key:=value as JSON; repeatable'),
      option('--args-json <json>', 'all arguments as one JSON object'),
      option('--reason <text>', 'why; the approver sees it as your words'),
      option('--for <principal>', 'on whose behalf (default: the first the agent is registered for)'),
      option('--expires-in <seconds>', 'how long it may wait for its answer').argParser(integerBetween(10, 86_400)),
      option('--key <file>', 'the agent’s private key as a JWK, made where there is none: the token is bound to it'),
      option('--grant <id>', 'the grant that covers the call: where it does not, nobody is asked'),
      option('--print-token', 'print the token itself, alone on stdout'),
    ],
    examples: [
      'countersign request forum.post --executor https://forum.example --resource forum:eng/threads/42 \\\n' +
        '      --arg board=eng --arg thread:=42 --arg text="Restart the router." --reason "The user asked twice"',
    ],
    notes: 'A call under a grant needs --key, with the key that the grant was asked for with.',
  }),
  command('grant request <action>', () => import('../commands/grant-request.ts'), 'requestGrant', {
    needs: ['agent'],
    description: 'ask people for a series of calls before the first of them, and wait for their answer',
    options: [
      required('--executor <audience>', 'the executor that would carry them out'),
      required('--resource <resource>', 'what they act upon'),
      required('--key <file>', 'the agent’s private key as a JWK, made where there is none: its calls are bound to it'),
      option('--uses <number>', 'how many calls').argParser(integerBetween(1, 1000)).default(10),
      repeatable('--arg <key=value>', 'an argument that is the same in every call, or key:=value as JSON; repeatable'),
      option('--args-json <json>', 'all arguments that are the same, as one JSON object'),
      repeatable(
        '--bound <argument.kind=value>',
        'how far an argument may differ: equals, oneOf, prefix, max or sum; repeatable',
      ),
      option('--reason <text>', 'why; the approver sees it as your words'),
      option('--for <principal>', 'on whose behalf (default: the first the agent is registered for)'),
      option('--expires-in <seconds>', 'when it ends: within eight hours').argParser(integerBetween(10, 28_800)),
    ],
    examples: [
      'countersign grant request file.write --executor https://files.example --resource repo:shop --key agent.jwk \\\n' +
        '      --uses 40 --bound path.prefix=src/ --reason "The refactoring touches about forty files"',
      'countersign grant request order.pay --executor https://shop.example --resource account:ci --key agent.jwk \\\n' +
        '      --arg to=runner --arg currency=EUR --bound amount.max:=20 --bound amount.sum:=100',
    ],
  }),
  command('requests', () => import('../commands/requests.ts'), 'listRequests', {
    needs: ['agent', 'executor', 'operator', 'auditor'],
    description: 'list requests, newest first: who asked, for whom, who answered, what became of it',
    options: REQUEST_FILTER,
    examples: [
      'countersign requests --state pending',
      'countersign requests --answered-by "Ada Lovelace" --outcome failed --from 2027-01-01 --json',
    ],
  }),
  command('requests show <id>', () => import('../commands/request-show.ts'), 'showRequest', {
    needs: ['agent', 'operator', 'auditor'],
    description:
      'show one request: its decision and terms, who consented, what became of it, and what approvers changed',
    examples: ['countersign requests show Zm9ydW0tcG9zdC1zYWx0MA'],
    notes: 'Sensitive arguments are masked; for an operator all are.',
  }),
  command('grants', lists, 'listGrants', {
    needs: ['agent', 'operator'],
    description: 'list grants with calls left: one consent for a series of calls',
    notes: 'End one with: countersign revoke request <id>',
    examples: ['countersign grants'],
  }),
  command('review', lists, 'reviewAccess', {
    needs: ['operator'],
    description: 'what agents and executors were allowed, used, and did not use',
    notes: `Each figure is of 30 days / of 90 days. Take unused access away: revoke the agent or the
credential, or remove the action on the page /review.`,
  }),
  command('kill', kill, 'engageKillSwitch', {
    needs: ['operator'],
    description: 'stop what matches all that is given, at once: nothing of it is approved, collected or executed',
    options: [
      option('--agent <id>', 'an agent, anywhere in the chain'),
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
  command('kill list', kill, 'listKillSwitches', {
    needs: ['operator', 'auditor'],
    description: 'list kill switches, active ones first',
  }),
  command('kill show <id>', kill, 'showKillSwitch', {
    needs: ['operator', 'auditor'],
    description: 'show one kill switch, and which executors confirmed it',
  }),
  command('kill release <ids...>', kill, 'releaseKillSwitch', {
    needs: ['operator'],
    description: 'release one or several kill switches, once an admin consents with a passkey',
    options: [option('--reason <text>', 'why it is safe to go on')],
  }),
  command('revoke token <jti>', byId, 'revokeToken', {
    needs: ['operator'],
    description: 'revoke one token by its jti; token inspect shows it',
  }),
  command('revoke request <id>', byId, 'revokeRequest', {
    needs: ['operator'],
    description: 'end one request, waiting or approved, with the token it led to',
  }),
  command('mcp', () => import('../commands/mcp.ts'), 'runGateway', {
    description: 'stand in front of MCP servers: calls of tools pass, wait for people or are refused, as policy says',
    options: [
      required('--config <file>', 'the servers, the agents, and where their secrets are'),
      option('--publish', 'publish the tools of the servers for approval, and end'),
      option('--print-catalogue', 'print the tools of the servers as a catalogue, and end: for executor add'),
    ],
    examples: [
      'countersign mcp --config gateway.json --print-catalogue > tools.json',
      'countersign mcp --config gateway.json',
    ],
  }),
]
