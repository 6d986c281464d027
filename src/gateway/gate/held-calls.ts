/**
 * Calls that wait for people. The same call again, while it waits or runs, is the same request: people are notified
 * once, it runs once, and every caller gets its result. A call runs when a caller is connected, and never by itself.
 */
import type { Selectable } from '@countersign/verifier/authority'
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import type { OpenRequest } from '../state/waiting-request.ts'

/** How the wait for people ended. */
export type Answered = { readonly kind: 'approved' } | { readonly kind: 'ended'; readonly problem: Problem }

export interface HeldCall {
  readonly request: OpenRequest
  /** Resolves when people have answered, or nobody can any more. */
  readonly answered: Promise<Answered>
  isAnswered: boolean
  /** Callers that are held for it now. */
  waiters: number
  /** Whether it waits no more: the same call is another then. */
  isReleased: boolean
  /** The names that a kill switch can select it by, once they were asked for. */
  subjects: readonly Selectable[] | undefined
  /** The one run of the call, once it was approved. */
  run: Promise<Outcome> | undefined
}

export interface HeldCalls {
  /** The call that waits under this key, or the one that `open` makes; null where too many wait. Rejects as `open` does. */
  readonly hold: (key: string, open: () => Promise<HeldCall>) => Promise<HeldCall> | null
  readonly release: (key: string) => void
}

const MAX_HELD = 100

export function createHeldCalls(): HeldCalls {
  const held = new Map<string, Promise<HeldCall>>()
  return {
    hold(key, open) {
      const known = held.get(key)
      if (known) return known
      if (held.size >= MAX_HELD) return null
      const opened = open()
      held.set(key, opened)
      // What could not be opened waits for nobody.
      opened.catch(() => held.delete(key))
      return opened
    },
    release: (key) => void held.delete(key),
  }
}
