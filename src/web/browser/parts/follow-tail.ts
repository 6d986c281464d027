/**
 * The tail of the ledger, followed: by server-sent events, or by looking now and then where those are refused.
 *
 * In: what is looked for, as the endpoints take it, and where to go on. Out: how many entries were added at a time, and
 * how many wait to be proved. A hidden page lets go of its connection, and goes on where it was.
 */

export interface News {
  /** Entries since the last news; undefined where nobody counted. */
  readonly added: number | undefined
  /** Committed entries that wait for their proof. */
  readonly unproved: number
}

export interface Listener {
  readonly heard: (news: News) => void
  readonly connected: (isConnected: boolean) => void
}

const LOOK_EVERY_MS = 10_000

/** `after`: a leaf index, or nothing for an empty log. Returns how to stop. */
export function followTail(query: string, after: string | undefined, { heard, connected }: Listener): () => void {
  let [position, unproved, added] = [after, 0, 0]
  let source: EventSource | undefined
  let looking: ReturnType<typeof setInterval> | undefined

  function open(): void {
    source = new EventSource(
      `/ledger/tail?${new URLSearchParams([...new URLSearchParams(query), ...placeOf(position)])}`,
    )
    source.addEventListener('open', () => connected(true))
    source.addEventListener('entry', () => added++)
    source.addEventListener('position', ({ lastEventId, data }) => {
      position = lastEventId || position
      const said: { readonly unproved: number } = JSON.parse(data)
      if (added > 0 || said.unproved !== unproved) heard({ added, unproved: said.unproved })
      ;[unproved, added] = [said.unproved, 0]
    })
    source.addEventListener('error', () => {
      // It tries again by itself but after a refusal: too many open pages, or an end of the session.
      if (source?.readyState === EventSource.CLOSED) look()
      else connected(false)
    })
  }

  function look(): void {
    looking ??= setInterval(() => heard({ added: undefined, unproved: 0 }), LOOK_EVERY_MS)
  }

  function close(): void {
    source?.close()
    clearInterval(looking)
    looking = undefined
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
