/**
 * Words for a call that was refused because of its credential: which one it was, and how to go on.
 *
 * A credential says its own kind; that it is one of this authority, only the authority knows.
 */
import { type Answer, type Client, NO_ANSWER, type Problem } from '../../client/client.ts'
import { kindOfCredential } from '../../domain/identity/credential.ts'
import type { CredentialKind } from '../../domain/identity/parties.ts'
import { unreachableWords } from '../exit.ts'
import { type CredentialSource, ofDataDir, type Place, sentence } from './credential-source.ts'
import { usableProfiles } from './profiles.ts'

/** A credential that a command called `url` with, and the kinds that the command is for. */
export interface Attempt {
  readonly url: string
  readonly source: CredentialSource
  readonly needs: readonly CredentialKind[]
  readonly place: Place
}

/** The same client, whose refusals name the credential that was refused. */
export const explaining = (client: Client, attempt: Attempt): Client =>
  reworded(client, (problem) => explain(problem, attempt))

/** The same client, which says what to do where nothing answers. */
export const withAddresses = (client: Client): Client =>
  reworded(client, (problem) => withAddress(problem, client.origin))

function reworded(client: Client, reword: (problem: Problem) => Problem): Client {
  const explained = async <T>(answering: Promise<Answer<T>>): Promise<Answer<T>> => {
    const answer = await answering
    return answer.ok ? answer : { ...answer, problem: reword(answer.problem) }
  }
  return {
    ...client,
    call: (id, ...input) => explained(client.call(id, ...input)),
    propose: (...input) => explained(client.propose(...input)),
    waitForToken: (request, options) => explained(client.waitForToken(request, options)),
  }
}

function explain(problem: Problem, attempt: Attempt): Problem {
  if (problem.code === 'authority_unreachable') return withAddress(problem, attempt.url)
  if (problem.code === 'unauthenticated') return { ...problem, detail: unknownWords(attempt) }
  if (problem.code !== 'forbidden' || !isWrongKind(attempt)) return problem
  return { ...problem, detail: wrongKindWords(attempt) }
}

/** An answer of 503 comes from an authority that is there. */
const withAddress = (problem: Problem, url: string): Problem =>
  problem.code === 'authority_unreachable' && problem.detail.startsWith(NO_ANSWER)
    ? { ...problem, detail: `${problem.detail} ${unreachableWords(url)}` }
    : problem

export function isWrongKind({ source: { secret = '' }, needs }: Attempt): boolean {
  const kind = kindOfCredential(secret)
  return kind !== undefined && needs.length > 0 && !needs.includes(kind)
}

export function wrongKindWords(attempt: Attempt): string {
  const { source, needs } = attempt
  const kind = kindOfCredential(source.secret ?? '') ?? 'agent'
  const wanted = needs.map((need) => OF[need]).join(' or ')
  return `This command needs ${wanted} credential, and ${source.where} is ${OF[kind]}. ${wayOn(attempt)}`
}

export const unknownWords = (attempt: Attempt): string =>
  `${sentence(attempt.source.where)} is unknown to ${attempt.url}, revoked or expired. ${wayOn(attempt)}`

const OF: Readonly<Record<CredentialKind, string>> = {
  agent: 'an agent’s',
  executor: 'an executor’s',
  operator: 'an operator’s',
  auditor: 'an auditor’s',
}

/** The nearest credential that would do: in a profile, in the data directory, or a new one. */
function wayOn({ url, source, needs, place }: Attempt): string {
  const { profiles } = usableProfiles(place.environment)
  const profile = profiles.find(
    (other) => other.url === url && other.credential !== source.secret && isOneOf(needs, other.credential),
  )
  if (profile !== undefined) return `Use another with --profile ${profile.name}.`
  const file = ofDataDir(place.dataDir)
  const isOther = file.secret !== undefined && file.secret !== source.secret
  if (isOther && file.home === url && isOneOf(needs, file.secret)) return wayToDataDir(source, place)
  const [need = 'agent'] = needs
  return `Set COUNTERSIGN_CREDENTIAL to another; ${ORIGIN[need]}.`
}

const isOneOf = (kinds: readonly CredentialKind[], secret: string): boolean =>
  kinds.some((kind) => kindOfCredential(secret) === kind)

function wayToDataDir({ kind }: CredentialSource, place: Place): string {
  const { environment, dataDir, isDataDirGiven, profile } = place
  const isHidden = kind === 'profile' || (!isDataDirGiven && usableProfiles(environment).inUse !== null)
  const steps = [
    ...(kind === 'environment' ? ['unset COUNTERSIGN_CREDENTIAL'] : []),
    ...(isHidden ? [`give --data-dir ${dataDir}${profile === undefined ? '' : ' instead of --profile'}`] : []),
  ]
  return `${sentence(steps.join(' and '))} to use ${ofDataDir(dataDir).where}.`
}

const ORIGIN: Readonly<Record<CredentialKind, string>> = {
  agent: 'countersign agent add makes an agent with one, countersign credential add agent a further one',
  executor: 'countersign executor add makes an executor with one',
  operator: 'it lies in the data directory of the authority, and countersign credential add operator makes more',
  auditor: 'countersign credential add auditor makes one',
}
