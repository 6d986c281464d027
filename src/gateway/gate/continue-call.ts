/**
 * A later round of an approved call, whose server asked for input: entered in the ledger before the server is called
 * again, refused where anything is stopped or revoked, with the arguments that were approved. Once the server has ended
 * the call its outcome is reported, which was `indeterminate` until then. SPEC 11.3, 14.
 */
import { type Digest, digestOf, type JsonObject, type OutcomeReport } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import { isUnfinished } from '../message/unfinished.ts'
import { isUnsent, isUnsure } from '../message/unsure.ts'
import { nextStep } from './fate.ts'
import type { ApprovedRun } from './follow-ups.ts'
import type { GateOptions } from './gate-options.ts'
import { isShaped, refusedWithoutCredential } from './refused-call.ts'
import { refusedResult } from './refused-result.ts'
import { withMeta } from './run-approved.ts'
import type { ToolCall } from './tool-call.ts'

/** As `evaluateAccess` takes it. */
export interface Continues {
  readonly jti: string
  readonly use: number
  readonly round: number
  readonly inputs: Digest
}

/** A round that was not sent, and can be again. */
export interface NotSentOn {
  readonly refusal: Outcome
}

type Enter = (call: ToolCall, continues: Continues) => Promise<Problem | undefined>

/** `enter` has the round entered at the authority; the problem where it may not be made. */
export async function continueCall(
  options: Pick<GateOptions, 'executor'>,
  asked: ToolCall,
  { members, run }: { readonly members: JsonObject; readonly run: ApprovedRun },
  enter: Enter,
): Promise<Outcome | NotSentOn> {
  const call = { ...asked, action: { ...asked.action, arguments: run.args, resource: asked.resourceOf(run.args) } }
  const unauthorized = await refusedWithoutCredential(call)
  if (unauthorized) return { refusal: unauthorized }
  const { jti, use, salt, count: round } = run
  const inputs = await digestOf({ typ: 'countersign/inputs/v1', inputs: members, salt })
  const problem = await enter(call, { jti, use, round, inputs })
  if (problem) return { refusal: notContinued(call, problem) }
  const outcome = await call.forward(run.args, call.signal, members)
  if (isUnsure(outcome) || isUnsent(outcome)) return outcome
  if ('result' in outcome && isUnfinished(outcome.result)) return outcome
  await report(options, call, run, outcome)
  return 'error' in outcome ? outcome : withMeta(outcome, run.approval)
}

async function report(
  { executor }: Pick<GateOptions, 'executor'>,
  { preview }: ToolCall,
  { jti, use, args }: ApprovedRun,
  outcome: Outcome,
): Promise<void> {
  const isFailed = 'error' in outcome || outcome.result['isError'] === true
  const known: OutcomeReport['outcome'] = isFailed ? 'failed' : 'succeeded'
  const change = isFailed ? undefined : await preview?.result(outcome, args).catch(() => undefined)
  const result = change && { ...change, changes: [...change.changes] }
  const body = { use, outcome: known, ...(result && { result }) }
  await executor.call('reportOutcome', { params: { jti }, body })
}

const notContinued = (call: ToolCall, { code, detail }: Problem): Outcome =>
  refusedResult(
    {
      code,
      detail: `${detail} The server was not called again; what it did before is not known. ${nextStep(call)}`,
      remediation: 'undisclosed',
      executed: 'unknown',
    },
    isShaped(call),
  )
