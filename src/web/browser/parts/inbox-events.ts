/**
 * The inbox, followed: by server-sent events, or by long polls where those are refused.
 *
 * In: the version last seen. Out: a call at each change, and whether the server is heard. A page nobody looks at holds
 * no connection and asks now and then, so that its title still counts.
 */

import { pause } from './dom.ts'
import { backOff, nextInboxChange } from './inbox-version.ts'

export interface InboxListener {
  /** The version that is shown. */
  readonly seen: () => string
  /** Resolves to whether the news could be had. */
  readonly changed: (version: string) => Promise<boolean>
  readonly connected: (isConnected: boolean) => void
}

const LOOK_EVERY_MS = 15_000
/** A stream ends each minute and begins again at once: only a longer silence is news. */
const SILENCE_MS = 3000

export function followInbox({ seen, changed, connected }: InboxListener): void {
  let source: EventSource | undefined
  let round = new AbortController()
  let silence: ReturnType<typeof setTimeout> | undefined
  let latest = ''
  let catchingUp: AbortSignal | undefined

  function open(): void {
    const opened = new EventSource('/inbox/events')
    source = opened
    opened.addEventListener('inbox', ({ data }) => {
      const said: { readonly version: string } = JSON.parse(data)
      latest = said.version
      void catchUp(round.signal)
    })
    opened.addEventListener('error', () => {
      // It tries again by itself but after a refusal: too many open pages, or an end of the session.
      if (opened.readyState === EventSource.CLOSED) void poll(round.signal)
      else silence ??= setTimeout(() => heard(false), SILENCE_MS)
    })
  }

  /** Until what the server said last was fetched: the stream may be heard while nothing else gets through. */
  async function catchUp(signal: AbortSignal): Promise<void> {
    if (catchingUp === signal) return
    catchingUp = signal
    let version = seen()
    for (let failures = 0; version !== latest && !signal.aborted; ) {
      const wanted = latest
      const isHeard = await changed(wanted)
      if (isHeard) version = wanted
      failures = isHeard ? 0 : failures + 1
      if (isHeard || signal.aborted) continue
      heard(false)
      await backOff(failures)
    }
    if (signal.aborted) return
    catchingUp = undefined
    heard(true)
  }

  function heard(isConnected: boolean): void {
    clearTimeout(silence)
    silence = undefined
    connected(isConnected)
  }

  async function poll(signal: AbortSignal, waitSeconds?: number): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const change = await nextInboxChange(seen(), signal, waitSeconds)
      if (signal.aborted) return
      if (change.kind === 'signed-out') return location.reload()
      const isHeard = change.kind === 'changed' ? await changed(change.version) : change.kind === 'same'
      failures = isHeard ? 0 : failures + 1
      heard(failures === 0)
      if (failures > 0) await backOff(failures)
      else if (waitSeconds === 0) await pause(LOOK_EVERY_MS)
    }
  }

  function begin(): void {
    round.abort()
    source?.close()
    round = new AbortController()
    if (document.hidden) void poll(round.signal, 0)
    else open()
  }
  document.addEventListener('visibilitychange', begin)
  window.addEventListener('online', begin)
  window.addEventListener('offline', () => heard(false))
  begin()
}
