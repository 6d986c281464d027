/**
 * Remembers presented ids, so that no token acts twice, whatever the authority answers.
 *
 * Lives in this process alone: only redemption holds across several. SPEC 7.
 */
import type { ErrorCode } from '../errors/approval-error.ts'
import { demand } from '../errors/refuse.ts'

/** Gives a claimed use back after a presentation that failed later. Works once. */
export type Release = () => void

export type ReplayCache = {
  /**
   * Claims one of `uses` uses of `id`, or `taken` of them, at once and before anything asynchronous, so that of two racing callers one wins.
   * Throws the cache's code when none is left, `rate_limited` when the memory is full: forgetting would be worse.
   */
  readonly claim: (id: string, uses: number, untilSeconds: number, taken?: number) => Release
}

export type ReplayCacheOptions = {
  readonly now: () => number
  readonly capacity: number
  /** The code for an id that has been used up. */
  readonly used: ErrorCode
}

/** Looking at every entry is cheap once a minute, and once a second where there is need. */
const SWEEP_SECONDS = 60
const SWEEP_WHEN_FULL_SECONDS = 1

export function createReplayCache({ now, capacity, used }: ReplayCacheOptions): ReplayCache {
  const entries = new Map<string, { used: number; readonly until: number }>()
  let sweptAt = now()

  const sweep = (): void => {
    const time = now()
    if (time - sweptAt < (entries.size < capacity ? SWEEP_SECONDS : SWEEP_WHEN_FULL_SECONDS)) return
    sweptAt = time
    for (const [id, entry] of entries) if (entry.until < time) entries.delete(id)
  }

  const claim: ReplayCache['claim'] = (id, uses, until, taken = 1) => {
    sweep()
    const entry = entries.get(id) ?? { used: 0, until }
    demand(entry.used + taken <= uses, used)
    demand(entries.has(id) || entries.size < capacity, 'rate_limited')
    entry.used += taken
    entries.set(id, entry)
    return once(() => {
      entry.used -= taken
      if (entry.used === 0) entries.delete(id)
    })
  }

  return { claim }
}

/** Claims all of them, or none. */
export function claimAll(claims: readonly (readonly [ReplayCache, ...Parameters<ReplayCache['claim']>])[]): Release {
  const releases: Release[] = []
  const releaseAll = () => {
    for (const release of releases) release()
  }
  try {
    for (const [cache, ...claim] of claims) releases.push(cache.claim(...claim))
  } catch (error) {
    releaseAll()
    throw error
  }
  return releaseAll
}

function once(action: () => void): Release {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}
