/**
 * The executor's door, from the agent's side: relay a challenge unchanged, then poll until the token is there.
 *
 * In: the challenge as the executor gave it. Out: the token response, or why there will be none.
 *
 * Polls as a device does (RFC 8628 3.5): `authorization_pending` keeps the pace, `slow_down` adds five seconds to it for
 * good, a lost connection doubles it, everything else ends it. draft-rosomakho-oauth-txn-challenge.
 */
import type { ErrorCode } from '@countersign/verifier'
import { TransactionOpened as OpenedShape, TransactionToken } from '../api/schemas.ts'
import type { Answer } from './call-types.ts'
import type { Call } from './client.ts'
import { unusable } from './read-problem.ts'
import { sleep } from './sleep.ts'

export interface TransactionOpened {
  readonly transaction_authorization_id: string
  readonly expires_in: number
  readonly interval: number
  /** The page where an approver answers. */
  readonly authorization_uri: string
}

export interface Relayed {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly authorization_details: readonly Readonly<Record<string, unknown>>[]
}

export interface RelayOptions {
  readonly signal?: AbortSignal
  /** Called once the authority has taken the challenge: the moment to show the link. */
  readonly onOpened?: (opened: TransactionOpened) => void
}

/** Resolves to the token or the first lasting refusal; rejects only when `signal` aborts. */
export async function relayChallenge(
  call: Call,
  challenge: string,
  { signal, onOpened }: RelayOptions = {},
): Promise<Answer<Relayed>> {
  const stop = signal ? { signal } : {}
  const answer = await call('transaction', { form: { transaction_challenge: challenge }, ...stop })
  if (!answer.ok) return answer
  const opened = OpenedShape.safeParse(answer.value)
  if (!opened.success) return { ...answer, ok: false, problem: unusable('Its answer to a challenge is malformed.') }
  onOpened?.(opened.data)
  return poll(call, opened.data, stop)
}

async function poll(
  call: Call,
  opened: TransactionOpened,
  stop: { readonly signal?: AbortSignal },
): Promise<Answer<Relayed>> {
  const form = { transaction_authorization_id: opened.transaction_authorization_id }
  let pauseSeconds = opened.interval
  for (let waited = 0; ; waited += pauseSeconds) {
    const answer = await call('transaction', { form, waitSeconds: WAIT_SECONDS, ...stop })
    if (answer.ok) {
      const token = TransactionToken.safeParse(answer.value)
      if (token.success) return { ...answer, value: token.data }
      return { ...answer, ok: false, problem: unusable('Its token response is malformed.') }
    }
    const next = nextPause(answer.problem, pauseSeconds)
    // The authority ends what has expired; should it never answer again, the promised life of the request does.
    if (next === undefined || waited > opened.expires_in) return answer
    pauseSeconds = next
    await sleep(pauseSeconds * 1000, stop.signal)
  }
}

/** An authority that holds no answers ignores it: then the pauses alone set the pace. */
const WAIT_SECONDS = 25
const SLOW_DOWN_SECONDS = 5
const MAX_PAUSE_SECONDS = 60

/** RFC 8628 3.5; undefined where polling is over. */
function nextPause(
  problem: { readonly code: ErrorCode; readonly oauthError?: string; readonly retryAfterSeconds?: number },
  pauseSeconds: number,
): number | undefined {
  if (problem.oauthError === 'authorization_pending') return pauseSeconds
  if (problem.oauthError === 'slow_down') return pauseSeconds + SLOW_DOWN_SECONDS
  if (problem.code === 'rate_limited') return Math.max(problem.retryAfterSeconds ?? 0, pauseSeconds + SLOW_DOWN_SECONDS)
  if (problem.code === 'authority_unreachable') return Math.min(pauseSeconds * 2, MAX_PAUSE_SECONDS)
  return undefined
}
