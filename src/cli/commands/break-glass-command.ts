/** `break-glass`: on the host, a one-time way in for a new admin. */
import type { Command } from 'commander'
import { ConfigError } from '../../authority/config.ts'
import { breakGlassOnHost, LogDisagreement } from '../../node/open-on-host.ts'
import { contextOf } from '../context.ts'
import { Failure, usage } from '../exit.ts'

const MOST_OF_A_REASON = 500

export async function breakGlass({ reason }: { readonly reason: string }, command: Command): Promise<void> {
  const { output, dataDir, environment } = contextOf(command)
  const given = reason.trim()
  if (given === '' || given.length > MOST_OF_A_REASON) {
    throw usage(`--reason: say why, in 1 to ${MOST_OF_A_REASON} characters. Every admin reads it.`)
  }
  const opened = await breakGlassOnHost({ ...environment, COUNTERSIGN_DATA_DIR: dataDir }, given).catch((error) => {
    throw error instanceof ConfigError || error instanceof LogDisagreement ? usage(error.message) : error
  })
  if (!opened.ok) throw new Failure(opened.refusal.code, opened.refusal.message)
  const { id, link, expiresAt } = opened.value
  const lines = [
    'Break-glass is open: whoever opens this link within 15 minutes becomes an admin. It works once.',
    `  ${link}`,
    '  Every admin is told, and every page warns until an admin other than that one acknowledges it.',
  ]
  output.done({ id, link, expires_at: expiresAt }, lines.join('\n'))
}
