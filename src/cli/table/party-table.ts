/** The commands about agents, executors, their credentials, and those kept on this machine. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option, repeatable, required } from './command-row.ts'

const credentialLife = option('--expires-in-days <days>', 'life of its credential (default 90)').argParser(
  integerBetween(1, 365),
)

const agentMembers = [
  repeatable('--executor <audience>', 'an executor at which it may act; repeatable'),
  repeatable('--group <name>', 'a group that policies know it by; repeatable'),
  option('--run-by <approver>', 'the approver who runs it: their own consent then needs self-approval'),
]

const lists = () => import('../commands/lists.ts')
const byId = () => import('../commands/by-id.ts')
const groups = () => import('../commands/group-commands.ts')
const profiles = () => import('../commands/profile-commands.ts')
const parties = () => import('../commands/party-commands.ts')

export const partyTable: readonly CommandRow[] = [
  command('agent add <id>', parties, 'addAgent', {
    needs: ['operator'],
    description: 'register an agent',
    options: [
      repeatable(
        '--principal <id>',
        'a person or service on whose behalf it may ask (default: itself); repeatable, the first is the default',
      ),
      ...agentMembers,
      credentialLife,
      changeReason,
    ],
    examples: ['countersign agent add helpdesk-agent --principal dana --executor https://forum.example'],
  }),
  command('agent edit <id>', () => import('../commands/agent-edit.ts'), 'editAgent', {
    needs: ['operator'],
    description: 'change an agent, as it is now, once an admin consents with a passkey',
    options: [
      repeatable('--principal <id>', 'a person or service on whose behalf it may ask from now on; repeatable'),
      ...agentMembers,
      changeReason,
    ],
    examples: ['countersign agent edit helpdesk-agent --executor https://forum.example'],
  }),
  command('agent list', lists, 'listAgents', {
    needs: ['operator'],
    description: 'list agents and the state of their credentials',
  }),
  command('agent task <id>', () => import('../commands/agent-task.ts'), 'linkToTask', {
    description: 'print the page on which a task of an agent is opened, with the passkey of its principal',
  }),
  command('agent tasks', lists, 'listTasks', {
    needs: ['operator'],
    description: 'list the tasks for which agents may propose now, and until when',
  }),
  command('agent end-task <id>', byId, 'endTask', {
    needs: ['operator', 'agent'],
    description: 'end the task of an agent, its open requests and its unspent tokens, at once',
  }),
  command('agent reach <id>', () => import('../commands/agent-reach.ts'), 'showReach', {
    needs: ['operator'],
    description: 'show the worst that an agent could do today: each action, and whose consent it would need at least',
  }),
  command('agent revoke <id>', byId, 'revokeAgent', {
    needs: ['operator'],
    description: 'end an agent, its credentials, its open requests and its live tokens, at once',
  }),
  command('executor add <audience>', parties, 'addExecutor', {
    needs: ['operator'],
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
      changeReason,
    ],
    examples: [
      'countersign executor add https://forum.example --catalogue forum.json --challenge-key public.jwk',
      'countersign executor add https://forum.example --action forum.read:read --action forum.post:write',
    ],
  }),
  command('executor edit <audience>', () => import('../commands/executor-edit.ts'), 'editExecutor', {
    needs: ['operator'],
    description: 'change an executor, as it is now, once an admin consents with a passkey',
    options: [
      option('--title <text>', 'its new name for people'),
      option('--catalogue <file>', 'the whole new catalogue'),
      repeatable('--action <name:effect[:reversible]>', 'add this action, or put it in the place of one; repeatable'),
      repeatable('--remove-action <name>', 'take this action away; repeatable'),
      option('--challenge-key <file>', 'public JWK or JWK set, in the place of its present keys'),
      option('--generate-challenge-key <file>', 'make such a key and write the private one to a new file'),
      changeReason,
    ],
    examples: ['countersign executor edit https://forum.example --action forum.pin:write:reversible'],
  }),
  command('executor list', lists, 'listExecutors', {
    needs: ['operator'],
    description: 'list executors, their actions and credentials; with --json each action of a long catalogue, too',
  }),
  command('executor revoke <audience>', byId, 'revokeExecutor', {
    needs: ['operator'],
    description: 'end an executor and its credentials, at once',
  }),
  command('group add <name>', groups, 'addGroup', {
    needs: ['operator'],
    description: 'make a group of people that policies can ask, once an admin consents',
    options: [repeatable('--member <approver>', 'id of an approver; repeatable'), changeReason],
    examples: ['countersign group add finance --member 4CzxJHcG4vN1hzqQp8hA3w'],
  }),
  command('group edit <name>', groups, 'editGroup', {
    needs: ['operator'],
    description: 'change who is in a group, as it is now, once an admin consents',
    options: [
      repeatable('--add <approver>', 'take this approver in; repeatable'),
      repeatable('--remove <approver>', 'take this approver out; repeatable'),
      changeReason,
    ],
    examples: ['countersign group edit finance --remove 4CzxJHcG4vN1hzqQp8hA3w'],
  }),
  command('group remove <name>', groups, 'removeGroup', {
    needs: ['operator'],
    description: 'remove a group, once an admin consents; requests that ask it wait until they expire',
    options: [changeReason],
  }),
  command('group list', lists, 'listGroups', {
    needs: ['operator'],
    description: 'list groups and their members',
  }),
  command('credential add <kind> <subject>', parties, 'addCredential', {
    needs: ['operator'],
    description: 'make a credential; <kind> is agent, executor, operator or auditor',
    options: [credentialLife, changeReason],
    examples: ['countersign credential add executor https://forum.example'],
  }),
  command('credential revoke <id>', byId, 'revokeCredential', {
    needs: ['operator'],
    description: 'end one credential, at once; the lists of agents and executors show the ids',
  }),
  command('login [url]', profiles, 'logIn', {
    description: 'keep a credential for an authority, read from a prompt or from stdin, as a profile',
    examples: [
      'countersign login https://approve.example --profile work',
      'countersign login http://localhost:8787 < data/operator-credential',
    ],
    notes: `The authority is asked whose credential it is; nothing is kept before. --profile names the profile
(default: the host), and commands use it from then on.`,
  }),
  command('profile list', profiles, 'listProfiles', { description: 'list profiles, without their secrets' }),
  command('profile use [name]', profiles, 'chooseProfile', {
    description: 'use a profile in commands that name no other credential; without a name, none',
  }),
  command('profile remove <name>', profiles, 'removeProfile', {
    description: 'forget a profile on this machine; its credential stays valid',
  }),
  command('completion <shell>', () => import('../commands/completion.ts'), 'printCompletion', {
    description: 'print a script that completes commands and options; <shell> is bash, zsh or fish',
    examples: [
      'source <(countersign completion bash)',
      'countersign completion fish > ~/.config/fish/completions/countersign.fish',
    ],
  }),
  command('proxy', () => import('../commands/proxy.ts'), 'runProxy', {
    description: 'stand before an executor that embeds no verifier: pass on each call that a token approves exactly',
    options: [required('--config <file>', 'its routes, its upstream, and the names of its secrets')],
    examples: ['FILES_CREDENTIAL=cs_executor_… countersign proxy --config proxy.json'],
    notes: 'The guide “Integrate” has the configuration, under “Executors that embed nothing”.',
  }),
]
