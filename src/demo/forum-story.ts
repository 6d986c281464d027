/**
 * The incident of March, replayed: an agent that answers in public, unasked, and a forum that does not let it.
 *
 * In: an agent, a person to ask, a narrator. Out: the token that was spent and its trace, or undefined without a
 * consent. The narrator counts differences. Every call goes over HTTP to a real executor.
 */

import { openToken } from '@countersign/verifier'
import { keysOf } from '../cli/token/token-checks.ts'
import { traceOf } from '../domain/approval/approval-request.ts'
import { askAPerson, tryWithout } from './asking.ts'
import { attack, rewriteWhileItWaits, useForgotten } from './attacks.ts'
import { auditLog, showTrace } from './ledger-steps.ts'
import { type ForumStage, PLACE, type StoryResult, TEXT } from './stage.ts'

/** The shortest life a request may have, and so the shortest of a token. */
const SHORT_LIFE_SECONDS = 10

const WITHOUT_TOKEN = {
  id: 'post-without-token',
  title: 'As in March, it goes on to answer in public, unasked.',
  meaning: 'refused: the forum answers with a challenge, signed, that names the whole act',
}

const APPROVE = {
  id: 'approve',
  title: 'It relays the challenge to the authority, and a person is asked.',
  meaning: 'approved: the passkey signed this reply, word for word, and nothing else',
}

export async function tellForumStory(stage: ForumStage): Promise<StoryResult | undefined> {
  await readWithPolicy(stage)
  const forgotten = await stage.agent.permissionToRead(PLACE, SHORT_LIFE_SECONDS)
  const challenge = await tryWithout(stage, WITHOUT_TOKEN, () => stage.agent.post(PLACE, TEXT))
  if (challenge === undefined) return undefined
  const token = await askAPerson(stage, APPROVE, challenge)
  if (token === undefined) return undefined
  await publish(stage, token)
  await attack(stage, token)
  await rewriteWhileItWaits(stage)
  await useForgotten(stage, forgotten)
  await countPosts(stage)
  const { claims } = await openToken(token, await keysOf(stage.agent.client))
  const trace = traceOf(claims.approval.request)
  await showTrace(stage, 'trace', trace)
  await proveToken(stage, claims.log.leaf)
  await auditLog(stage, 'audit')
  return { token, trace }
}

const readWithPolicy = ({ agent, narrator }: ForumStage) =>
  narrator.step(
    {
      id: 'read',
      title: 'The agent reads who writes in a thread of the engineering forum.',
      expected: 'ok',
      meaning: 'allowed by policy: no consent is needed for reading',
    },
    async () => (await agent.authors(PLACE, (await agent.permissionToRead(PLACE, 60)).token)).code,
  )

const publish = ({ agent, narrator }: ForumStage, token: string) =>
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

const countPosts = ({ agent, narrator }: ForumStage) =>
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

const proveToken = ({ auditor, narrator, signal }: ForumStage, leaf: string) =>
  narrator.step(
    {
      id: 'proof',
      title: 'An auditor fetches the proof of that token, and checks it offline with the log’s key.',
      expected: 'token.issued, proven',
      meaning: 'proven: the token’s entry is in the log that was signed',
    },
    () => auditor.proveEntry(leaf, signal),
  )
