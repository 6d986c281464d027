/**
 * `@countersign/verifier/live`: follows the authority's stream of events, so that kill switches act at once.
 *
 * Without news for `staleAfterSeconds` the verifier falls back to fetching lists, and refuses with `status_stale` where
 * that fails too. Runs wherever fetch can read a body as it comes; on Workers in a Durable Object, since elsewhere a
 * connection ends with the call that opened it. SPEC 9.
 */
import { post, refusal } from '../authority/redeem.ts'
import type { Moment } from '../authority/status.ts'
import { ERROR_STATUS } from '../errors/approval-error.ts'
import type { Followed, Live } from '../verify/live-port.ts'
import { follow, type Listener } from './connection.ts'
import { createOrders, type Stopped } from './orders.ts'

export type { Followed, Live } from '../verify/live-port.ts'

export type LiveOptions = {
  /** 0 to 1: spreads executors that begin again at once. Default: `Math.random`. */
  readonly random?: () => number
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
const CONFIRM_AFTER_MS = [0, 250, 1000, 4000] as const

/**
 * Makes a stream for one verifier: `createVerifier({ …, live: live() })`.
 *
 * It begins again for as long as it is not closed, after pauses with full jitter of at most 100 ms, doubling up to 5 s.
 * Errors go to the verifier's `onError`. Keeps the process alive until `close`.
 */
export function live({ random = Math.random }: LiveOptions = {}): Live {
  const orders = createOrders()
  const closing = new AbortController()
  let following: Promise<void> | undefined
  let confirmed = Promise.resolve()
  let followed: Followed | undefined
  let heardAt: Moment | undefined

  const attach = (verifier: Followed): void => {
    if (followed || !verifier.credential) throw new TypeError('live needs a verifier of its own, with a credential')
    followed = verifier
    const heard = (at: Moment) => {
      heardAt = at
    }
    const stopped: Listener['stopped'] = (stop, connection) => {
      confirmed = confirmed.then(() => confirm(verifier, stop, connection, closing.signal))
    }
    following = followOn(verifier, { orders, heard, stopped }, random, closing.signal)
  }

  return Object.freeze({
    attach,
    engaged: orders.engaged,
    check: orders.check,
    begun: orders.begun,
    ageSeconds: () => {
      if (!followed || !heardAt) return Infinity
      const [set, steady] = followed.clock()
      return Math.max(set - heardAt[0], steady - heardAt[1])
    },
    close: async () => {
      closing.abort()
      await following
      await confirmed
    },
  } satisfies Live)
}

/** One connection after the other. The pauses grow until there was fresh news. */
async function followOn(
  followed: Followed,
  { heard, ...listener }: Omit<Listener, 'passed'>,
  random: () => number,
  closing: AbortSignal,
): Promise<void> {
  let [failures, lastEventId] = [0, '']
  const all: Listener = {
    ...listener,
    heard: (at) => {
      failures = 0
      heard(at)
    },
    passed: (eventId) => {
      lastEventId = eventId
    },
  }
  while (!closing.aborted) {
    await follow(followed, all, lastEventId, closing).catch((error) => closing.aborted || followed.onError(error))
    await pause(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), closing)
    failures += 1
  }
}

/** Confirms to the authority that a stop arrived and how many calls it hit. */
async function confirm(
  { issuer, credential = '', transport, onError }: Followed,
  { stop, aborted }: Stopped,
  connection: string,
  closing: AbortSignal,
): Promise<void> {
  const body = { stop, aborted, connection }
  let failure: unknown
  for (const pauseMs of CONFIRM_AFTER_MS) {
    await pause(pauseMs, closing)
    if (closing.aborted && failure) break
    try {
      const answer = await post({ issuer, credential, transport }, '/executor/confirmations', body)
      if (answer.status === 201) return
      failure = refusal(answer.text)
      if (answer.status < ERROR_STATUS.rate_limited) break
    } catch (error) {
      failure = error
    }
  }
  onError(failure)
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      closing.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    closing.addEventListener('abort', done)
    if (closing.aborted) done()
  })
}
