/**
 * Asks the authority whether a gateway can work with its configuration: it answers, the credentials are those of the
 * executor and of the agents that are named, and the executor has the key. Asks nobody, and writes no entry.
 */
import type { ChallengeKey } from '@countersign/verifier'
import type { Client, Problem } from '../../client/client.ts'
import { AuthorityAway, WrongConfig } from './config-errors.ts'

export interface Parties {
  readonly audience: string
  readonly challengeKey: ChallengeKey
  readonly executor: Client
  readonly agents: readonly { readonly id: string; readonly authority: Client }[]
}

/** Throws `WrongConfig` or `AuthorityAway`. */
export async function checkAuthority({ audience, challengeKey, executor, agents }: Parties): Promise<void> {
  await checkParty(executor, { place: 'credential', kind: 'executor', subject: audience, named: 'audience' })
  await checkKey(executor, audience, challengeKey)
  for (const { id, authority } of agents)
    await checkParty(authority, { place: `agents.${id}.credential`, kind: 'agent', subject: id, named: `agents.${id}` })
}

interface Party {
  readonly place: string
  readonly kind: 'executor' | 'agent'
  readonly subject: string
  /** The member that names the subject. */
  readonly named: string
}

async function checkParty(client: Client, { place, kind, subject, named }: Party): Promise<void> {
  const answer = await client.call('viewOwnCredential')
  if (!answer.ok) throw faultOf(answer.problem, client.origin, { place, kind, subject, named })
  const { value } = answer
  if (value.kind !== kind)
    throw new WrongConfig(
      `${place}: This is a credential of the kind ${value.kind} (${value.subject}), and it has to be that of the ${kind} ${subject}.`,
    )
  if (value.subject !== subject)
    throw new WrongConfig(
      `${named}: The credential is that of ${value.subject}, and not of ${subject}. Name that one, or use a credential of ${subject}; countersign ${kind} add registers it where it is not there yet.`,
    )
}

function faultOf({ code, detail }: Problem, origin: string, { place, kind, subject }: Party): Error {
  if (code !== 'unauthenticated') return new AuthorityAway(awayWords(origin, detail))
  return new WrongConfig(
    `${place}: The credential is unknown to ${origin}, revoked or expired. countersign credential add ${kind} ${subject} makes another; where ${subject} itself was revoked, countersign ${kind} add registers it anew.`,
  )
}

const awayWords = (origin: string, detail: string): string =>
  `issuer: ${origin} does not answer as an authority. ${detail} Start it with countersign serve, or name another address.`

async function checkKey(executor: Client, audience: string, key: ChallengeKey): Promise<void> {
  const answer = await executor.call('ownCatalogue')
  if (!answer.ok) throw new AuthorityAway(awayWords(executor.origin, answer.problem.detail))
  const { challenge_keys: registered } = answer.value
  if (registered.some(({ kid, x }) => kid === key.kid && x === key.x)) return
  throw new WrongConfig(
    `challenge_key: ${audience} has no such key. Use the one that it was registered with, or register this one: countersign executor edit ${audience} --challenge-key FILE, with its public part.`,
  )
}
