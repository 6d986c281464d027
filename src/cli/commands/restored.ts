/** `restored`: makes an authority safe to start after a backup was put back. */
import type { Command } from 'commander'
import { ConfigError } from '../../authority/config.ts'
import { finishRestore } from '../../node/finish-restore.ts'
import { contextOf } from '../context.ts'
import { Failure, usage } from '../exit.ts'

export async function finishRestoring(_: object, command: Command): Promise<void> {
  const { output, dataDir, environment } = contextOf(command)
  const restored = await finishRestore({ ...environment, COUNTERSIGN_DATA_DIR: dataDir }).catch((error) => {
    throw error instanceof ConfigError ? usage(error.message) : error
  })
  if (!restored.ok) throw new Failure(restored.refusal.code, restored.refusal.message)
  const { adopted, ended, killswitch } = restored.value
  const lines = [
    `Everything is stopped, and ${ended} open ${ended === 1 ? 'request was' : 'requests were'} ended.${adopted ? ' The log goes on in this server.' : ''}`,
    '  Start the authority. What was revoked since the backup is valid again: revoke it once more, then',
    `  countersign kill release ${killswitch}`,
  ]
  output.done({ adopted, ended, killswitch }, lines.join('\n'))
}
