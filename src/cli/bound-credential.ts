/**
 * The credential of a command, and the one authority that it belongs to: it is sent nowhere else.
 *
 * A credential comes from the environment, where COUNTERSIGN_URL names its authority, or from the data directory, where
 * `serve` writes the origin beside it; never from an argument, which every process of the machine can read.
 */
import { readFileSync } from 'node:fs'
import { operatorCredentialFile, originFile } from '../node/key-files.ts'
import { EXIT, Failure, usage } from './exit.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_URL = 'http://localhost:8787'

export interface Place {
  readonly environment: Environment
  readonly dataDir: string
}

/** `given`: the option. Without one, the authority that the credential at hand belongs to. */
export function addressOf(given: string | undefined, { environment, dataDir }: Place): string {
  const named = given ?? (environment['COUNTERSIGN_URL'] || undefined)
  if (named !== undefined || environment['COUNTERSIGN_CREDENTIAL']) return originOf(named ?? DEFAULT_URL)
  return originOf(readIfAny(originFile(dataDir)) ?? DEFAULT_URL)
}

/** The authority that COUNTERSIGN_CREDENTIAL belongs to. The data directory has no say: it may be anybody's. */
const homeOf = (environment: Environment): string => originOf(environment['COUNTERSIGN_URL'] || DEFAULT_URL)

/** COUNTERSIGN_CREDENTIAL where it belongs to `url`; undefined elsewhere. */
export function environmentCredential(url: string, environment: Environment): string | undefined {
  return homeOf(environment) === url ? environment['COUNTERSIGN_CREDENTIAL'] || undefined : undefined
}

/** Words for a command that may not use COUNTERSIGN_CREDENTIAL at `url`. */
export const notSentTo = (url: string, environment: Environment): string =>
  `COUNTERSIGN_CREDENTIAL belongs to ${homeOf(environment)}, and is not sent to ${url}. If it is a credential of ${url}, set COUNTERSIGN_URL=${url} beside it.`

/** Throws a `Failure` that says where to put a credential, or why the one at hand is not sent to `url`. */
export function credentialFor(url: string, { environment, dataDir }: Place): string {
  const refuse = (message: string) => new Failure('unauthenticated', message, EXIT.usage)
  if (environment['COUNTERSIGN_CREDENTIAL']) {
    const credential = environmentCredential(url, environment)
    if (credential === undefined) throw refuse(notSentTo(url, environment))
    return credential
  }
  const file = operatorCredentialFile(dataDir)
  const credential = readIfAny(file)
  if (credential === undefined) {
    throw refuse(
      `No credential: set COUNTERSIGN_CREDENTIAL, or run this where ${file} can be read; --data-dir says where else to look.`,
    )
  }
  const home = readIfAny(originFile(dataDir))
  if (home === url) return credential
  const instead = `To call ${url}, set COUNTERSIGN_URL to it and COUNTERSIGN_CREDENTIAL to a credential of it.`
  throw refuse(
    home === undefined
      ? `${file} does not say which authority it belongs to: start that authority once, it writes ${originFile(dataDir)}. ${instead}`
      : `The credential in ${file} belongs to ${home}, and is not sent to ${url}. ${instead}`,
  )
}

export function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') throw usage(`${url} is not an http or https URL.`)
  if (parsed.pathname !== '/' || parsed.search || parsed.hash || parsed.username) {
    throw usage(`${url} has more than scheme, host and port. Give the origin alone, such as ${parsed.origin}.`)
  }
  return parsed.origin
}

function readIfAny(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
