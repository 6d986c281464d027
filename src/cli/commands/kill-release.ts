/** `kill release`: lets go on what a kill switch stopped. An approved action: an admin consents to it. */
import type { Command } from 'commander'
import { administer } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

export const killRelease = (kill: Command): Command =>
  kill
    .command('release <id>')
    .description('release a kill switch, once an admin consents with a passkey')
    .option('--reason <text>', 'why it is safe to go on')
    .action(releaseKillSwitch)

// Both this command and `kill` have a --reason: commander gives it to the parent.
async function releaseKillSwitch(id: string, _: object, command: Command): Promise<void> {
  const { reason } = command.optsWithGlobals<{ readonly reason?: string }>()
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) throw usage('The id has 22 characters, as kill list shows it.')
  if (reason === undefined) throw usage('Say why it is safe: --reason "…".')
  const context = contextOf(command)
  const name = 'countersign.killswitch.release'
  const change = { name, resource: `killswitch:${id}`, arguments: { id, reason } } as const
  const done = `The kill switch ${id} is released. What it revoked stays revoked.`
  showChange(context.output, await administer(context, change, reason), { done })
}
