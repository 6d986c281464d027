/** `break-glass`: on the host, a one-time way in for a new admin, and the end of its warning. */
import type { Command } from 'commander'
import { ConfigError } from '../../authority/config.ts'
import type { Result } from '../../domain/refusal.ts'
import { acknowledgedOnHost, breakGlassOnHost, LogDisagreement } from '../../node/open-on-host.ts'
import { contextOf } from '../context.ts'
import { Failure, usage } from '../exit.ts'

const MOST_OF_A_REASON = 500

interface Given {
  readonly reason?: string
  readonly acknowledge?: string
}

export async function breakGlass({ reason, acknowledge }: Given, command: Command): Promise<void> {
  if ((reason === undefined) === (acknowledge === undefined)) throw usage('Give --reason, or --acknowledge.')
  if (acknowledge !== undefined) return acknowledged(acknowledge, command)
  const given = (reason ?? '').trim()
  if (given === '' || given.length > MOST_OF_A_REASON) {
    throw usage(`--reason: say why, in 1 to ${MOST_OF_A_REASON} characters. Every admin reads it.`)
  }
  const { id, link, expiresAt } = await onHost(breakGlassOnHost(environmentOf(command), given))
  const lines = [
    'Break-glass is open: whoever opens this link within 15 minutes becomes an admin. It works once.',
    `  ${link}`,
    '  Start the authority again where it is stopped, then open the link.',
    '  Every admin is told, and every page warns until an admin from before it acknowledges it.',
  ]
  contextOf(command).output.done({ id, link, expires_at: expiresAt }, lines.join('\n'))
}

async function acknowledged(id: string, command: Command): Promise<void> {
  await onHost(acknowledgedOnHost(environmentOf(command), id))
  contextOf(command).output.done(
    { id },
    'The warning about this break-glass has ended. The ledger says that the host ended it.',
  )
}

function environmentOf(command: Command) {
  const { dataDir, environment } = contextOf(command)
  return { ...environment, COUNTERSIGN_DATA_DIR: dataDir }
}

async function onHost<T>(work: Promise<Result<T>>): Promise<T> {
  const done = await work.catch((error) => {
    throw error instanceof ConfigError || error instanceof LogDisagreement ? usage(error.message) : error
  })
  if (!done.ok) throw new Failure(done.refusal.code, done.refusal.message)
  return done.value
}
