/** `approver invite`: makes a one-time link with which a person enrols their first passkey. */
import type { Command } from 'commander'
import { collectOneOf } from '../arguments/option-values.ts'
import { administer } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'

const ROLES = ['approver', 'admin', 'auditor'] as const

interface Options {
  readonly role?: readonly (typeof ROLES)[number][]
  readonly reason?: string
}

export const approverInvite = (approver: Command): Command =>
  approver
    .command('invite <name>')
    .description('invite a person to enrol a passkey')
    .option('--role <role>', `${ROLES.join(', ')}; repeatable (default approver)`, collectOneOf(ROLES))
    .option('--reason <text>', 'shown to the admin who consents')
    .addHelpText('after', examples('countersign approver invite "Ada Lovelace" --role approver --role auditor'))
    .action(inviteApprover)

async function inviteApprover(name: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const given = { name, ...(options.role ? { roles: [...options.role] } : {}) }
  const change = { name: 'countersign.approver.invite', resource: 'approvers', arguments: given } as const
  showChange(context.output, await administer(context, change, options.reason), {
    done: `${name} is invited. Send the link on a way that only ${name} reads.`,
  })
}
