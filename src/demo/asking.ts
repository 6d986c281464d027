/** The steps in which an agent relays an executor's challenge, and a person is asked. Both stories have them. */
import { now } from '../cli/terminal/time.ts'
import type { Answer, TransactionToken } from '../client/client.ts'
import type { Stage } from './stage.ts'
import type { ToolAnswer } from './tool-answer.ts'

type StepWords = { readonly id: string; readonly title: string; readonly meaning: string }

/** The executor's challenge, its answer to a call without a token. */
export async function tryWithout({ narrator }: Stage, words: StepWords, call: () => Promise<ToolAnswer>) {
  let challenge: string | undefined
  await narrator.step({ ...words, expected: 'token_missing, with a challenge' }, async () => {
    const answer = await call()
    challenge = answer.challenge
    return challenge === undefined ? answer.code : `${answer.code}, with a challenge`
  })
  return challenge
}

/** The token, where the person consents. */
export async function askAPerson(stage: Stage, words: StepWords, challenge: string): Promise<string | undefined> {
  let token: string | undefined
  await stage.narrator.step({ ...words, expected: 'approved' }, async () => {
    const answer = await relay(stage, challenge)
    if (!answer.ok) return answer.problem.code
    token = answer.value.access_token
    return 'approved'
  })
  return token
}

/** Resolves when the authority has refused, or the person answered. */
export async function relay({ agent, approver, signal }: Stage, challenge: string): Promise<Answer<TransactionToken>> {
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
