/** `kill release`: ends a kill switch. An approved action: an admin consents to it. */
import type { Command } from 'commander'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

// Both this command and `kill` have a --reason: commander gives it to the parent.
export async function releaseKillSwitch(id: string, _: object, command: Command): Promise<void> {
  const { reason } = command.optsWithGlobals<{ readonly reason?: string }>()
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) throw usage('The id has 22 characters, as kill list shows it.')
  if (reason === undefined) throw usage('Say why it is safe: --reason "…".')
  await makeChange(
    contextOf(command),
    { name: 'countersign.killswitch.release', resource: `killswitch:${id}`, arguments: { id, reason }, reason },
    { done: `The kill switch ${id} is released. What it revoked stays revoked.` },
  )
}
