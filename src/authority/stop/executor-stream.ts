/**
 * The executors' event stream on the store, the clocks and the keys of this process. What it sends is in control/feed.ts.
 */
import { base64urlEncode } from '@countersign/verifier'
import type { Deps } from '../deps.ts'
import { signedList } from './signed-list.ts'
import { createFeed, type Feed } from './stream.ts'

export function createExecutorFeed(deps: Deps): Feed {
  const { config, store, events, log, now, randomBytes } = deps
  const newId = () => base64urlEncode(randomBytes(16))
  const process = newId()
  return createFeed({
    issuer: config.origin,
    sign: (list, at) => signedList(deps, list, at),
    read: (sinceMs) => store.controlState(now(), sinceMs),
    inForce: (credentials) => store.credentialsInForce(credentials, now()),
    keep: (streams, nowMs) => store.keepStreams(process, streams, nowMs),
    waitFor: events.waitFor,
    nowMs: deps.nowMs,
    upMs: deps.upMs,
    newId,
    random: () => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32,
    failed: (reason) => log.warn('feed.failed', { reason }),
  })
}
