/**
 * Following the tail of the ledger: by server-sent events, or by polling where those are refused. A hidden page closes
 * its connection and later continues where it was.
 */

import { HELD_BACK, watchStream } from '../parts/held-back.ts'

export interface TailChange {
  /** Entries since the last change; undefined when polling. */
  readonly added: number | undefined
  /** Committed entries whose proof is pending. */
  readonly unproved: number
}

interface TailListener {
  readonly heard: (change: TailChange) => void
  /** `words`: why news arrives late, where it does. */
  readonly connected: (isConnected: boolean, words?: string) => void
}

const POLL_EVERY_MS = 10_000

/** `after`: a leaf index, undefined for an empty log. Returns a function that stops following. */
export function followTail(query: string, after: string | undefined, { heard, connected }: TailListener): () => void {
  let [position, unproved, added] = [after, 0, 0]
  let source: EventSource | undefined
  let polling: ReturnType<typeof setInterval> | undefined

  function open(): void {
    source = new EventSource(
      `/ledger/tail?${new URLSearchParams([...new URLSearchParams(query), ...placeOf(position)])}`,
    )
    source.addEventListener('open', () => connected(true))
    watchStream(source, 'position', () => {
      connected(true, HELD_BACK)
      poll()
    })
    source.addEventListener('entry', () => added++)
    source.addEventListener('position', ({ lastEventId, data }) => {
      position = lastEventId || position
      const event: { readonly unproved: number } = JSON.parse(data)
      if (added > 0 || event.unproved !== unproved) heard({ added, unproved: event.unproved })
      ;[unproved, added] = [event.unproved, 0]
    })
    source.addEventListener('error', () => {
      // The browser retries, except after a refusal: too many open pages, or the end of the session.
      if (source?.readyState === EventSource.CLOSED) poll()
      else connected(false)
    })
  }

  function poll(): void {
    polling ??= setInterval(() => heard({ added: undefined, unproved: 0 }), POLL_EVERY_MS)
  }

  function close(): void {
    source?.close()
    clearInterval(polling)
    polling = undefined
  }

  const seen = () => (document.hidden ? close() : open())
  document.addEventListener('visibilitychange', seen)
  if (!document.hidden) open()
  return () => {
    document.removeEventListener('visibilitychange', seen)
    close()
  }
}

const placeOf = (position: string | undefined): string[][] => (position === undefined ? [] : [['after', position]])
