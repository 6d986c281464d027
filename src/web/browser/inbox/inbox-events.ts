/**
 * Following the inbox: by server-sent events, or by long polls where those are refused. A hidden page holds no
 * connection and polls occasionally, to keep its title current.
 */
import { pause } from '../parts/dom.ts'
import { HELD_BACK, watchStream } from '../parts/held-back.ts'

interface InboxListener {
  /** The filter as a query with its question mark; empty without one. */
  readonly search?: string
  /** The version on the page. */
  readonly seen: () => string
  /** Resolves to whether the change could be fetched. */
  readonly changed: (version: string) => Promise<boolean>
  /** `words`: why changes arrive late, where they do. */
  readonly connected: (isConnected: boolean, words?: string) => void
}

const POLL_EVERY_MS = 15_000
/** A stream ends every minute and reconnects at once: only a longer silence is reported. */
const SILENCE_MS = 3000

export function followInbox({ search = '', seen, changed, connected }: InboxListener): void {
  let source: EventSource | undefined
  let round = new AbortController()
  let silence: ReturnType<typeof setTimeout> | undefined
  let latest = ''
  let isHeldBack = false
  let catchingUp: AbortSignal | undefined

  function open(): void {
    const opened = new EventSource(`/inbox/events${search}`)
    source = opened
    // It goes on by long polls, which a proxy lets through whole.
    watchStream(opened, 'inbox', () => {
      isHeldBack = true
      heard(true)
      void poll(round.signal)
    })
    opened.addEventListener('inbox', ({ data }) => {
      const event: { readonly version: string } = JSON.parse(data)
      latest = event.version
      void catchUp(round.signal)
    })
    opened.addEventListener('error', () => {
      // The browser retries, except after a refusal: too many open pages, or the end of the session.
      if (opened.readyState === EventSource.CLOSED) void poll(round.signal)
      else silence ??= setTimeout(() => heard(false), SILENCE_MS)
    })
  }

  /** Retries until the latest version was fetched: the stream may arrive while other calls fail. */
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
    connected(isConnected, isConnected && isHeldBack ? HELD_BACK : undefined)
  }

  async function poll(signal: AbortSignal, waitSeconds?: number): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const change = await nextInboxChange(seen(), signal, waitSeconds, search)
      if (signal.aborted) return
      if (change.kind === 'signed-out') return location.reload()
      const isHeard = change.kind === 'changed' ? await changed(change.version) : change.kind === 'same'
      failures = isHeard ? 0 : failures + 1
      heard(failures === 0)
      if (failures > 0) await backOff(failures)
      else if (waitSeconds === 0) await pause(POLL_EVERY_MS)
    }
  }

  function begin(): void {
    round.abort()
    source?.close()
    round = new AbortController()
    if (document.hidden) void poll(round.signal, 0)
    else if (isHeldBack) void poll(round.signal)
    else open()
  }
  document.addEventListener('visibilitychange', begin)
  window.addEventListener('online', begin)
  window.addEventListener('offline', () => heard(false))
  begin()
}

type InboxChange =
  | { readonly kind: 'changed'; readonly version: string }
  | { readonly kind: 'same' | 'signed-out' | 'unreachable' }

const WAIT_SECONDS = 25

/** The version alone, by HEAD: whoever follows the inbox may show none of it. An aborted wait ends as `same`. */
export async function nextInboxChange(
  version: string,
  signal?: AbortSignal,
  waitSeconds = WAIT_SECONDS,
  search = '',
): Promise<InboxChange> {
  const headers = { Accept: 'application/json', 'If-None-Match': `"${version}"`, Prefer: `wait=${waitSeconds}` }
  try {
    const answer = await fetch(`/inbox${search}`, { method: 'HEAD', headers, signal: signal ?? null })
    if (answer.status === 401) return { kind: 'signed-out' }
    const current = /^(?:W\/)?"(.*)"$/.exec(answer.headers.get('ETag') ?? '')?.[1]
    if (answer.status === 304 || (answer.ok && current === version)) return { kind: 'same' }
    return answer.ok && current !== undefined ? { kind: 'changed', version: current } : { kind: 'unreachable' }
  } catch {
    return { kind: signal?.aborted ? 'same' : 'unreachable' }
  }
}

/** 1 s, 2 s, 4 s … at most 30 s, with jitter so that many pages do not return at once. */
const backOff = (failures: number): Promise<void> =>
  pause(Math.min(30_000, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2))
