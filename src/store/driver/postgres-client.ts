/**
 * postgres.js clients of which none is used again once it lost a connection.
 *
 * In: how to connect. Out: the client of the moment. postgres.js (3.4.9) keeps what it had not yet written when a
 * connection broke, together with the cancelled timer that would have written it: the next connection on the same
 * client then never sends its greeting, and every call on it ends in a time-out, for ever. A new client has no past.
 */
import postgres from 'postgres'
import { StoreUnavailable } from '../../domain/refusal.ts'

export type Client = ReturnType<typeof connect>
type Options = NonNullable<Parameters<typeof postgres>[1]>

/** How long a client that lost one connection may take to answer what is under way on its others. */
const GRACE_SECONDS = 1

const connect = (url: string, options: Options) => postgres(url, { ...options, types: { bigint: BIGINT } })
const BIGINT = { to: 20, from: [20], parse: Number, serialize: String }

export interface Clients {
  /** Connects with its first statement; throws `StoreUnavailable` after `close`. */
  readonly current: () => Client
  /** False from the moment that one of its connections broke. */
  readonly isCurrent: (client: Client) => boolean
  /** Lets go of the current client: what is under way on it has `graceSeconds` to end. */
  readonly renew: (graceSeconds?: number) => Promise<void>
  readonly close: () => Promise<void>
}

export function clientsOf(url: string, options: Options, onLost: () => void = () => {}): Clients {
  let current: Client | undefined
  let closed = false
  const leaving = new Set<Promise<void>>()

  function renew(graceSeconds = GRACE_SECONDS): Promise<void> {
    if (current === undefined) return Promise.resolve()
    const left: Promise<void> = current.end({ timeout: graceSeconds }).finally(() => leaving.delete(left))
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
