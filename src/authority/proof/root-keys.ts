/**
 * The root of every proof: the thumbprints of first admins' keys, kept outside the database. The setting names them,
 * or the platform keeps them beside its other keys. A platform that can keep none trusts the first one that it sees,
 * and warns until the setting names it. SPEC 10.4.
 */
import { ok, refuse } from '../../domain/refusal.ts'
import type { Log, RootKeys } from '../deps.ts'

/** Where a platform keeps pins. Without `keep` they come from the configuration alone. */
export interface RootPins {
  readonly load: () => Promise<readonly string[]>
  readonly keep?: (keys: readonly string[]) => Promise<void>
}

/** The setting, which nothing changes at run time; or the platform's own pins. */
export const pinsOf = (setting: readonly string[] | null, kept: RootPins): RootPins =>
  setting === null ? kept : { load: async () => setting }

export async function createRootKeys(pins: RootPins, log: Log): Promise<RootKeys> {
  let keys = await pins.load()
  let isPinned = keys.length > 0 || pins.keep !== undefined
  async function keep(changed: readonly string[]): Promise<void> {
    await pins.keep?.(changed)
    keys = changed
  }
  return {
    pinned: () => keys,
    isPinned: () => isPinned,
    async trusts(key) {
      // Another process may have enrolled the first admin.
      if (keys.length === 0) keys = await pins.load()
      if (keys.length > 0 || pins.keep) return keys.includes(key)
      log.warn('root.unpinned', { key, next: 'Set COUNTERSIGN_ROOT_KEY to this key.' })
      keys = [key]
      isPinned = false
      return true
    },
    async pin(key) {
      if (keys.includes(key)) return ok(true)
      if (keys.length > 0) return refuse('forbidden', ANOTHER)
      await keep([key])
      return ok(true)
    },
    async add(key) {
      if (pins.keep && !keys.includes(key)) await keep([...keys, key])
    },
    unpin: (key) => keep(keys.filter((one) => one !== key)),
  }
}

const ANOTHER =
  'Another passkey is pinned as the first admin’s, outside the database. Enrol with that one, or remove the pin on the host.'
