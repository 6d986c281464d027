/**
 * The incident of March, replayed: an agent that answers in public, unasked, and a forum that does not let it.
 *
 * In: an agent, a person to ask, a narrator. Out: the token that was spent, its call and its trace, or undefined where
 * nobody consented. The narrator knows whether it went as told. Every call goes over HTTP to a real executor.
 */

import { openToken } from '@countersign/verifier'
import { traceOf } from '../../approval/request.ts'
import { keysOf } from '../cli/check-token.ts'
import { now } from '../cli/time.ts'
import { attack, useForgotten } from './attacks.ts'
import { PLACE, type Stage, TEXT } from './stage.ts'
import { type Entry, traceStory } from './trace-story.ts'

export interface Told {
  readonly token: string
  readonly trace: string
}

/** The shortest life a request may have, and so the shortest of a token. */
const SHORT_LIFE_SECONDS = 10

export async function tellStory(stage: Stage): Promise<Told | undefined> {
  await readWithPolicy(stage)
  const forgotten = await stage.agent.permissionToRead(PLACE, SHORT_LIFE_SECONDS)
  const challenge = await postWithoutToken(stage)
  if (challenge === undefined) return undefined
  const token = await askAPerson(stage, challenge)
  if (token === undefined) return undefined
  await publish(stage, token)
  await attack(stage, token)
  await useForgotten(stage, forgotten)
  await countPosts(stage)
  const { claims } = await openToken(token, await keysOf(stage.agent.client))
  const trace = traceOf(claims.approval.request)
  await showTrace(stage, trace)
  await proveToken(stage, claims.log.leaf)
  await auditLog(stage)
  return { token, trace }
}

const readWithPolicy = ({ agent, narrator }: Stage) =>
  narrator.step(
    {
      id: 'read',
      title: 'The agent reads who writes in a thread of the engineering forum.',
      expected: 'ok',
      meaning: 'allowed by policy: nobody is asked about reading',
    },
    async () => (await agent.authors(PLACE, (await agent.permissionToRead(PLACE, 60)).token)).code,
  )

async function postWithoutToken({ agent, narrator }: Stage): Promise<string | undefined> {
  let challenge: string | undefined
  await narrator.step(
    {
      id: 'post-without-token',
      title: 'As in March, it goes on to answer in public, unasked.',
      expected: 'token_missing, with a challenge',
      meaning: 'refused: the forum answers with a challenge, signed, that names the whole act',
    },
    async () => {
      const answer = await agent.post(PLACE, TEXT)
      challenge = answer.challenge
      return challenge === undefined ? answer.code : `${answer.code}, with a challenge`
    },
  )
  return challenge
}

async function askAPerson(stage: Stage, challenge: string): Promise<string | undefined> {
  let token: string | undefined
  await stage.narrator.step(
    {
      id: 'approve',
      title: 'It relays the challenge to the authority, and a person is asked.',
      expected: 'approved',
      meaning: 'approved: the passkey signed this reply, word for word, and nothing else',
    },
    async () => {
      const answer = await relay(stage, challenge)
      if (!answer.ok) return answer.problem.code
      token = answer.value.access_token
      return 'approved'
    },
  )
  return token
}

async function relay({ agent, approver, signal }: Stage, challenge: string) {
  const settled = new AbortController()
  const gaveUp = new AbortController()
  try {
    return await agent.client.relayChallenge(challenge, {
      signal: AbortSignal.any([signal, gaveUp.signal]),
      onOpened: ({ authorization_uri, expires_in }) => {
        approver
          .consent(authorization_uri, now() + expires_in, settled.signal)
          .catch((cause: unknown) => gaveUp.abort(cause))
      },
    })
  } finally {
    settled.abort()
  }
}

const publish = ({ agent, narrator }: Stage, token: string) =>
  narrator.step(
    {
      id: 'publish',
      title: 'It repeats the call, now with the token.',
      expected: 'ok, 1 reply',
      meaning: 'published, once',
    },
    async () => {
      const { code } = await agent.post(PLACE, TEXT, token)
      return `${code}, ${replies((await agent.thread(PLACE)).length)}`
    },
  )

const countPosts = ({ agent, narrator }: Stage) =>
  narrator.step(
    {
      id: 'one-post',
      title: 'After all of this, the thread is read once more.',
      expected: `1 reply: ${TEXT}`,
      meaning: 'it holds exactly one reply: the one that was approved',
    },
    async () => {
      const posts = await agent.thread(PLACE)
      return `${replies(posts.length)}: ${posts.map(({ text }) => text).join(' | ')}`
    },
  )

const replies = (count: number) => (count === 1 ? '1 reply' : `${count} replies`)

/** What a ledger must say of an act, in this order, for anyone to believe that it was approved. */
const CAUSES = ['request.created', 'request.decided', 'consent.given', 'token.issued', 'token.redeemed']

const showTrace = ({ agent, narrator, paint }: Stage, trace: string) =>
  narrator.step(
    {
      id: 'trace',
      title: `The ledger tells the same story, under trace ${trace}:`,
      expected: [...CAUSES, 'outcome.reported'].join(', '),
      meaning: 'every fact is there, with its cause',
    },
    async () => {
      const answer = await agent.client.call('trace', { params: { trace } })
      if (!answer.ok) return answer.problem.code
      const entries: readonly Entry[] = answer.value.entries
      narrator.say(traceStory(entries, paint))
      const types = entries.map(({ type }) => String(type))
      return [...new Set(types)].filter((type) => type !== 'token.refused').join(', ')
    },
  )

const proveToken = ({ auditor, narrator, signal }: Stage, leaf: string) =>
  narrator.step(
    {
      id: 'proof',
      title: 'An auditor fetches the proof of that token, and checks it offline with the log’s key.',
      expected: 'token.issued, proven',
      meaning: 'proven: the token’s entry stands in the log that was signed',
    },
    () => auditor.proveEntry(leaf, signal),
  )

const auditLog = ({ auditor, narrator }: Stage) =>
  narrator.step(
    {
      id: 'audit',
      title: 'The auditor reads the whole log, rebuilds it from nothing and checks every signature in it.',
      expected: 'rebuilt, nothing found',
      meaning: 'clean: no fact without its cause, no signature that does not hold',
    },
    () => auditor.auditLog(),
  )
