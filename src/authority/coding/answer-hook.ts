/**
 * Answers the hook of a coding agent: policy allows the call at once, or people are asked for it and the answer is held;
 * after a call its ending is reported. The machine is an executor. This authority spends the token for it, since a hook can only say yes or no. SPEC 15.
 */
import { actionDigest, type JsonObject, newSalt } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { endingOf } from '../../domain/coding/call-ending.ts'
import type { CodingClient, ToolCall } from '../../domain/coding/coding-call.ts'
import { previewOf } from '../../domain/coding/coding-preview.ts'
import type { HookVerdict } from '../../domain/coding/hook-answer.ts'
import { readHookInput } from '../../domain/coding/hook-input.ts'
import { actionOf, shownArguments, type WorkstationAction } from '../../domain/coding/workstation.ts'
import { partiesOf } from '../../domain/ledger/entry.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { propose } from '../changes/propose-change.ts'
import type { Deps } from '../deps.ts'
import { allowCall } from '../evaluating/allow-call.ts'
import type { AgentCaller } from '../evaluating/evaluate.ts'
import { recordRefusal } from '../refusal-record.ts'
import { ALTERED, parsing } from '../refusals.ts'
import { waitForAnswer } from '../requests/view.ts'
import { collectToken } from '../tokens/collect.ts'
import type { MintedToken } from '../tokens/issue.ts'
import { redeem } from '../tokens/redeem.ts'
import { hookKeys, MAX_TIMES } from './hook-keys.ts'
import { reportEnding } from './report-ending.ts'
import type { Workstation } from './workstation-caller.ts'

export interface HookQuestion {
  readonly client: CodingClient
  readonly body: JsonObject
  readonly waitMs: number
  readonly signal?: AbortSignal
}

interface Asked {
  readonly caller: AgentCaller
  readonly at: Workstation
  readonly call: ToolCall
  readonly action: WorkstationAction
  readonly question: HookQuestion
}

/** Refuses: `invalid_request`, `rate_limited`, `not_found`, `forbidden`, `unauthenticated`. */
export async function answerHook(
  deps: Deps,
  caller: AgentCaller,
  at: Workstation,
  question: HookQuestion,
): Promise<Result<HookVerdict>> {
  return parsing(async () => {
    const call = readHookInput(question.client, question.body, deps.now())
    const action = actionOf(call)
    const ending = endingOf(question.client, question.body)
    if (ending !== undefined) return reportEnding(deps, { caller, at, call, action, ending })
    const evaluated = await allowCall(deps, at, {
      subject: { id: caller.agent.id },
      action: { name: action.name, properties: action.arguments },
      resource: { id: action.resource, properties: { audience: at.executor.audience } },
    })
    if (!evaluated.ok) return evaluated
    const { reason, detail } = evaluated.value
    if (reason === 'allowed') return ok<HookVerdict>({ kind: 'allowed' })
    if (reason !== 'approval_required' && reason !== 'token_required') return refused(detail)
    return asked(deps, { caller, at, call, action, question })
  })
}

/** Clients show the reason in a terminal, and parts of it are words of the agent. */
const refused = (reason: string): Result<HookVerdict> =>
  ok({ kind: 'refused', reason: reason.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ') })

async function asked(deps: Deps, call: Asked): Promise<Result<HookVerdict>> {
  for (const key of await hookKeys(call.call, call.action, call.at.executor.audience)) {
    const answer = await askedOnce(deps, call, key)
    if (answer !== 'over') return answer
  }
  return refused(`This call ran ${MAX_TIMES} times in this session with the consent of people. Begin another session.`)
}

async function askedOnce(deps: Deps, call: Asked, key: string): Promise<Result<HookVerdict> | 'over'> {
  const { caller, at, action, question } = call
  const opened = await propose(deps, caller, {
    audience: at.executor.audience,
    action: { ...action, salt: newSalt() },
    reason: reasonOf(call),
    preview: previewOf(call.call, action),
    idempotencyKey: key,
    bodyHash: key,
  })
  if (!opened.ok) return refused(opened.refusal.message)
  const { request } = opened.value
  const { id } = request
  const seen = await waitForAnswer(deps, caller, id, { timeoutMs: question.waitMs, signal: question.signal })
  if (!seen.ok) return seen
  if (seen.value.state === 'pending') return refused(waiting(deps, id, action))
  if (seen.value.state === 'expired') return 'over'
  return spent(deps, call, request)
}

const reasonOf = ({ call: { client, tool, session } }: Asked): string =>
  `${client} wants to use its tool ${tool}${session === '' ? '' : ` in the session ${session}`}.`
    .slice(0, 2000)
    .replace(/\p{Surrogate}$/u, '')

const waiting = ({ config }: Deps, id: string, action: WorkstationAction): string =>
  `Nobody has consented yet to: ${[...shownArguments(action.arguments)].slice(0, 200).join('')}. A person can do so at ${config.origin}/approve/${id}. Then make exactly this call again; do not look for another way.`

/** A token that was spent, or that ended unspent, belongs to an earlier call. */
async function spent(deps: Deps, call: Asked, request: ApprovalRequest): Promise<Result<HookVerdict> | 'over'> {
  const { caller, at } = call
  const collected = await collectToken(deps, caller, request.id)
  if (!collected.ok) return collected.refusal.code === 'request_expired' ? 'over' : refused(wordsOf(collected.refusal))
  if (!(await isFor(collected.value, call))) return otherCall(deps, call, request)
  const redeemed = await redeem(deps, at, collected.value.token)
  if (redeemed.ok) return ok({ kind: 'approved' })
  return redeemed.refusal.code === 'token_redeemed' ? 'over' : refused(redeemed.refusal.message)
}

/** Which request is that of a call, the database says: the token is held against the call itself. */
async function isFor({ authorizationDetails: [detail] }: MintedToken, { action, at }: Asked): Promise<boolean> {
  const digest = await actionDigest({ ...action, salt: String(detail?.['salt']) }, at.executor.audience)
  return detail?.['digest'] === digest
}

async function otherCall(deps: Deps, { at }: Asked, request: ApprovalRequest) {
  const { code, message } = ALTERED
  const by = { executor: at.executor.audience }
  await recordRefusal(deps, { by, trace: request.trace, members: { ...partiesOf(request), code } })
  return refused(message)
}

/** An approver's own words are data for the model, and marked as such. */
function wordsOf({
  message,
  ended,
}: {
  readonly message: string
  readonly ended?: { readonly denial?: { readonly reason: string | null } }
}): string {
  const said = ended?.denial?.reason
  return said ? `${message} The person wrote: ${JSON.stringify(said)}` : message
}
