/** `keys rotate`: a new key that signs tokens, or with `--log` one that signs the log; the old one overlaps for a while. */
import { base64urlDecode } from '@countersign/verifier'
import { ED25519, formatNoteKey } from '@countersign/verifier/proof'
import type { Command } from 'commander'
import { keepNextLogKey, newLogKey, nextLogKey } from '../../node/key-files.ts'
import { administer, showChange } from '../changes/administer.ts'
import { type Context, contextOf, originOfLog } from '../context.ts'
import { Failure } from '../exit.ts'

interface Options {
  readonly reason?: string
  readonly log?: true
}

export async function rotateKeys({ log, reason }: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  if (log) return rotateLogKey(context, reason)
  const change = await administer(context, { name: 'countersign.key.rotate', resource: 'keys', arguments: {}, reason })
  showChange(context.output, change, { done: `New tokens are signed with the key ${change.subject}.` })
}

/** The private key is made here and stays here: the authority is asked to announce the public one. */
async function rotateLogKey(context: Context, reason: string | undefined): Promise<void> {
  if ((await nextLogKey(context.dataDir)) !== null) {
    throw new Failure('invalid_request', 'A key waits to take over already. Let that one take over first.')
  }
  const jwk = await newLogKey()
  const vkey = await formatNoteKey(await originOfLog(context.client()), ED25519, base64urlDecode(jwk.x))
  const change = await administer(context, {
    name: 'countersign.key.rotate',
    resource: 'log',
    arguments: { log_vkey: vkey },
    reason,
  })
  const file = await keepNextLogKey(context.dataDir, jwk)
  showChange(context.output, change, {
    done: `The log announced its new key ${change.subject}.
  It is in ${file}. Restart the authority: from then on both keys sign.
  Once auditors and witnesses know it, move it over log-key.jwk, and restart again.`,
  })
}
