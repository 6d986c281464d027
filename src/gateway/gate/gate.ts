/**
 * The gate of tool calls: what policy allows runs at once, what people have to approve waits for them, everything else is
 * refused. The gateway never approves: it proposes for the agent, and acts as the executor. SPEC 2, 11.3, 14.
 */

import type { JsonObject } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import { CODES, failed, type Outcome } from '../message/json-rpc.ts'
import { isOverlong, isUnsure, overlong, unsure } from '../message/unsure.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import { type Continues, continueCall } from './continue-call.ts'
import { nextOfOverlong, nextStep } from './fate.ts'
import { type ApprovedRun, type FollowUp, isOwnState, isRepeated, newRounds } from './follow-ups.ts'
import type { GateOptions } from './gate-options.ts'
import type { GatewayAgent } from './gateway-agent.ts'
import type { HeldCall } from './held-calls.ts'
import type { HeldTask } from './held-tasks.ts'
import { answerHeld, holdCall, keyOf, rejoinCall } from './hold-call.ts'
import { type Decidable, type Decided, decide } from './judge-call.ts'
import { type Refusable, refusedFor, refusedWithoutCredential, reportRefused } from './refused-call.ts'
import { stopOf } from './stopped-call.ts'
import { takeBack } from './take-back.ts'
import type { CallProblem, ToolCall } from './tool-call.ts'

/** All reject for bugs alone. */
export interface Gate {
  /** Makes the call, once it may be made. */
  readonly pass: (call: ToolCall) => Promise<Outcome>
  /** Asks people about the call, and makes it not. */
  readonly ask: (call: ToolCall) => Promise<Outcome>
  /** Goes on with a call that waits as a task: makes it, where it was approved. */
  readonly goOn: (call: ToolCall, task: HeldTask) => Promise<Outcome>
  /** The call of a request that a gateway has left: nobody is asked. The problem where that cannot be known now. */
  readonly rejoin: (call: ToolCall, request: OpenRequest) => Promise<HeldCall | Problem>
  /** What stops a call that waits as a task, or is against its agent. */
  readonly stopOf: (agent: GatewayAgent, task: HeldTask) => Promise<Problem | undefined>
  /** Takes the request of a task back, unless somebody else waits for it. The problem where that cannot be done now. */
  readonly takeBack: (agent: GatewayAgent, task: HeldTask) => Promise<Problem | undefined>
  /** What policy says of a call that the gateway itself makes for the agent. */
  readonly decide: (call: Decidable) => Promise<Decided>
  /** Refuses a call that nobody need judge; the ledger has it. */
  readonly refuse: (call: Refusable, problem: CallProblem) => Promise<Outcome>
}

export function createGate(options: GateOptions): Gate {
  const { waiting } = options

  const note = (call: ToolCall, outcome: Outcome, approved?: ApprovedRun) =>
    call.agent.followUps.note(outcome, approved, () => keyOf(options, call))

  const answer = (call: ToolCall, key: string, one: HeldCall) =>
    answerHeld(options, { call, key, unended: (outcome, run) => note(call, outcome, newRounds(run)) }, one)

  const held = (call: ToolCall) => holdCall(options, call, (key, one) => answer(call, key, one))

  async function unless(call: ToolCall, allowed: () => Promise<Outcome>, asked: () => Promise<Outcome>) {
    const decided = await decide(options, call)
    if (decided === 'allowed') return allowed()
    return decided === 'held' ? asked() : refusedFor(call, decided)
  }

  async function told(call: ToolCall, one: HeldCall): Promise<Outcome> {
    if (one.run) return one.run
    const answered = one.isAnswered ? await one.answered : undefined
    if (answered?.kind === 'ended') return refusedFor(call, answered.problem, one.request)
    return waiting.tell(call, one.request)
  }

  async function forward(call: ToolCall, members?: JsonObject): Promise<Outcome> {
    const refusal = await refusedWithoutCredential(call)
    if (refusal) return refusal
    const outcome = await call.forward(call.action.arguments, call.signal, members)
    await note(call, outcome)
    return withNextStep(call, outcome)
  }

  async function goOnWith(call: ToolCall, { members, giveBack }: FollowUp, run: ApprovedRun): Promise<Outcome> {
    const outcome = await continueCall(options, call, { members, run }, entered)
    if ('refusal' in outcome) {
      giveBack()
      return outcome.refusal
    }
    await note(call, outcome, run)
    return withNextStep(call, outcome)
  }

  async function entered(call: ToolCall, continues: Continues): Promise<Problem | undefined> {
    const decided = await decide(options, call, continues)
    return decided === 'allowed' ? undefined : decided === 'held' ? NOT_ENTERED : decided
  }

  /** What was approved goes on, unless it is stopped. */
  async function followUp(call: ToolCall): Promise<Outcome> {
    const known = await call.agent.followUps.take(await keyOf(options, call), call.params)
    // What nobody asked for is not passed on: the server asks again.
    if (!known) return 'requestState' in call.params ? NOT_ASKED : first(call)
    if (known.approved) return goOnWith(call, known, known.approved)
    return unless(
      call,
      () => forward(call, known.members),
      () => held(call),
    )
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
    rejoin: (call, request) => rejoinCall(options, call, request),
    stopOf: (agent, { held }) => stopOf(options, agent, held),
    takeBack: (agent, { key, held }) => takeBack(options, agent, key, held),
    decide: (call) => decide(options, call),
    async refuse(call, problem) {
      await reportRefused(options, call, problem)
      return refusedFor(call, problem)
    },
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

/** Of an authority that does not know what goes on. */
const NOT_ENTERED: Problem = { code: 'policy_denied', detail: 'The authority has not entered that this call goes on.' }

const ALLOWED: Outcome = { result: { content: [{ type: 'text', text: 'Nobody has to approve this call. Make it.' }] } }
