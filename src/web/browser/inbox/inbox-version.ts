/**
 * Waiting for the inbox to change, with a long poll.
 *
 * In: the version last seen. Out: the new one, `same` after a while, or the reason for a failure.
 */

import { pause } from '../parts/dom.ts'
import { call } from '../parts/fetch-json.ts'

interface Inbox {
  readonly version: string
}

export type InboxChange =
  | { readonly kind: 'changed'; readonly version: string }
  | { readonly kind: 'same' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'unreachable' }

const WAIT_SECONDS = 25

/** An aborted wait ends as `same`. */
export async function nextInboxChange(
  version: string,
  signal?: AbortSignal,
  waitSeconds = WAIT_SECONDS,
): Promise<InboxChange> {
  const headers = { 'If-None-Match': `"${version}"`, Prefer: `wait=${waitSeconds}` }
  const reply = await call<Inbox>('GET', '/inbox', signal ? { headers, signal } : { headers })
  if (reply.ok)
    return reply.value.version === version ? { kind: 'same' } : { kind: 'changed', version: reply.value.version }
  if (reply.code === 'not_modified' || signal?.aborted) return { kind: 'same' }
  return { kind: reply.code === 'unauthenticated' ? 'signed-out' : 'unreachable' }
}

/** 1 s, 2 s, 4 s … at most 30 s, with jitter so that many pages do not return at once. */
export const backOff = (failures: number): Promise<void> =>
  pause(Math.min(30_000, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2))
