/**
 * Opens the request of a call: the gateway, as the executor, signs a challenge with what it knows of the call, and hands
 * it to the authority with the agent's credential. Then it waits for people, whether or not a client is there.
 */
import { setTimeout } from 'node:timers/promises'
import { ApprovalError } from '@countersign/verifier'
import type { Client, Problem } from '../../client/client.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import type { Answered, HeldCall } from './held-calls.ts'

/** A request that could not be opened. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** The call of a request, whose answer is waited for from now on, unless it was `seen` already. */
export function heldCall(authority: Client, request: OpenRequest, signal: AbortSignal, seen?: Answered): HeldCall {
  const one: HeldCall = {
    ...{ request, isAnswered: seen !== undefined, waiters: 0, isReleased: false, subjects: undefined, run: undefined },
    answered: seen ? Promise.resolve(seen) : answerTo(authority, request, signal),
  }
  void one.answered.then(() => {
    one.isAnswered = true
  })
  return one
}

/** Throws `NotOpened`. */
export async function present(authority: Client, challenge: string): Promise<OpenRequest> {
  const answer = await authority.call('transaction', { form: { transaction_challenge: challenge } })
  if (!answer.ok) throw new NotOpened(answer.problem)
  const { value } = answer
  if (!('transaction_authorization_id' in value)) throw new TypeError('A challenge was answered with a token')
  const { transaction_authorization_id: id, authorization_uri: url, expires_in: seconds } = value
  return { id, url, expiresAt: Math.floor(Date.now() / 1000) + seconds }
}

const WAIT_SECONDS = 25
const PAUSE_MS = 1000

/**
 * Asks until somebody has answered, or the request has ended: that is for the authority to say, and for the time of the
 * request only while the authority is away. Never rejects.
 */
async function answerTo(authority: Client, { id, expiresAt }: OpenRequest, signal: AbortSignal): Promise<Answered> {
  const endsAt = performance.now() + expiresAt * 1000 - Date.now()
  for (;;) {
    const seen = await look(authority, id, signal, WAIT_SECONDS)
    if (seen !== 'pending' && seen !== 'away') return seen
    if (signal.aborted || (seen === 'away' && performance.now() > endsAt)) return { kind: 'ended', problem: OVER }
    if (seen === 'away') await setTimeout(PAUSE_MS, undefined, { signal }).catch(() => {})
  }
}

const OVER: Problem = { code: 'request_expired', detail: 'Nobody answered in time.' }

/** How the wait stands, `waitSeconds` from now at most. */
export async function look(
  authority: Client,
  id: string,
  signal: AbortSignal,
  waitSeconds?: number,
): Promise<Answered | 'pending' | 'away'> {
  const options = { params: { id }, signal, ...(waitSeconds === undefined ? {} : { waitSeconds }) }
  const answer = await authority.call('viewRequest', options).catch(() => undefined)
  if (!answer?.ok) return answer && !isPassing(answer.problem) ? { kind: 'ended', problem: answer.problem } : 'away'
  const { state, denial, policy_denied: refused } = answer.value
  if (refused !== undefined) return { kind: 'ended', problem: { code: 'policy_denied', detail: refused } }
  if (state === 'pending') return 'pending'
  if (state === 'approved') return { kind: 'approved' }
  return { kind: 'ended', problem: endOf(state, denial?.reason ?? null) }
}

const isPassing = ({ code }: Problem) => code === 'authority_unreachable' || code === 'rate_limited'

function endOf(state: Exclude<Problem['state'], undefined>, reason: string | null): Problem {
  if (state === 'expired') return OVER
  const why = reason === null ? '' : ` In the approver’s words: “${reason}”`
  return { code: 'request_denied', detail: `${ENDED[state] ?? 'It was not approved.'}${why}`, state }
}

const ENDED: Readonly<Record<string, string>> = {
  denied: 'An approver denied this call. Change it, or leave it: nobody is asked for the same again within the hour.',
  withdrawn: 'The request was withdrawn. Make the call again if it is still needed.',
  stopped: 'The request was stopped: a person revoked it, or its agent or executor was removed.',
}

/** The challenge that a guard answers a call without a token with. */
export async function challengeIn(call: () => Promise<unknown>): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (error instanceof ApprovalError && error.challenge !== undefined) return error.challenge
    throw error
  }
  throw new TypeError('A guarded call ran without a token')
}
