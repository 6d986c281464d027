/**
 * The context of a command: its output, the authority's address, and the credential for its calls.
 *
 * A credential comes from the environment or from the data directory, never from an argument: arguments are visible to
 * every process of the machine and stay in the shell's history.
 */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Client, createClient } from '../client/client.ts'
import { operatorCredentialFile } from '../node/key-files.ts'
import { EXIT, Failure, unwrap, usage } from './exit.ts'
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
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly url: string
  readonly dataDir: string
  readonly anonymous: () => Client
  /** Calls with the credential at hand; throws a `Failure` that says where to put one. */
  readonly client: () => Client
}

export function contextOf(command: Command): Context {
  const options = command.optsWithGlobals<GlobalOptions>()
  const environment = process.env
  const url = originOf(options.url ?? (environment['COUNTERSIGN_URL'] || 'http://localhost:8787'))
  const dataDir = options.dataDir ?? (environment['COUNTERSIGN_DATA_DIR'] || 'data')
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
    client: () =>
      createClient({ origin: url, credential: credentialOf(environment['COUNTERSIGN_CREDENTIAL'], dataDir) }),
  }
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') throw usage(`${url} is not an http or https URL.`)
  if (parsed.pathname !== '/' || parsed.search || parsed.hash || parsed.username) {
    throw usage(`${url} has more than scheme, host and port. Give the origin alone, such as ${parsed.origin}.`)
  }
  return parsed.origin
}

function credentialOf(given: string | undefined, dataDir: string): string {
  if (given) return given
  const file = operatorCredentialFile(dataDir)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new Failure(
      'unauthenticated',
      `No credential: set COUNTERSIGN_CREDENTIAL, or run this where ${file} can be read; --data-dir says where else to look.`,
      EXIT.usage,
    )
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
