/** The refusals of a call: of the authority, of the verifier, and of people. */
import { ApprovalError } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import { NotOpened } from './ask-people.ts'
import type { OpenRequest } from './held-calls.ts'
import { asError, isPassing, refusedResult } from './refused-result.ts'
import type { ToolCall } from './tool-call.ts'

/** Its results have a schema of their own, which a refusal would not fit. */
export const isShaped = ({ definition }: ToolCall) => definition['outputSchema'] !== undefined

/** Throws what is a bug. */
export function problemOf(error: unknown): Problem {
  if (error instanceof NotOpened) return error.problem
  if (error instanceof ApprovalError) return { code: error.code, detail: error.message }
  throw error
}

const USED =
  'The approval of this call has been used: it ran, or may have run. It was not run again. Look at what there is.'

const NO_MORE = new Set(['policy_denied', 'request_denied', 'token_redeemed', 'killed', 'invalid_request', 'forbidden'])

export const refusedFor = (call: ToolCall, problem: Problem, request?: OpenRequest): Outcome =>
  refusedResult(
    {
      code: problem.code,
      detail: wordsOf(problem),
      remediation: NO_MORE.has(problem.code) ? 'unavailable' : 'undisclosed',
      request,
    },
    isShaped(call),
  )

/** Of any other request, before it reaches a server. */
export const refusedRequest = (problem: Problem): Outcome =>
  asError(refusedResult({ code: problem.code, detail: wordsOf(problem), remediation: 'undisclosed' }, true))

function wordsOf(problem: Problem): string {
  if (problem.code === 'token_redeemed') return USED
  return `${problem.detail} Nothing was executed.${isPassing(problem) ? ' Make exactly the same call again in a while.' : ''}`
}

/** Where the server's credential for this call cannot be had: nothing is spent, and the same call can be made again. */
export async function refusedWithoutCredential(call: ToolCall, request?: OpenRequest): Promise<Outcome | undefined> {
  const problem = await call.authorize()
  return problem && refusedFor(call, problem, request)
}
