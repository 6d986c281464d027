/**
 * Reads the announcement of a stop. Whoever may connect to the database can send one: it can stop calls that nobody
 * stopped, and nothing else follows from it. SPEC 9.
 */
import { isJsonObject, parseSelector } from '@countersign/verifier/authority'
import type { Stop, StopSelector } from '../../domain/stop/kill-switch.ts'
import { OVERLAP_MS } from './stream-orders.ts'

/** Undefined for a text that is no stop up to now: whatever is in force comes with the reading that follows. */
export function announcedStop(text: string, nowMs: number): Stop | undefined {
  try {
    const { id, atMs, kind, killswitch, selector } = JSON.parse(text)
    const isStop = Number.isSafeInteger(id) && id > 0 && Number.isSafeInteger(atMs) && atMs >= 0
    const isOfSwitch = kind === 'killswitch' && typeof killswitch === 'string' && ID.test(killswitch)
    if (!isStop || atMs > nowMs + OVERLAP_MS || !(isOfSwitch || (kind === 'revocation' && killswitch === null))) {
      return undefined
    }
    return { id, atMs, kind, killswitch, selector: parseStopSelector(selector) }
  } catch {
    return undefined
  }
}

const ID = /^[\w-]{1,256}$/
const JTI = /^[\w-]{21}[AQgw]$/
const KEY = /^[\w-]{42}[AEIMQUYcgkosw048]$/

/** Throws for what executors could not read. */
function parseStopSelector(value: unknown): StopSelector {
  if (!isJsonObject(value)) throw new TypeError('A selector is an object')
  const { jti, key, ...rest } = value
  return {
    ...parseSelector(rest),
    ...(jti === undefined ? {} : { jti: matching(jti, JTI) }),
    ...(key === undefined ? {} : { key: matching(key, KEY) }),
  }
}

function matching(value: unknown, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new TypeError('It names no token and no passkey')
}
