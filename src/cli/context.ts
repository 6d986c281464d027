/**
 * The context of a command: its output, the authority's address, and clients that call it.
 */
import type { Command } from 'commander'
import { type Client, createClient } from '../client/client.ts'
import { addressOf, credentialFor, type Environment } from './bound-credential.ts'
import { EXIT, Failure, unwrap } from './exit.ts'
import { createOutput, type Output } from './terminal/output.ts'

export interface GlobalOptions {
  readonly json?: true
  readonly verbose?: true
  readonly url?: string
  readonly dataDir?: string
}

export interface Context {
  readonly output: Output
  readonly verbose: boolean
  readonly environment: Environment
  readonly url: string
  readonly dataDir: string
  readonly anonymous: () => Client
  /** That which belongs to this authority; throws a `Failure` where there is none. */
  readonly credential: () => string
  /** Calls with the credential that belongs to this authority; throws a `Failure` where there is none. */
  readonly client: () => Client
}

/** `where`: the authority, for commands that take it as an argument. */
export function contextOf(command: Command, where?: string): Context {
  const options = command.optsWithGlobals<GlobalOptions>()
  const environment = process.env
  const dataDir = options.dataDir ?? (environment['COUNTERSIGN_DATA_DIR'] || 'data')
  const place = { environment, dataDir }
  const url = addressOf(where ?? options.url, place)
  return {
    output: createOutput({
      json: options.json === true,
      stdout: process.stdout,
      stderr: process.stderr,
      environment,
    }),
    verbose: options.verbose === true,
    environment,
    url,
    dataDir,
    anonymous: () => createClient({ origin: url }),
    credential: () => credentialFor(url, place),
    client: () => createClient({ origin: url, credential: credentialFor(url, place) }),
  }
}

/** The issuer of its tokens, and the audience of its own actions. */
export const issuerOf = (client: Client): Promise<string> => metadataMember(client, 'issuer')

/** The origin of its log, which is also the name of each key of the log. */
export const originOfLog = (client: Client): Promise<string> => metadataMember(client, 'log_origin')

async function metadataMember(client: Client, member: string): Promise<string> {
  const metadata: unknown = unwrap(await client.call('metadata'))
  const value = new Map(Object.entries(metadata ?? {})).get(member)
  if (typeof value === 'string') return value
  throw new Failure('authority_unreachable', `${client.origin} does not say that it is an authority.`, EXIT.unreachable)
}
