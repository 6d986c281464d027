/** `credential add`: a further credential, to replace one before it ends or to let an auditor in. */
import type { Command } from 'commander'
import { AddCredentialArguments } from '../../authority/changes/party-changes.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

interface Options {
  readonly expiresInDays?: number
  readonly reason?: string
}

export async function addCredential(kind: string, subject: string, options: Options, command: Command): Promise<void> {
  const given = jsonMembers({ kind, subject, expires_in_days: options.expiresInDays })
  if (!AddCredentialArguments.safeParse(given).success) {
    throw usage('The kind must be agent, executor, operator or auditor; the subject names its owner.')
  }
  const resource = `credential:${kind}:${subject}`
  await makeChange(
    contextOf(command),
    { name: 'countersign.credential.add', resource, arguments: given, reason: options.reason },
    {
      done: `${subject} has a further credential.`,
      hint: 'Put it in place, then revoke the one it replaces.',
    },
  )
}
