/**
 * Runs an approved call: its token is collected, verified and redeemed, the server is called once with what was approved,
 * and the outcome is reported. SPEC 7.
 */
import { type Approval, ApprovalError, type JsonObject, NotExecuted, OutcomeUnknown } from '@countersign/verifier'
import { type Outcome, objectIn } from '../message/json-rpc.ts'
import { isUnfinished } from '../message/unfinished.ts'
import { isOverlong, isUnsent, isUnsure } from '../message/unsure.ts'
import { StateUnusable } from '../state/state-file.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import { challengeIn } from './ask-people.ts'
import { nextOfOverlong, nextStep, unsentResult, usedBefore, usedResult } from './fate.ts'
import type { RedeemedRun } from './follow-ups.ts'
import type { GateOptions } from './gate-options.ts'
import { isShaped, problemOf, refusedFor, refusedWithoutCredential } from './refused-call.ts'
import { isPassing, refusedResult } from './refused-result.ts'
import type { CallProblem, ToolCall } from './tool-call.ts'
import type { Renewed } from './waiting-port.ts'

/** The result of a tool that says that it failed: what is reported is a failure, what the client gets is its words. */
class ToolFailed extends Error {
  override readonly name = 'ToolFailed'
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('The tool answered with an error')
    this.outcome = outcome
  }
}

/** The server gave no answer: it may have carried the call out. */
class CallLost extends OutcomeUnknown {
  override readonly name = 'CallLost'
}

/** The server answered, with more than is taken: it has carried the call out, or failed to. */
class AnswerTooLong extends OutcomeUnknown {
  override readonly name = 'AnswerTooLong'
}

/** The server asks for input, or has made a task of the call: what becomes of it shows later, if at all. */
class NotEnded extends OutcomeUnknown {
  override readonly name = 'NotEnded'
  readonly unended: Outcome
  readonly run: RedeemedRun

  constructor(unended: Outcome, run: RedeemedRun) {
    super('The server has not ended the call')
    this.unended = unended
    this.run = run
  }
}

/** The server was not called. */
class NotSent extends NotExecuted {
  override readonly name = 'NotSent'
}

function notSent(error: unknown): never {
  throw error instanceof StateUnusable ? new NotSent('The gateway cannot write its state folder.') : error
}

/** `begun`: the server is called now, or (false) was not called after all. */
export function guardOf({ verifier, journal }: GateOptions, call: ToolCall, begun: (is: boolean) => void = () => {}) {
  return verifier.guard<JsonObject, Outcome>(call.action.name, {
    resource: call.resourceOf,
    reason: () => reasonOf(call),
    ...call.preview,
    run: async (args, { approval, signal }) => {
      if (approval.redemption) await journal.begin(approval.redemption).catch(notSent)
      begun(true)
      const outcome = await call.forward(args, AbortSignal.any([signal, call.signal]))
      begun(!isUnsent(outcome))
      if (isUnsent(outcome)) throw new NotSent(outcome.error.message)
      if (isOverlong(outcome)) throw new AnswerTooLong(outcome.error.message)
      if (isUnsure(outcome)) throw new CallLost(outcome.error.message)
      if ('error' in outcome || outcome.result['isError'] === true) throw new ToolFailed(outcome)
      const run = runOf(approval, args)
      const answer = withMeta(outcome, run.approval)
      if (isUnfinished(outcome.result)) throw new NotEnded(answer, run)
      return answer
    },
  })
}

function runOf({ request, jti, trace = '', approvers, redemption, claims }: Approval, args: JsonObject): RedeemedRun {
  const [{ salt }] = claims.authorization_details
  const approval = { request, jti, trace, approvers, arguments: args }
  return { jti, use: redemption?.use ?? 1, salt, args, approval }
}

/** The answer of a server that has not ended the call. */
export interface Unended {
  readonly unended: Outcome
  readonly run: RedeemedRun
}

/** The challenge with which people are asked anew. */
export interface Anew {
  readonly challenge: string
  readonly why: Renewed
}

/** The refusal of a call that can be made later with the same approval: nothing was executed. */
export interface Later {
  readonly refusal: Outcome
}

export async function runApproved(
  options: GateOptions,
  call: ToolCall,
  request: OpenRequest,
): Promise<Outcome | Unended | Anew | Later> {
  const [gone, unauthorized, collected] = await Promise.all([
    call.recheck(),
    refusedWithoutCredential(call, request),
    call.agent.authority.call('collectToken', { params: { id: request.id } }),
  ])
  const refusal = gone && 'code' in gone ? refusedFor(call, gone, request) : (gone ?? unauthorized)
  if (refusal) return { refusal }
  if (!collected.ok && collected.problem.code === 'request_expired')
    return (
      (await used(options, call, request)) ?? {
        challenge: await challengeIn(() => guardOf(options, call)(call.action.arguments)),
        why: 'request_expired',
      }
    )
  if (!collected.ok) return notRun(call, collected.problem, request)
  const { token, action } = collected.value
  const args = action ? objectIn({ ...action }, 'arguments') : call.action.arguments
  let hasBegun = false
  const guarded = guardOf(options, call, (is) => {
    hasBegun = is
  })
  try {
    return await guarded(args, { token })
  } catch (error) {
    if (error instanceof ToolFailed) return error.outcome
    if (error instanceof NotEnded) return { unended: error.unended, run: error.run }
    if (error instanceof NotSent) return unsentResult(call, error.message, request)
    if (error instanceof AnswerTooLong) return overlongResult(call, error, request)
    if (error instanceof CallLost) return lostResult(call, error, request)
    if (hasBegun) return cutOff(call, problemOf(error), request)
    const challenge = challengeOf(error)
    if (challenge !== undefined) return (await used(options, call, request)) ?? { challenge, why: 'state_changed' }
    const problem = problemOf(error)
    if (problem.code !== 'token_redeemed') return notRun(call, problem, request)
    return (await used(options, call, request)) ?? usedResult(call, 'unknown', request)
  }
}

/** The answer where another run has used the approval, or nobody can tell. */
async function used(options: GateOptions, call: ToolCall, request: OpenRequest): Promise<Outcome | Later | undefined> {
  const before = await usedBefore(options, call, request)
  return before && 'code' in before ? notRun(call, before, request) : before
}

function notRun(call: ToolCall, problem: CallProblem, request: OpenRequest): Outcome | Later {
  const refusal = refusedFor(call, problem, request)
  // A kill switch may be released in time.
  return isPassing(problem) || problem.code === 'killed' ? { refusal } : refusal
}

const challengeOf = (error: unknown): string | undefined =>
  error instanceof ApprovalError && error.code === 'state_changed' ? error.challenge : undefined

/** A kill switch or a revocation, while the server worked on it. */
const cutOff = (call: ToolCall, { code, detail }: CallProblem, request: OpenRequest): Outcome =>
  unknownEnd(call, code, `${detail} The call was cut off while it ran`, request)

const lostResult = (call: ToolCall, { message }: CallLost, request: OpenRequest): Outcome =>
  unknownEnd(call, 'indeterminate', `${message} The call was approved and begun`, request)

const overlongResult = (call: ToolCall, { message }: AnswerTooLong, request: OpenRequest): Outcome =>
  unknownResult(call, 'indeterminate', `${message} ${nextOfOverlong(call)}`, request)

const unknownEnd = (call: ToolCall, code: string, words: string, request: OpenRequest): Outcome =>
  unknownResult(call, code, `${words}, and whether it was done is not known. ${nextStep(call)}`, request)

const unknownResult = (call: ToolCall, code: string, detail: string, request: OpenRequest): Outcome =>
  refusedResult(
    {
      code,
      detail,
      remediation: 'unavailable',
      executed: 'unknown',
      request,
    },
    isShaped(call),
  )

/** Proof of the approval, for whoever keeps the result; the model and the client never see the token. */
export const withMeta = ({ result }: { readonly result: JsonObject }, approval: JsonObject): Outcome => ({
  result: { ...result, _meta: { ...objectIn(result, '_meta'), 'io.countersign/approval': approval } },
})

const MAX_REASON = 1000

/** What the client and the server say of themselves; approvers see it as claims. */
function reasonOf({ client: { info, model, server }, upstream, tool }: ToolCall): string {
  const by = model === undefined ? info : `${info} with the model ${model}`
  return [...`The tool ${tool} of ${upstream} (${server}), asked for by the client ${by}`]
    .map((sign) => (/\p{Cc}/u.test(sign) ? ' ' : sign))
    .slice(0, MAX_REASON)
    .join('')
}
