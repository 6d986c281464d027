/** `approver list`: the people, their roles and their passkeys. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { failureOf } from '../exit.ts'
import { table } from '../terminal/table.ts'

export const approverList = (approver: Command): Command =>
  approver.command('list').description('list approvers, their roles and passkeys').action(listApprovers)

async function listApprovers(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const answer = await client().call('listApprovers')
  if (!answer.ok) throw failureOf(answer.problem)
  const rows = answer.value.approvers.map((approver) => [
    approver.id,
    approver.name ?? '(erased)',
    approver.roles.join(', '),
    approver.runs.join(', ') || '–',
    approver.removed_at === null ? passkeysOf(approver.passkeys) : 'removed',
  ])
  const header = ['APPROVER', 'NAME', 'ROLES', 'RUNS', 'PASSKEYS']
  output.result(answer.value, table(header, rows, { paint: output.paint, nothing: 'There are no approvers yet.' }))
}

const passkeysOf = (passkeys: readonly { readonly label: string; readonly revoked_at: number | null }[]): string =>
  passkeys.map(({ label, revoked_at }) => (revoked_at === null ? label : `${label} (revoked)`)).join(', ') || 'none'
