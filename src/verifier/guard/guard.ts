/**
 * Guards a function: it runs with exactly the arguments that were approved, or not at all.
 *
 * Answers a call without a token with a signed challenge, and reports the outcome of an approved call. SPEC 2 and 7.
 */
import { type ActionCall, copyArguments, newSalt, parseCall } from '../action/action.ts'
import { type Preview, parsePreview } from '../action/preview.ts'
import { NotExecuted, type OutcomeReport, OutcomeUnknown } from '../authority/outcome.ts'
import type { Actor } from '../consent/statement.ts'
import type { JsonObject } from '../data/json.ts'
import { ApprovalError, type ApprovalErrorOptions } from '../errors/approval-error.ts'
import { type ChallengeKey, createChallenge } from '../jwt/challenge.ts'
import type { Approval } from '../verify/approval.ts'
import { findState } from '../verify/check-state.ts'
import type { CallInFlight } from '../verify/live-port.ts'
import { type DpopPresentation, type VerifyContext, verify } from '../verify/verify.ts'
import type { ActionFacts } from './action-facts.ts'

/** The implementation of one action. */
export type GuardDefinition<Args, Value> = {
  /** The object of the action, from its arguments alone. */
  readonly resource: (args: Args) => string
  /** The changes the action would make now. Shown to the approver as the executor's own statement. */
  readonly preview?: (args: Args) => Preview | Promise<Preview>
  /**
   * What the preview is computed from, as it is now: an ETag, a version, a digest of a file, 1 to 1024 bytes. The approval
   * holds while it is the same: it is computed for the challenge, and again before the token is spent. With it, only
   * tokens that this executor's challenge led to are accepted.
   */
  readonly state?: (args: Args) => string | Promise<string>
  /** The reason for asking, shown to the approver: at most 1000 characters. */
  readonly reason?: (args: Args) => string
  /**
   * Carries the action out. `args` are frozen, and are the digested ones. What it throws is reported as `failed`, an
   * `OutcomeUnknown` as `indeterminate`, a `NotExecuted` as `aborted`.
   */
  readonly run: (args: Args, context: RunContext) => Value | Promise<Value>
  /** The actual change, for the ledger. Where it is no valid preview, a sentence stands in its place. */
  readonly result?: (value: Value, args: Args) => Preview | Promise<Preview>
  /** The entry of the action in the executor's catalogue: `createCataloguedVerifier` publishes it. */
  readonly catalogue?: ActionFacts
  /** A policy may approve alone. Default: true, except with pinned approvers. */
  readonly policyMayAllow?: boolean
}

export type RunContext = {
  readonly approval: Approval
  /** The state that was found just before the token was spent: for a conditional write, so that nothing slips between. */
  readonly state?: string | undefined
  /**
   * Fires when the approval is revoked while the action runs, with an `ApprovalError` (`killed`, `token_revoked`) as its
   * reason. `run` decides whether to undo the work done by then, and throws.
   */
  readonly signal: AbortSignal
  /** Replaces the record of the work done so far: reported when `run` does not complete. */
  readonly progress: (done: Preview) => void
}

/** Options of one call. */
export type CallOptions = {
  readonly token?: string | undefined
  readonly dpop?: DpopPresentation | undefined
  /** The agent that calls, as the executor authenticated it: goes into the challenge. */
  readonly act?: Actor | undefined
  /** The caller can relay a challenge. Default true. */
  readonly acceptsChallenge?: boolean
}

/** A function behind approval. */
export type Guarded<Args, Value> = (args: Args, options?: CallOptions) => Promise<Value>

export type GuardContext = {
  readonly verify: VerifyContext
  readonly challengeKey: ChallengeKey | undefined
  readonly inFlight: Set<CallInFlight>
}

/**
 * Guards one action. The function it returns throws `token_missing` (with a `challenge` where there is a challenge key)
 * when it is called without a token, `state_changed` (with a new challenge) when the state is not the approved one,
 * `state_unknown` when `state` fails or takes longer than `timeoutMs`, every other error of `verify`, and every error of
 * `run`; if the call was aborted, the reason of the abort.
 *
 * Calls of one token with `uses` above 1 are separate calls, each redeemed. The outcome is reported before the function
 * returns, or goes on being reported after it; neither changes what it returns.
 */
export function guard<Args extends object, Value>(
  context: GuardContext,
  name: string,
  definition: GuardDefinition<Args, Value>,
): Guarded<Args, Value> {
  return async (given, options = {}) => {
    const args: Args & JsonObject = copyArguments(given)
    const call = parseCall({ name, resource: definition.resource(args), arguments: args })
    const { token, dpop } = options
    const challenge = () => challengeFor(context, call, definition, args, options)
    if (token === undefined) throw new ApprovalError('token_missing', await challenge())
    const { policyMayAllow, state: look } = definition
    let state: string | undefined
    const lookNow = look && (async () => (state = await look(args)))
    const verifying = verify(context.verify, token, call, { dpop, policyMayAllow, state: lookNow })
    const approval = await verifying.catch((error) => answerChange(context, error, challenge))
    return await run(context, { approval, state }, definition, args)
  }
}

/** Adds the next challenge to the refusal of a changed state. Where there can be none, the refusal stands alone. */
async function answerChange(
  { verify: { onError } }: GuardContext,
  error: unknown,
  challenge: () => Promise<ApprovalErrorOptions>,
): Promise<never> {
  if (!(error instanceof ApprovalError) || error.code !== 'state_changed') throw error
  const next = await challenge().catch(onError)
  throw new ApprovalError(error.code, next ?? {})
}

async function run<Args, Value>(
  context: GuardContext,
  { approval, state }: Pick<RunContext, 'approval' | 'state'>,
  definition: GuardDefinition<Args, Value>,
  args: Args,
): Promise<Value> {
  const controller = new AbortController()
  const { signal } = controller
  const entry: CallInFlight = { approval, abort: (reason) => controller.abort(reason) }
  let done: Preview | undefined
  const progress = (part: Preview) => {
    done = part
  }
  context.inFlight.add(entry)
  try {
    // A stop that arrived while the token was being spent did not find this call yet.
    context.verify.live?.begun(entry)
    signal.throwIfAborted()
    const value = await definition.run(args, { approval, state, signal, progress })
    await report(context, approval, 'succeeded', () => definition.result?.(value, args))
    return value
  } catch (error) {
    const { aborted, reason } = signal
    await report(context, approval, outcomeOf(error, aborted), () => done, aborted ? reason.code : nameOf(error))
    throw aborted ? reason : error
  } finally {
    context.inFlight.delete(entry)
  }
}

function outcomeOf(error: unknown, aborted: boolean): OutcomeReport['outcome'] {
  if (error instanceof OutcomeUnknown) return 'indeterminate'
  return aborted || error instanceof NotExecuted ? 'aborted' : 'failed'
}

/** The name is enough for an auditor; the message may hold the executor's private data. */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error
  return /^\w{1,99}$/.test(name) ? name : 'Error'
}

/** Reports where there was a redemption to report on. Throws nothing: the action has already happened. */
async function report(
  { verify: { reporter, onError } }: GuardContext,
  { redemption }: Approval,
  outcome: OutcomeReport['outcome'],
  change: () => Preview | undefined | Promise<Preview>,
  detail?: string,
): Promise<void> {
  if (reporter === undefined || redemption === undefined) return
  let result: Preview | undefined
  try {
    const done = await change()
    result = done && parsePreview(done)
  } catch (error) {
    // An outcome is never lost: the agent chose the arguments, and with them the size of the change.
    onError(error)
    result = { summary: 'What it changed cannot be shown.', changes: [] }
  }
  await reporter.report(redemption, { outcome, result, detail })
}

/** The signed challenge for a call, where the executor can sign one and the caller can relay it. */
async function challengeFor<Args, Value>(
  { challengeKey: key, verify }: GuardContext,
  call: ActionCall,
  { preview, state, reason }: GuardDefinition<Args, Value>,
  args: Args,
  { acceptsChallenge = true, act }: CallOptions,
): Promise<ApprovalErrorOptions> {
  if (key === undefined || !acceptsChallenge) return {}
  const { audience, issuer, now } = verify
  // The state comes first: a change while the preview is made is found later.
  const bound = state && (await findState(verify, () => state(args)))
  const shown = await preview?.(args)
  const challenge = await createChallenge(
    { key, audience, issuer, now: now() },
    {
      action: { ...call, salt: newSalt() },
      reason: reason?.(args) ?? `${call.name} needs approval`,
      preview: shown && parsePreview(shown),
      state: bound,
      act,
    },
  )
  return { challenge }
}
