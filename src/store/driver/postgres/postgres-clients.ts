/**
 * Clients of postgres.js, each replaced as soon as it has lost a connection. Works around: when a connection breaks,
 * postgres.js keeps unwritten bytes and the cancelled timer that would have written them, so the next connection of the
 * same client never sends its first message and every call on it ends in CONNECT_TIMEOUT (porsager/postgres#1215). A
 * new client has no such state.
 */
import postgres from 'postgres'
import { StoreUnavailable } from '../../../domain/refusal.ts'
import { parseConnectionUrl } from './connection-url.ts'

export type Client = ReturnType<typeof connect>
type Options = NonNullable<Parameters<typeof postgres>[1]>

/** How long the other connections of a replaced client may take to finish. */
const GRACE_SECONDS = 1

function connect(url: string, options: Options) {
  const own = parseConnectionUrl(url)
  const connection = { ...options.connection, ...own.connection }
  return postgres({ ...options, ...own, connection, types: { bigint: BIGINT } })
}

/** The code of a statement that came to a client after its end, and was never sent. */
export const ENDED = 'CONNECTION_ENDED'

const BIGINT = { to: 20, from: [20], parse: Number, serialize: String }

interface Ending extends Pick<Client, 'end'> {
  readonly options: object
}

/** Ends a client and whatever it would still connect for: an attempt that is due after the end would stay open. */
export function endForGood(client: Ending, graceSeconds: number): Promise<void> {
  const socket = () => {
    throw Object.assign(new Error('The client was given up'), { code: ENDED })
  }
  // The driver reads this option, which is missing from its declarations, each time it connects.
  Object.assign(client.options, { socket })
  return client.end({ timeout: graceSeconds })
}

export interface Clients {
  /** Connects with its first statement; throws `StoreUnavailable` after `close`. */
  readonly current: () => Client
  /** False once one of its connections has broken. */
  readonly isCurrent: (client: Client) => boolean
  /** Replaces the current client; its running statements have `graceSeconds` to end. */
  readonly renew: (graceSeconds?: number) => Promise<void>
  readonly close: () => Promise<void>
}

export function clientsOf(url: string, options: Options, onLost: () => void = () => {}): Clients {
  let current: Client | undefined
  let closed = false
  const leaving = new Set<Promise<void>>()

  function renew(graceSeconds = GRACE_SECONDS): Promise<void> {
    if (current === undefined) return Promise.resolve()
    const left: Promise<void> = endForGood(current, graceSeconds).finally(() => leaving.delete(left))
    leaving.add(left)
    current = undefined
    return left
  }

  function begin(): Client {
    const client = connect(url, {
      ...options,
      onclose: () => {
        if (client !== current) return
        void renew()
        onLost()
      },
    })
    return client
  }

  return {
    current: () => {
      if (closed) throw new StoreUnavailable('The database was closed')
      current ??= begin()
      return current
    },
    isCurrent: (client) => client === current,
    renew,
    async close() {
      closed = true
      void renew()
      await Promise.all(leaving)
    },
  }
}
