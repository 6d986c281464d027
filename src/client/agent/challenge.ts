/**
 * An executor's challenge, from the agent's side: it is sent only to a caller that says it can relay one.
 *
 * The challenge is not checked here: the authority does. draft-rosomakho-oauth-txn-challenge.
 */
import { parseJson } from '@countersign/verifier'
import { membersOf } from './read-problem.ts'

/** Headers of a call whose refusal may carry a challenge. Without them an executor sends none. */
export const CHALLENGE_HEADERS = { 'Accept-Txn-Challenge': '?1' } as const

/** The challenge of a refusal: in `WWW-Authenticate`, or in the body where it is too long for a header. */
export async function challengeIn(response: Response): Promise<string | undefined> {
  const header = response.headers.get('WWW-Authenticate') ?? ''
  const inHeader = /\btransaction_challenge="([^"]+)"/.exec(header)?.[1]
  if (inHeader !== undefined || ![401, 409].includes(response.status)) return inHeader
  const { transaction_challenge: inBody } = membersOf(jsonOf(await response.clone().text()))
  return typeof inBody === 'string' ? inBody : undefined
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
