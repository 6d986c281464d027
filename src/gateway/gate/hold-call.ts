/** Holds a call for people: one request for all calls that are the same, one run, and an answer for each client in time. */
import { digestOf } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import { challengeIn, heldCall, look, NotOpened, present } from './ask-people.ts'
import { usedBefore } from './fate.ts'
import type { RedeemedRun } from './follow-ups.ts'
import type { GateOptions } from './gate-options.ts'
import type { Answered, HeldCall } from './held-calls.ts'
import { problemOf, refusedFor, reportRefused } from './refused-call.ts'
import { guardOf, runApproved } from './run-approved.ts'
import { stopOf } from './stopped-call.ts'
import { release, takeBack, WITHDRAW_REQUEST, withThoseThatWait } from './take-back.ts'
import { Cancelled, type ToolCall } from './tool-call.ts'

type AnswerHeld = (key: string, one: HeldCall) => Promise<Outcome>

/** Holds the call: who asks for the same call waits for the same answer. */
export async function holdCall(options: GateOptions, call: ToolCall, answer: AnswerHeld): Promise<Outcome> {
  const key = await keyOf(options, call)
  const refusal = options.waiting.refuse(call, key)
  if (refusal) return refusal
  const opened = call.agent.held.hold(key, () => open(options, call, key))
  if (!opened) return refusedFor(call, TOO_MANY)
  try {
    return await answer(key, await opened)
  } catch (error) {
    return refusedAs(options, call, error)
  }
}

/** Throws what is a bug. */
async function refusedAs(options: GateOptions, call: ToolCall, error: unknown): Promise<Outcome> {
  const problem = problemOf(error)
  if (!(error instanceof NotOpened)) await reportRefused(options, call, problem)
  return refusedFor(call, await withThoseThatWait(call.agent, problem))
}

/** The call of a request that a gateway has left. Nobody is asked about it. */
export async function rejoinCall(
  options: GateOptions,
  call: ToolCall,
  request: OpenRequest,
): Promise<HeldCall | Problem> {
  const key = await keyOf(options, call)
  try {
    return (await call.agent.held.hold(key, () => leftCall(options, call, key, request))) ?? TOO_MANY
  } catch (error) {
    if (error instanceof NotOpened) return error.problem
    throw error
  }
}

/** One for all calls that are the same: of one agent at one gateway, with one action. */
export const keyOf = ({ audience }: GateOptions, { agent, action }: ToolCall): Promise<string> =>
  digestOf({ typ: 'countersign/mcp-call/v1', aud: audience, agent: agent.id, ...action })

const TOO_MANY: Problem = {
  code: 'rate_limited',
  detail: `Too many calls of this agent wait for people. Wait for an answer, or take one back with ${WITHDRAW_REQUEST}.`,
}

/** The request that a gateway left, or that the client comes back for, or a new one: of several gateways one asks. */
async function open(options: GateOptions, call: ToolCall, key: string): Promise<HeldCall> {
  const { files } = options
  const known = (await files.load(key)) ?? options.waiting.asked(call, key)
  if (known) return leftCall(options, call, key, known)
  const opened = await files.alone(key, async (holds) => {
    const left = await files.load(key)
    if (left) return leftCall(options, call, key, left)
    const challenge = await challengeIn(() => guardOf(options, call)(call.action.arguments))
    return (await holds()) ? keep(options, call, key, await present(call.agent.authority, challenge)) : undefined
  })
  // This gateway was suspended meanwhile, and another may have asked.
  return opened ?? open(options, call, key)
}

/** A request that was opened before: it is looked at first, since people may have answered, or the call may have run. */
async function leftCall(options: GateOptions, call: ToolCall, key: string, request: OpenRequest): Promise<HeldCall> {
  const { agent } = call
  const seen = await look(agent.authority, request.id, options.signal)
  if (seen === 'pending') return held(options, call, key, request)
  const before = seen !== 'away' && seen.kind === 'ended' ? undefined : await usedBefore(options, call, request)
  if (before && 'code' in before) throw new NotOpened(before)
  if (seen === 'away' && !before) throw new NotOpened(AWAY)
  const one = held(options, call, key, request, seen === 'away' ? APPROVED : seen)
  if (!before) return one
  one.run = Promise.resolve(before)
  await release(options, agent, key, one)
  return one
}

const AWAY: Problem = { code: 'authority_unreachable', detail: 'The authority cannot be reached.' }

/** A request that cannot be kept is taken back: after a restart people would be asked twice. */
async function keep(options: GateOptions, call: ToolCall, key: string, request: OpenRequest): Promise<HeldCall> {
  try {
    await options.files.keep(key, request)
  } catch (error) {
    await call.agent.authority.call('withdrawRequest', { params: { id: request.id } })
    throw error
  }
  return held(options, call, key, request)
}

function held(options: GateOptions, { agent }: ToolCall, key: string, request: OpenRequest, seen?: Answered): HeldCall {
  const one = heldCall(agent.authority, request, options.signal, seen)
  // What ended waits no more, whether or not anybody is there.
  void one.answered.then(async (answered) => {
    if (answered.kind === 'approved' || options.signal.aborted) return
    if (answered.problem.state !== 'denied') return release(options, agent, key, one)
    one.isReleased = true
    agent.held.release(key)
    // The same call has the same answer for a while, and nobody is asked again.
    if (!seen) await keepFor(options, key, request, DENIED_SECONDS).catch(() => {})
  })
  return one
}

const DENIED_SECONDS = 3600
const LEFT_SECONDS = 86_400

const keepFor = ({ files }: GateOptions, key: string, request: OpenRequest, seconds: number): Promise<void> =>
  files.keep(key, { ...request, expiresAt: Math.floor(Date.now() / 1000) + seconds })

export interface Held {
  readonly call: ToolCall
  readonly key: string
  /** The server has not ended the approved call. */
  readonly unended: (outcome: Outcome, run: RedeemedRun) => Promise<void>
}

/** Waits until people have answered, or the time that a client waits is up. */
export async function answerHeld(options: GateOptions, held: Held, one: HeldCall): Promise<Outcome> {
  const { call, key } = held
  const { waiting } = options
  call.progress(`A person has to approve this call: ${one.request.url}`)
  one.waiters++
  const watching = new AbortController()
  const ended = Promise.race([one.answered, stopped(options, call, one, watching.signal)])
  const answered = one.run ? APPROVED : await within(ended, waiting.holdMs(call, key), call.signal)
  watching.abort()
  one.waiters--
  if (answered === 'waiting') {
    if (call.signal.reason instanceof Cancelled && !call.agent.tasks.waitsFor(key)) {
      const problem = await takeBack(options, call.agent, key, one)
      if (!problem) return refusedFor(call, WITHDRAWN, one.request)
    }
    void one.answered.then(() => waiting.answered(call, one.request, key))
    return waiting.answer(call, one, key)
  }
  if (answered.kind === 'ended') return refusedFor(call, answered.problem, one.request)
  one.run ??= run(options, held, one)
  return one.run
}

const APPROVED = { kind: 'approved' } as const

const WITHDRAWN: Problem = { code: 'request_denied', detail: 'The call was cancelled, and its request withdrawn.' }

const LOOK_MS = 1000

/** Once the call is stopped. Its request stays: it goes on where the kill switch is released in time. */
const stopped = (options: GateOptions, { agent }: ToolCall, one: HeldCall, signal: AbortSignal): Promise<Answered> =>
  new Promise((resolve) => {
    const look = async () => {
      const problem = await stopOf(options, agent, one)
      if (problem) resolve({ kind: 'ended', problem })
    }
    const timer = setInterval(look, LOOK_MS)
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  })

/** Who is gone does not make the call: it waits for the next that asks. */
function within<T>(answer: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T | 'waiting'> {
  return new Promise((resolve) => {
    const settle = (value: T | 'waiting') => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      resolve(value)
    }
    const giveUp = () => settle('waiting')
    const timer = setTimeout(giveUp, timeoutMs)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    void answer.then(settle)
  })
}

/** Runs an approved call, which waits no more afterwards, unless people have to be asked anew. */
async function run(options: GateOptions, held: Held, one: HeldCall): Promise<Outcome> {
  const { call, key } = held
  try {
    // What a killed gateway leaves is known longer than the request.
    await keepFor(options, key, one.request, LEFT_SECONDS)
  } catch (error) {
    one.run = undefined
    return refusedFor(call, problemOf(error), one.request)
  }
  const outcome = await runApproved(options, call, one.request).catch((error) => refusedAs(options, call, error))
  if ('refusal' in outcome) {
    one.run = undefined
    return outcome.refusal
  }
  await release(options, call.agent, key, one)
  if ('unended' in outcome) {
    await held.unended(outcome.unended, outcome.run)
    return outcome.unended
  }
  if (!('challenge' in outcome)) return outcome
  try {
    const next = await keep(options, call, key, await present(call.agent.authority, outcome.challenge))
    await call.agent.held.hold(key, async () => next)
    return options.waiting.answer(call, next, key, outcome.why)
  } catch (error) {
    return refusedAs(options, call, error)
  }
}
