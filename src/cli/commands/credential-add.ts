/** `credential add`: a further credential, to replace one before it ends or to let an auditor in. */
import type { Command } from 'commander'
import { AddCredentialArguments } from '../../api/schemas.ts'
import { integerBetween } from '../arguments/option-values.ts'
import { administer } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { usage } from '../exit.ts'

interface Options {
  readonly expiresInDays?: number
  readonly reason?: string
}

export const credentialAdd = (credential: Command): Command =>
  credential
    .command('add <kind> <subject>')
    .description('make a credential; <kind> is agent, executor, operator or auditor')
    .option('--expires-in-days <days>', 'its life (default 90)', integerBetween(1, 365))
    .option('--reason <text>', 'shown to the admin who consents')
    .addHelpText('after', examples('countersign credential add executor https://forum.example'))
    .action(addCredential)

async function addCredential(kind: string, subject: string, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const days = options.expiresInDays === undefined ? {} : { expires_in_days: options.expiresInDays }
  const given = { kind, subject, ...days }
  if (!AddCredentialArguments.safeParse(given).success) {
    throw usage('The kind must be agent, executor, operator or auditor; the subject names whose it is.')
  }
  const resource = `credential:${kind}:${subject}`
  const change = { name: 'countersign.credential.add', resource, arguments: given } as const
  showChange(context.output, await administer(context, change, options.reason), {
    done: `${subject} has a further credential.`,
    hint: 'Put it in place, then revoke the one it replaces.',
  })
}
