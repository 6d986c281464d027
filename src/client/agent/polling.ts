/**
 * The pace of polling: for a token by its request, and for a relayed challenge as a device does. Keeps polling through
 * a short outage of the authority. Rejects only when the signal aborts. RFC 7240; RFC 8628 section 3.5.
 */
import type { Answer } from './exchange.ts'
import type { Problem } from './read-problem.ts'
import { sleep } from './sleep.ts'

/** The time that the authority may hold each attempt. An authority that holds none leaves the pace to the pauses. */
export const WAIT_SECONDS = 25

const MAX_FAILURES = 5
const SLOW_DOWN_SECONDS = 5
const MAX_PAUSE_SECONDS = 60

/** Repeats `attempt` while the request may still be answered; gives up after five attempts in a row without an answer. */
export async function pollRequest<T>(
  attempt: () => Promise<Answer<T>>,
  intervalSeconds: number,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  for (let failures = 0; ; ) {
    const answer = await attempt()
    if (answer.ok || !mayChange(answer.problem)) return answer
    failures = answer.problem.code === 'authority_unreachable' ? failures + 1 : 0
    if (failures >= MAX_FAILURES) return answer
    const pauseSeconds = failures > 0 ? 2 ** failures : intervalSeconds
    await sleep((answer.problem.retryAfterSeconds ?? pauseSeconds) * 1000, signal)
  }
}

const mayChange = ({ code }: Problem) => ['request_pending', 'rate_limited', 'authority_unreachable'].includes(code)

/** `slow_down` lengthens the pause for good, a lost connection doubles it; it ends with the life of the transaction. */
export async function pollTransaction<T>(
  attempt: () => Promise<Answer<T>>,
  { intervalSeconds, expiresInSeconds }: { readonly intervalSeconds: number; readonly expiresInSeconds: number },
  signal?: AbortSignal,
): Promise<Answer<T>> {
  let pauseSeconds = intervalSeconds
  for (let waited = 0; ; waited += pauseSeconds) {
    const answer = await attempt()
    const next = answer.ok ? undefined : nextPause(answer.problem, pauseSeconds)
    // The authority ends an expired transaction; should it never answer again, the promised life does.
    if (next === undefined || waited > expiresInSeconds) return answer
    pauseSeconds = next
    await sleep(pauseSeconds * 1000, signal)
  }
}

/** Undefined where polling is over. */
function nextPause({ code, oauthError, retryAfterSeconds = 0 }: Problem, pauseSeconds: number): number | undefined {
  if (oauthError === 'authorization_pending') return pauseSeconds
  if (oauthError === 'slow_down') return pauseSeconds + SLOW_DOWN_SECONDS
  if (code === 'rate_limited') return Math.max(retryAfterSeconds, pauseSeconds + SLOW_DOWN_SECONDS)
  if (code === 'authority_unreachable') return Math.min(pauseSeconds * 2, MAX_PAUSE_SECONDS)
  return undefined
}
