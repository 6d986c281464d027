/**
 * A server for one session, which is started again at the next request after it has ended: greeted as the client greeted
 * it, and after pauses that grow. What was sent before is not sent again.
 */
import type { JsonObject } from '@countersign/verifier'
import type { OpenChannel } from '../channel/message-channel.ts'
import { wordsOf } from '../message/quoted.ts'
import { unsent } from '../message/unsure.ts'
import { openUpstream, type Upstream, type UpstreamListener } from './upstream.ts'

/** A server that has run for so long has no failures behind it. */
const STEADY_MS = 60_000
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000
const GREETING_MS = 30_000

interface Ended {
  readonly reason: string
  /** When it may be started again. */
  readonly until: number
}

export function openLasting(
  name: string,
  open: OpenChannel,
  listener: UpstreamListener,
  now: () => number = () => performance.now(),
): Upstream {
  let greeting: JsonObject | undefined
  let ended: Ended | undefined
  let starting: Promise<void> | undefined
  let startedAt = now()
  let failures = 0
  let isClosed = false
  let current = begin()

  const isAway = () => ended !== undefined

  function begin(): Upstream {
    startedAt = now()
    return openUpstream(name, open, { ...listener, ended: end })
  }

  function end(reason: string): void {
    if (isAway()) return
    failures = now() - startedAt > STEADY_MS ? 1 : failures + 1
    ended = { reason, until: now() + pauseAfter(failures) }
    listener.ended(reason)
  }

  /** A greeting of the client's own takes the place of this one. */
  async function startAgain(isGreeting: boolean): Promise<void> {
    if (isClosed || !ended || now() < ended.until) return
    ended = undefined
    current = begin()
    if (greeting === undefined || isGreeting) return
    const outcome = await current.request('initialize', greeting, { signal: AbortSignal.timeout(GREETING_MS) })
    if ('result' in outcome) return current.notify('notifications/initialized', {})
    end(`It was started again, and did not begin. ${wordsOf(outcome)}`)
    current.close()
  }

  return {
    name,
    request(method, params, options) {
      const isGreeting = method === 'initialize'
      if (isGreeting) greeting = params
      if (!ended && !starting) return current.request(method, params, options)
      starting ??= startAgain(isGreeting).finally(() => {
        starting = undefined
      })
      return starting.then(() =>
        ended ? unsent(awayWords(name, ended, now())) : current.request(method, params, options),
      )
    },
    notify: (method, params) => current.notify(method, params),
    answer: (id, outcome) => current.answer(id, outcome),
    close() {
      isClosed = true
      current.close()
    },
  }
}

/** None before the first new start. */
const pauseAfter = (failures: number): number =>
  failures < 2 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 2), MAX_PAUSE_MS)

function awayWords(name: string, { reason, until }: Ended, now: number): string {
  const seconds = Math.max(1, Math.ceil((until - now) / 1000))
  return `The server ${name} is not there. ${reason} Nothing was sent. It is started again at the next call in ${seconds} s or later.`
}
