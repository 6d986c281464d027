/**
 * The context of a command: its output, the authority's address, and clients that call it.
 */
import type { Command } from 'commander'
import { type Client, createClient } from '../client/client.ts'
import {
  addressOf,
  dataDirPassedOver,
  isDefaultAddress,
  type Place,
  secretFor,
  sourceOf,
} from './credential/credential-source.ts'
import { needsOf } from './credential/needs.ts'
import type { Environment } from './credential/profiles.ts'
import { explaining, isWrongKind, unknownWords, withAddresses, wrongKindWords } from './credential/wrong-credential.ts'
import { EXIT, Failure, unreachableWords, unwrap } from './exit.ts'
import { createOutput, type Output } from './terminal/output.ts'

export interface GlobalOptions {
  readonly json?: true
  readonly verbose?: true
  readonly url?: string
  readonly dataDir?: string
  readonly profile?: string
}

/** Undefined where none at hand belongs to the authority and is of a kind that the command is for. */
interface OptionalCredential {
  readonly secret: string | undefined
  /** The reason and the next step, for an authority that refuses. */
  readonly ifRefused: string
}

export interface Context {
  readonly output: Output
  readonly verbose: boolean
  readonly environment: Environment
  /** The origin of the authority. Throws a `Failure` for an address that is none. */
  readonly url: () => string
  /** Whether nothing names that authority, so that it is the default one. */
  readonly isDefaultUrl: () => boolean
  readonly dataDir: string
  readonly anonymous: () => Client
  /** That which belongs to this authority; throws a `Failure` where there is none. */
  readonly credential: () => string
  /** Calls with the credential that belongs to this authority; throws a `Failure` where there is none. */
  readonly client: () => Client
  /** The credential for an authority that may ask for one. */
  readonly credentialAt: (url: string) => OptionalCredential
}

type Needs = ReturnType<typeof needsOf>

/** `where`: the authority, for commands that take it as an argument. */
export function contextOf(command: Command, where?: string): Context {
  const options = command.optsWithGlobals<GlobalOptions>()
  const place = placeOf(options)
  const { environment, dataDir } = place
  const output = outputOf(command)
  const needs = needsOf(command)
  const url = () => addressOf(where ?? options.url, place)
  return {
    output,
    verbose: options.verbose === true,
    environment,
    url,
    isDefaultUrl: () => isDefaultAddress(where ?? options.url, place),
    dataDir,
    anonymous: () => withAddresses(createClient({ origin: url() })),
    credential: () => credentialFor(url(), place),
    client: () => clientAt(url(), place, needs, output),
    credentialAt: (other) => credentialAt(other, place, needs),
  }
}

export function outputOf(command: Command): Output {
  const { json = false } = command.optsWithGlobals<GlobalOptions>()
  return createOutput({ json, stdout: process.stdout, stderr: process.stderr, environment: process.env })
}

function placeOf({ dataDir, profile }: GlobalOptions): Place {
  const environment = process.env
  const given = dataDir ?? (environment['COUNTERSIGN_DATA_DIR'] || undefined)
  return { environment, dataDir: given ?? 'data', isDataDirGiven: given !== undefined, profile }
}

function credentialFor(url: string, place: Place): string {
  const secret = secretFor(url, place)
  if (secret instanceof Failure) throw secret
  return secret
}

function clientAt(url: string, place: Place, needs: Needs, output: Output): Client {
  const secret = credentialFor(url, place)
  const passedOver = dataDirPassedOver(url, place)
  if (passedOver !== undefined) output.note(passedOver)
  const client = createClient({ origin: url, credential: secret })
  return explaining(client, { url, source: sourceOf(place, url), needs, place })
}

function credentialAt(url: string, place: Place, needs: Needs): OptionalCredential {
  const attempt = { url, source: sourceOf(place, url), needs, place }
  const secret = secretFor(url, place)
  if (secret instanceof Failure) return { secret: undefined, ifRefused: secret.message }
  if (isWrongKind(attempt)) return { secret: undefined, ifRefused: wrongKindWords(attempt) }
  return { secret, ifRefused: unknownWords(attempt) }
}

/** The issuer of its tokens, and the audience of its own actions. */
export const issuerOf = (client: Client): Promise<string> => metadataMember(client, 'issuer')

/** The origin of its log, which is also the name of each key of the log. */
export const originOfLog = (client: Client): Promise<string> => metadataMember(client, 'log_origin')

async function metadataMember(client: Client, member: string): Promise<string> {
  const metadata: unknown = unwrap(await client.call('metadata'))
  const value = new Map(Object.entries(metadata ?? {})).get(member)
  if (typeof value === 'string') return value
  throw new Failure(
    'authority_unreachable',
    `${client.origin} does not say that it is an authority. ${unreachableWords(client.origin)}`,
    EXIT.unreachable,
  )
}
