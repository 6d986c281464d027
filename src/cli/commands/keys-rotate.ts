/** `keys rotate`: a new key that signs tokens, or with `--log` one that signs the log; the old one goes on for a while. */
import { base64urlDecode } from '@countersign/verifier'
import { ED25519, formatNoteKey } from '@countersign/verifier/proof'
import type { Command } from 'commander'
import { keepNextLogKey, newLogKey, nextLogKey } from '../../node/key-files.ts'
import { administer, originOfLog } from '../changes/administer.ts'
import { showChange } from '../changes/show-change.ts'
import { type Context, contextOf } from '../context.ts'
import { Failure } from '../exit.ts'

interface Options {
  readonly reason?: string
  readonly log?: true
}

export const keysRotate = (keys: Command): Command =>
  keys
    .command('rotate')
    .description('sign new tokens with a new key')
    .option('--log', 'the key that signs the log instead: makes one in the data directory, and announces it in the log')
    .option('--reason <text>', 'shown to the admin who consents')
    .action(rotateKeys)

async function rotateKeys(options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  if (options.log) return rotateLogKey(context, options.reason)
  const change = { name: 'countersign.key.rotate', resource: 'keys', arguments: {} } as const
  const done = await administer(context, change, options.reason)
  showChange(context.output, done, { done: `New tokens are signed with the key ${done.subject}.` })
}

/** The private key is made here and stays here: the authority is asked to announce the public one. */
async function rotateLogKey(context: Context, reason: string | undefined): Promise<void> {
  if ((await nextLogKey(context.dataDir)) !== null) {
    throw new Failure('invalid_request', 'A key waits to take over already. Let that one take over first.')
  }
  const jwk = await newLogKey()
  const vkey = await formatNoteKey(await originOfLog(context.client()), ED25519, base64urlDecode(jwk.x))
  const change = { name: 'countersign.key.rotate', resource: 'log', arguments: { log_vkey: vkey } } as const
  const done = await administer(context, change, reason)
  const file = await keepNextLogKey(context.dataDir, jwk)
  showChange(context.output, done, {
    done: `The log announced its new key ${done.subject}.
  It is in ${file}. Restart the authority: from then on both keys sign.
  Once auditors and witnesses know it, move it over log-key.jwk, and restart again.`,
  })
}
