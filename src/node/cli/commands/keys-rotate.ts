/** `keys rotate`: a new signing key for tokens; the old one stays published as long as its tokens may live. */
import type { Command } from 'commander'
import { administer } from '../administer.ts'
import { contextOf } from '../context.ts'
import { showChange } from '../show-change.ts'

export const keysRotate = (keys: Command): Command =>
  keys
    .command('rotate')
    .description('sign new tokens with a new key')
    .option('--reason <text>', 'shown to the admin who consents')
    .action(rotateKeys)

async function rotateKeys(options: { readonly reason?: string }, command: Command): Promise<void> {
  const context = contextOf(command)
  const change = { name: 'countersign.key.rotate', resource: 'keys', arguments: {} } as const
  const done = await administer(context, change, options.reason)
  showChange(context.output, done, { done: `New tokens are signed with the key ${done.subject}.` })
}
