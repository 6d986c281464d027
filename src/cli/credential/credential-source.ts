/**
 * The credential of a command, and the one authority that it belongs to: it is sent nowhere else.
 *
 * It comes from a profile, where `login` bound it to an origin; from the environment, where COUNTERSIGN_URL names its
 * authority; or from the data directory, where `serve` writes the origin beside it. Never from an argument, which every
 * process of the machine can read.
 */
import { readFileSync } from 'node:fs'
import { operatorCredentialFile, originFile } from '../../node/key-files.ts'
import { EXIT, Failure, usage } from '../exit.ts'
import { type Environment, type Profile, profileNamed, readProfiles } from './profiles.ts'

const DEFAULT_URL = 'http://localhost:8787'

export interface Place {
  readonly environment: Environment
  readonly dataDir: string
  /** By option or variable. Else `dataDir` is the default, which comes after the profile in use. */
  readonly isDataDirGiven: boolean
  /** The one that `--profile` names. */
  readonly profile: string | undefined
}

/** The one source that a command looks at, whatever it finds there. */
export interface CredentialSource {
  readonly kind: 'profile' | 'environment' | 'data directory'
  readonly secret: string | undefined
  /** The origin that it belongs to; undefined where a data directory does not say. */
  readonly home: string | undefined
  /** In words, for the middle of a sentence. */
  readonly where: string
}

/** `--profile` comes before the environment, then a data directory that was named, the profile in use, and ./data. */
export function sourceOf(place: Place, url?: string): CredentialSource {
  const { environment, dataDir, isDataDirGiven, profile } = place
  if (profile !== undefined) return ofProfile(profileNamed(readProfiles(environment), profile))
  if (environment['COUNTERSIGN_CREDENTIAL']) return ofEnvironment(environment)
  const inUse = isDataDirGiven ? undefined : profileInUse(environment)
  if (inUse !== undefined && (url === undefined || inUse.url === url)) return ofProfile(inUse)
  return ofDataDir(dataDir)
}

export function profileInUse(environment: Environment): Profile | undefined {
  const { inUse, profiles } = readProfiles(environment)
  return profiles.find(({ name }) => name === inUse)
}

const ofProfile = ({ name, url, credential }: Profile): CredentialSource => ({
  kind: 'profile',
  secret: credential,
  home: url,
  where: `the credential of the profile ${name}`,
})

/** The data directory has no say about its home: it may be anybody's. */
const ofEnvironment = (environment: Environment): CredentialSource => ({
  kind: 'environment',
  secret: environment['COUNTERSIGN_CREDENTIAL'],
  home: originOf(environment['COUNTERSIGN_URL'] || DEFAULT_URL),
  where: 'COUNTERSIGN_CREDENTIAL',
})

export const ofDataDir = (dataDir: string): CredentialSource => ({
  kind: 'data directory',
  secret: readIfAny(operatorCredentialFile(dataDir)),
  home: readIfAny(originFile(dataDir)),
  where: `the credential in ${operatorCredentialFile(dataDir)}`,
})

/** A sentence where the profile in use comes before a ./data that belongs to another authority. */
export function dataDirPassedOver(url: string, place: Place): string | undefined {
  const isInUse = place.profile === undefined && sourceOf(place, url).kind === 'profile'
  const { home } = ofDataDir(place.dataDir)
  if (!isInUse || home === undefined || home === url) return undefined
  return `The profile in use is for ${url}. --data-dir ${place.dataDir} calls ${home} instead.`
}

/** `given`: the option. Without one, the authority that the credential at hand belongs to. */
export const addressOf = (given: string | undefined, place: Place): string =>
  originOf(namedAddress(given, place) ?? DEFAULT_URL)

/** Whether nothing says which authority is meant. */
export const isDefaultAddress = (given: string | undefined, place: Place): boolean =>
  namedAddress(given, place) === undefined

function namedAddress(given: string | undefined, place: Place): string | undefined {
  const variable = place.profile === undefined ? place.environment['COUNTERSIGN_URL'] || undefined : undefined
  return given ?? variable ?? sourceOf(place).home
}

/** A `Failure` says where to put a credential, or why the one at hand is not sent to `url`. */
export function secretFor(url: string, place: Place): string | Failure {
  const refused = refusalOfPlainHttp(url)
  if (refused !== undefined) return new Failure('unauthenticated', refused, EXIT.usage)
  const source = sourceOf(place, url)
  const { secret, home } = source
  if (secret !== undefined && home === url) return secret
  return new Failure('unauthenticated', wordsFor(url, source, place), EXIT.usage)
}

function wordsFor(url: string, source: CredentialSource, { dataDir }: Place): string {
  const { kind, secret, home } = source
  const where = sentence(source.where)
  if (secret === undefined) {
    const file = operatorCredentialFile(dataDir)
    return `No credential: set COUNTERSIGN_CREDENTIAL, run countersign login, or run this where ${file} can be read; --data-dir says where else to look.`
  }
  if (home === undefined) {
    return `${where} does not say which authority it belongs to: start that authority once, it writes ${originFile(dataDir)}. ${instead(url)}`
  }
  const next =
    kind === 'environment' ? `If it is a credential of ${url}, set COUNTERSIGN_URL=${url} beside it.` : instead(url)
  return `${where} belongs to ${home}, and is not sent to ${url}. ${next}`
}

/** Words where a credential would travel unencrypted: http is for this machine alone, as it is for an authority's origin. */
export function refusalOfPlainHttp(url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return undefined
  return `No credential is sent to ${url}: everybody on the way could read it. Use https, or http on localhost.`
}

const LOOPBACK = /^((.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

const instead = (url: string) =>
  `To call ${url}, run countersign login ${url}, or set COUNTERSIGN_URL to it and COUNTERSIGN_CREDENTIAL to a credential of it.`

export const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

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
