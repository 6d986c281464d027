/** The commands about people. */
import { collectOneOf } from '../arguments/option-values.ts'
import { type CommandRow, changeReason, command, option, repeatable } from './command-row.ts'

const ROLES = ['approver', 'admin', 'auditor'] as const

const lists = () => import('../commands/lists.ts')
const byId = () => import('../commands/by-id.ts')
const erase = () => import('../commands/erase-commands.ts')
const people = () => import('../commands/people-commands.ts')

export const peopleTable: readonly CommandRow[] = [
  command('people list', lists, 'listApprovers', {
    needs: ['operator'],
    description: 'list people, their roles and passkeys',
  }),
  command('people invite <name>', people, 'inviteApprover', {
    needs: ['operator'],
    description: 'make a link with which a person makes a passkey; an admin then confirms it',
    options: [
      option('--role <role>', `${ROLES.join(', ')}; repeatable (default approver)`).argParser(collectOneOf(ROLES)),
    ],
    examples: ['countersign people invite "Ada Lovelace" --role approver --role auditor'],
  }),
  command('people show <id>', people, 'showPerson', {
    needs: ['operator'],
    description: 'show a person: roles, groups, passkeys, sessions, and the agents that they run',
  }),
  command('people roles <id>', people, 'changeRoles', {
    needs: ['operator'],
    description: 'change the roles of a person, once an admin consents with a passkey',
    options: [
      option('--role <role>', `${ROLES.join(', ')}: all that they are to have; repeatable`)
        .argParser(collectOneOf(ROLES))
        .makeOptionMandatory(),
      changeReason,
    ],
    examples: ['countersign people roles 3uVGs0lpzbbC9zhdOWAo0w --role approver --role auditor'],
  }),
  command('people suspend <id>', byId, 'suspendPerson', {
    needs: ['operator'],
    description: 'suspend a person, at once: they have no access, and what they consented to waits again',
  }),
  command('people restore <id>', people, 'restorePerson', {
    needs: ['operator'],
    description: 'let a suspended person back in, once an admin consents with a passkey',
    options: [changeReason],
  }),
  command('people recover <id>', people, 'recoverPerson', {
    needs: ['operator'],
    description: 'make a link with which a person who lost their devices makes a new passkey; others then confirm it',
  }),
  command('people sign-out <id>', byId, 'signOutPerson', {
    needs: ['operator'],
    description: 'end all sessions of a person, at once',
  }),
  command('people revoke-passkey <id> <passkey>', people, 'revokePersonPasskey', {
    needs: ['operator'],
    description: 'revoke a passkey of a person, at once; people show has the ids',
  }),
  command('people remove <id>', people, 'removeApprover', {
    needs: ['operator'],
    description: 'remove a person with everything they may do, once an admin consents with a passkey',
    options: [
      repeatable('--revoke <agent>', 'an agent of theirs that is revoked with them; repeatable'),
      repeatable('--hand-over <agent=person>', 'an agent of theirs, and who runs it from now on; repeatable'),
      changeReason,
    ],
    examples: ['countersign people remove 3uVGs0lpzbbC9zhdOWAo0w --hand-over helpdesk-agent=Zr0bYcX2mGJ4kPvN8sLwQA'],
    notes: 'Each agent that the person runs has to be named. One that is handed over needs another credential.',
  }),
  command('people away', lists, 'listAbsences', {
    needs: ['operator', 'auditor'],
    description: 'list who is away, or will be, until when, and who answers in their place',
  }),
  command('people end-absence <id>', byId, 'endAbsence', {
    needs: ['operator'],
    description: 'end an absence, at once: the deputy no longer answers for the absent person',
  }),
  command('invitation list', lists, 'listInvitations', {
    needs: ['operator'],
    description: 'list open invitations, and until when',
  }),
  command('invitation withdraw <id>', byId, 'withdrawInvitation', {
    needs: ['operator'],
    description: 'end the link of an invitation, at once',
  }),
  command('erase request <id>', erase, 'eraseRequest', {
    needs: ['operator'],
    description: 'erase the texts of one request, once an admin consents with a passkey',
    options: [changeReason],
    examples: ['countersign erase request Zm9ydW0tcG9zdC1zYWx0MA --reason "It held a customer’s address"'],
  }),
  command('erase principal <id>', erase, 'erasePrincipal', {
    needs: ['operator'],
    description: 'erase the name of a principal, and the texts of all requests for them, once an admin consents',
    options: [changeReason],
  }),
  command('erase age <days>', erase, 'eraseByAge', {
    needs: ['operator'],
    description: 'erase the texts of all requests that are older, once an admin consents',
    options: [changeReason],
  }),
]
