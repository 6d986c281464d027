/**
 * The executors' event stream of this process, with its store, clocks and keys. The stream itself is stream.ts.
 */
import { base64urlEncode } from '@countersign/verifier'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Deps } from '../deps.ts'
import { signedList } from './signed-list.ts'
import { StopStream } from './stream.ts'

type StreamNeeds = Pick<Deps, 'config' | 'keys' | 'events' | 'log' | 'now' | 'nowMs' | 'upMs' | 'randomBytes'> & {
  readonly store: StopStore & TokenStore
}

export function createExecutorStream(deps: StreamNeeds): StopStream {
  const { config, store, events, log, now, nowMs, upMs, randomBytes } = deps
  const newId = () => base64urlEncode(randomBytes(16))
  const process = newId()
  return new StopStream({
    issuer: config.origin,
    sign: (list, at) => signedList(deps, list, at),
    read: (sinceMs) => store.stopState({ now: now(), sinceMs }),
    inForce: (ids) => store.credentialsInForce({ ids, now: now() }),
    keep: (streams, atMs) => store.keepStreams({ process, streams, nowMs: atMs }),
    waitFor: events.waitFor,
    nowMs,
    upMs,
    newId,
    random: () => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32,
    failed: (reason) => log.warn('stream.failed', { reason }),
  })
}
