/** The commands about directories, which name people by SCIM. */
import { integerBetween } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option, repeatable } from './command-row.ts'

const lists = () => import('../commands/lists.ts')
const byId = () => import('../commands/by-id.ts')
const scim = () => import('../commands/scim-commands.ts')

const kept = repeatable('--group <group=name>', 'a group that it keeps, and its name in the directory; repeatable')
const days = option('--days <days>', 'days until the credential ends (default 365)').argParser(integerBetween(1, 730))

export const scimTable: readonly CommandRow[] = [
  command('scim list', lists, 'listDirectories', {
    needs: ['operator'],
    description: 'list the directories that name people by SCIM, and their groups',
  }),
  command('scim people', lists, 'listAwaited', {
    needs: ['operator'],
    description: 'list people whom a directory named, and who are not enrolled',
  }),
  command('scim invite <id>', scim, 'inviteProvisioned', {
    needs: ['operator'],
    description: 'make the link of a person whom a directory named; an admin then confirms their passkey',
  }),
  command('scim add <name>', scim, 'addDirectory', {
    needs: ['operator'],
    description: 'register a directory, once an admin consents with a passkey',
    options: [kept, days, changeReason],
    examples: ['countersign scim add entra --group finance="Finance Approvers"'],
    notes: 'The credential is made here and shown once; the admin consents to its digest.',
  }),
  command('scim edit <name>', scim, 'editDirectory', {
    needs: ['operator'],
    description: 'change the groups that a directory keeps, once an admin consents with a passkey',
    options: [kept, changeReason],
  }),
  command('scim rotate <name>', scim, 'rotateDirectory', {
    needs: ['operator'],
    description: 'give a directory another credential, once an admin consents with a passkey',
    options: [days, changeReason],
  }),
  command('scim revoke <name>', byId, 'revokeDirectory', {
    needs: ['operator'],
    description: 'revoke a directory, at once: its credential no longer works',
  }),
]
