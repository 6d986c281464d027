/**
 * The gate of tool calls: what policy allows runs at once, what people have to approve waits for them, everything else is
 * refused. The gateway never approves: it proposes for the agent, and acts as the executor. SPEC 2, 11.3, 14.
 */
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import { isUnsure, unsure } from '../message/unsure.ts'
import { nextStep } from './fate.ts'
import { createFollowUps, isRepeated } from './follow-ups.ts'
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
  const followUps = createFollowUps()

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

  const answer = (call: ToolCall, key: string, one: HeldCall) =>
    answerHeld(options, { call, key, ran: (outcome) => followUps.note(key, outcome) }, one)

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

  return {
    async pass(call) {
      const forward = async () =>
        (await refusedWithoutCredential(call)) ??
        withNextStep(call, await call.forward(call.action.arguments, call.signal))
      const key = isRepeated(call.params) ? await keyOf(options, call) : undefined
      if (key === undefined || !(await followUps.take(key, call.params))) return unless(call, forward, () => held(call))
      // What was approved goes on, unless it is stopped.
      const outcome = await unless(call, forward, forward)
      await followUps.note(key, outcome)
      return outcome
    },
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
  if (!isUnsure(outcome)) return outcome
  return unsure(`${outcome.error.message} Whether the server acted on this call is not known. ${nextStep(call)}`)
}

const ALLOWED: Outcome = { result: { content: [{ type: 'text', text: 'Nobody has to approve this call. Make it.' }] } }

const codeOf = (reason: string): Problem['code'] => (reason === 'killed' ? 'killed' : 'policy_denied')
