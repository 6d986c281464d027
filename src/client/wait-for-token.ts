/**
 * Collects the token of a request by long polling, for as long as the request can still be answered.
 *
 * In: a call, the request, a signal. Out: the token, or why there will be none.
 *
 * Leaves `interval` or `Retry-After` between polls; rides out a short absence of the authority. RFC 7240.
 */
import type { Answer, CallOutput } from './call-types.ts'
import type { Call } from './client.ts'
import { sleep } from './sleep.ts'

export type Collected = CallOutput<'collectToken'>

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Sent with every poll: a DPoP proof must be fresh each time, hence a function. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>
  /** Consecutive polls without an answer before giving up. Default 5. */
  readonly maxFailures?: number
}

const WAIT_SECONDS = 25

/** Resolves to the token or the first lasting refusal; rejects only when `signal` aborts. */
export async function waitForToken(
  call: Call,
  request: { readonly id: string; readonly interval: number },
  options: WaitOptions = {},
): Promise<Answer<Collected>> {
  const { signal, headers, maxFailures = 5 } = options
  for (let failures = 0; ; ) {
    const answer = await call('collectToken', {
      params: { id: request.id },
      waitSeconds: WAIT_SECONDS,
      ...(headers ? { headers: await headers() } : {}),
      ...(signal ? { signal } : {}),
    })
    if (answer.ok || !mayChange(answer.problem.code)) return answer
    failures = answer.problem.code === 'authority_unreachable' ? failures + 1 : 0
    if (failures >= maxFailures) return answer
    const backoff = failures > 0 ? 2 ** failures : request.interval
    await sleep((answer.problem.retryAfterSeconds ?? backoff) * 1000, signal)
  }
}

const mayChange = (code: string) => ['request_pending', 'rate_limited', 'authority_unreachable'].includes(code)
