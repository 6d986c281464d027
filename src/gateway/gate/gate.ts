/**
 * The gate of tool calls: what policy allows runs at once, what people have to approve waits for them, everything else is
 * refused. The gateway never approves: it proposes for the agent, and acts as the executor. SPEC 2, 11.3, 14.
 */

import type { JsonObject } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import { CODES, failed, type Outcome } from '../message/json-rpc.ts'
import { isOverlong, isUnsure, overlong, unsure } from '../message/unsure.ts'
import { nextOfOverlong, nextStep } from './fate.ts'
import { isOwnState, isRepeated, newRounds, type Rounds } from './follow-ups.ts'
import type { GateOptions } from './gate-options.ts'
import type { GatewayAgent } from './gateway-agent.ts'
import type { HeldCall } from './held-calls.ts'
import type { HeldTask } from './held-tasks.ts'
import { answerHeld, holdCall, keyOf } from './hold-call.ts'
import { refusedFor, refusedWithoutCredential } from './refused-call.ts'
import { takeBack } from './take-back.ts'
import type { ToolCall } from './tool-call.ts'

/** All reject for bugs alone. */
export interface Gate {
  /** Makes the call, once it may be made. */
  readonly pass: (call: ToolCall) => Promise<Outcome>
  /** Asks people about the call, and makes it not. */
  readonly ask: (call: ToolCall) => Promise<Outcome>
  /** Goes on with a call that waits as a task: makes it, where it was approved. */
  readonly goOn: (call: ToolCall, task: HeldTask) => Promise<Outcome>
  /** Takes the request of a task back, unless somebody else waits for it. The problem where that cannot be done now. */
  readonly takeBack: (agent: GatewayAgent, task: HeldTask) => Promise<Problem | undefined>
}

type Decided = 'allowed' | 'held' | Problem

export function createGate(options: GateOptions): Gate {
  const { executor, audience, waiting } = options

  async function decide({ agent, action, signal }: ToolCall): Promise<Decided> {
    const body = {
      subject: { type: 'agent' as const, id: agent.id, properties: { credential: agent.credentialHash } },
      action: { name: action.name, properties: action.arguments },
      resource: { type: 'executor' as const, id: action.resource, properties: { audience } },
    }
    const askedAt = performance.now()
    const answer = await executor.call('evaluateAccess', { body, signal })
    const isStopped = answer.ok && answer.value.context.reason === 'killed'
    if (!answer.ok || isStopped) agent.standing.doubt()
    else agent.standing.seenAt(askedAt)
    if (!answer.ok) return answer.problem
    const { decision, context } = answer.value
    if (decision) return 'allowed'
    const mayAsk = context.reason === 'approval_required' || context.reason === 'token_required'
    return mayAsk ? 'held' : { code: codeOf(context.reason), detail: context.detail }
  }

  const note = (call: ToolCall, outcome: Outcome, approved?: Rounds) =>
    call.agent.followUps.note(outcome, approved, () => keyOf(options, call))

  const answer = (call: ToolCall, key: string, one: HeldCall) =>
    answerHeld(options, { call, key, ran: (outcome) => note(call, outcome, newRounds()) }, one)

  const held = (call: ToolCall) => holdCall(options, call, (key, one) => answer(call, key, one))

  async function unless(call: ToolCall, allowed: () => Promise<Outcome>, asked: () => Promise<Outcome>) {
    const decided = await decide(call)
    if (decided === 'allowed') return allowed()
    return decided === 'held' ? asked() : refusedFor(call, decided)
  }

  async function told(call: ToolCall, one: HeldCall): Promise<Outcome> {
    if (one.run) return one.run
    const answered = one.isAnswered ? await one.answered : undefined
    if (answered?.kind === 'ended') return refusedFor(call, answered.problem, one.request)
    return waiting.tell(call, one.request)
  }

  async function forward(call: ToolCall, members?: JsonObject, approved?: Rounds): Promise<Outcome> {
    const refusal = await refusedWithoutCredential(call)
    if (refusal) return refusal
    const outcome = await call.forward(call.action.arguments, call.signal, members)
    await note(call, outcome, approved)
    return withNextStep(call, outcome)
  }

  /** What was approved goes on, unless it is stopped. */
  async function followUp(call: ToolCall): Promise<Outcome> {
    const known = await call.agent.followUps.take(await keyOf(options, call), call.params)
    // What nobody asked for is not passed on: the server asks again.
    if (!known) return 'requestState' in call.params ? NOT_ASKED : first(call)
    const { members, approved } = known
    const goOn = () => forward(call, members, approved)
    return unless(call, goOn, approved ? goOn : () => held(call))
  }

  const first = (call: ToolCall) =>
    unless(
      call,
      () => forward(call),
      () => held(call),
    )

  return {
    pass: (call) =>
      isRepeated(call.params) && !isOwnState(call.params['requestState']) ? followUp(call) : first(call),
    goOn: (call, { key, held }) => answer(call, key, held),
    takeBack: (agent, { key, held }) => takeBack(options, agent, key, held),
    ask: (call) =>
      unless(
        call,
        async () => ALLOWED,
        () => holdCall(options, call, (_, one) => told(call, one)),
      ),
  }
}

/** A call that nobody had to approve, and that was not answered. */
function withNextStep(call: ToolCall, outcome: Outcome): Outcome {
  if (isOverlong(outcome)) return overlong(`${outcome.error.message} ${nextOfOverlong(call)}`)
  if (!isUnsure(outcome)) return outcome
  return unsure(`${outcome.error.message} Whether the server acted on this call is not known. ${nextStep(call)}`)
}

const NOT_ASKED = failed(
  CODES.invalidParams,
  'The server waits for no call with this requestState: it came back before, too late or too often, or is not the server’s. Nothing was executed. Make the call again without requestState and inputResponses.',
)

const ALLOWED: Outcome = { result: { content: [{ type: 'text', text: 'Nobody has to approve this call. Make it.' }] } }

const codeOf = (reason: string): Problem['code'] => (reason === 'killed' ? 'killed' : 'policy_denied')
