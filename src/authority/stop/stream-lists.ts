/**
 * The status lists as executors were last given them: signed when a token of theirs was revoked, and before they expire.
 *
 * In: how many tokens of each list are revoked, and where the next token will stand. Out: the lists that are new.
 * Carries lists that tokens are being put into, the one before, and those in which a living token was revoked; others
 * are there to be fetched. SPEC 9; draft-ietf-oauth-status-list.
 */

import { eventText } from '../../domain/server-event.ts'
import { LIST_LIFE_SECONDS, placeOf, statusUri } from '../../domain/stop/status-list-claims.ts'

export interface ListSource {
  readonly issuer: string
  /** The list as it is now, signed. */
  readonly sign: (list: number, nowSeconds: number) => Promise<string>
}

export interface Lists {
  /** The events of those that changed or grew old. */
  readonly renew: (state: RevokedCounts, nowMs: number) => Promise<string>
  readonly all: () => string
}

export interface RevokedCounts {
  readonly revoked: readonly { readonly list: number; readonly count: number }[]
  readonly nextPosition: number
}

const RENEW_AFTER_MS = (LIST_LIFE_SECONDS * 1000) / 2

interface Signed {
  readonly count: number
  readonly atMs: number
  readonly text: string
}

export function createLists({ issuer, sign }: ListSource): Lists {
  const signed = new Map<number, Signed>()

  return {
    async renew({ revoked, nextPosition }, nowMs) {
      const counts = new Map(revoked.map(({ list, count }) => [list, count]))
      const newest = placeOf(nextPosition).list
      const wanted = new Set([...counts.keys(), newest, ...(newest > 0 ? [newest - 1] : [])])
      for (const list of [...signed.keys()]) if (!wanted.has(list)) signed.delete(list)
      const changed: string[] = []
      for (const list of wanted) {
        const before = signed.get(list)
        const count = counts.get(list) ?? before?.count ?? 0
        const isYoung = before !== undefined && Math.abs(nowMs - before.atMs) < RENEW_AFTER_MS
        if (isYoung && before.count === count) continue
        const token = await sign(list, Math.floor(nowMs / 1000))
        const text = eventText('status', { uri: statusUri(issuer, list), token })
        signed.set(list, { count, atMs: nowMs, text })
        changed.push(text)
      }
      return changed.join('')
    },
    all: () => [...signed.values()].map(({ text }) => text).join(''),
  }
}
