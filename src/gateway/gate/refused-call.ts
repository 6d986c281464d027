/** The refusals of a call: of the authority, of the verifier, and of people. */
import { ApprovalError } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import { quoted } from '../message/quoted.ts'
import { StateUnusable } from '../state/state-file.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import { NotOpened } from './ask-people.ts'
import type { GateOptions } from './gate-options.ts'
import { asError, isPassing, refusedResult } from './refused-result.ts'
import { type CallProblem, CallRefused, PreviewRefused, type ToolCall } from './tool-call.ts'

/** Its results have a schema of their own, which a refusal would not fit. */
export const isShaped = ({ definition }: Pick<ToolCall, 'definition'>) => definition['outputSchema'] !== undefined

export type Refusable = Pick<ToolCall, 'agent' | 'definition'> & { readonly action: Pick<ToolCall['action'], 'name'> }

/** A refusal of the gateway's own is in the ledger, as one of the authority is. */
export async function reportRefused(
  { executor }: Pick<GateOptions, 'executor'>,
  { agent, action: { name } }: Refusable,
  { code }: CallProblem,
): Promise<void> {
  if (code !== 'state_unwritable') await executor.call('reportRefusal', { body: { code, name, agent: agent.id } })
}

/** Throws what is a bug. */
export function problemOf(error: unknown): CallProblem {
  if (error instanceof NotOpened) return error.problem
  if (error instanceof StateUnusable) return UNWRITABLE
  const reason = error instanceof ApprovalError && error.code === 'state_unknown' ? error.cause : error
  if (reason instanceof CallRefused) return reason.problem
  if (reason instanceof PreviewRefused) return { code: 'state_unknown', detail: refusalWords(reason), isLasting: true }
  if (error instanceof ApprovalError) return { code: error.code, detail: error.message }
  throw error
}

const refusalWords = ({ message }: PreviewRefused): string =>
  `The server does not say what this call would change, so nobody was asked. In the server’s own words: ${quoted(message)}. Correct the call, or what stands in its way.`

const UNWRITABLE: CallProblem = {
  code: 'state_unwritable',
  detail:
    'The gateway cannot write its state folder, so it runs nothing that needs approval. Tell the person who operates it.',
}

const NO_MORE = new Set(['policy_denied', 'request_denied', 'token_redeemed', 'killed', 'invalid_request', 'forbidden'])

export const refusedFor = (call: Pick<ToolCall, 'definition'>, problem: CallProblem, request?: OpenRequest): Outcome =>
  refusedResult(
    {
      code: problem.code,
      detail: wordsOf(problem),
      remediation: NO_MORE.has(problem.code) ? 'unavailable' : 'undisclosed',
      state: problem.state,
      request,
    },
    isShaped(call),
  )

/** Of the call of a tool that nobody knows. */
export const refusedUnknown = (problem: Problem): Outcome =>
  refusedResult({ code: problem.code, detail: wordsOf(problem), remediation: 'undisclosed' }, true)

/** Of any other request, before it reaches a server. */
export const refusedRequest = (problem: Problem): Outcome => asError(refusedUnknown(problem))

/** In place of what a server answered. */
export function withheld({ code, detail }: Problem, method: string): Outcome {
  const words = `${detail} The answer of the server is withheld: it may have acted on this request.`
  const outcome = refusedResult({ code, detail: words, remediation: 'unavailable', executed: 'unknown' }, true)
  return method === 'tools/call' ? outcome : asError(outcome)
}

function wordsOf(problem: CallProblem): string {
  const isWorthwhile = isPassing(problem) && !problem.isLasting
  return `${problem.detail} Nothing was executed.${isWorthwhile ? ' Make exactly the same call again in a while.' : ''}`
}

/** Where the server's credential for this call cannot be had: nothing is spent, and the same call can be made again. */
export async function refusedWithoutCredential(call: ToolCall, request?: OpenRequest): Promise<Outcome | undefined> {
  const problem = await call.authorize()
  return problem && refusedFor(call, problem, request)
}
