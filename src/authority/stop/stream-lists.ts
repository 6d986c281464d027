/**
 * The status lists as executors last got them: signed when one of their tokens was revoked, and before they expire.
 * Carries the list that tokens are being put into, the one before, and those in which a live token was revoked; others
 * are fetched. SPEC 9; draft-ietf-oauth-status-list.
 */
import { eventText } from '../../domain/server-event.ts'
import { LIST_LIFE_SECONDS, placeOf, statusUri } from '../../domain/stop/status-list-claims.ts'
import type { StopState } from '../../store/contract/stop-store.ts'

export interface ListSource {
  readonly issuer: string
  readonly sign: (list: number, nowSeconds: number) => Promise<string>
}

const RENEW_AFTER_MS = (LIST_LIFE_SECONDS * 1000) / 2

type ListState = Pick<StopState, 'revoked' | 'nextPosition'>
type ListCount = StopState['revoked'][number]

interface SignedList {
  readonly count: number
  readonly atMs: number
  readonly text: string
}

export class StatusLists {
  readonly #source: ListSource
  readonly #signed = new Map<number, SignedList>()

  constructor(source: ListSource) {
    this.#source = source
  }

  /** The lists to sign: those that changed, and where `renewsOld`, those that grew old. */
  stale({ revoked, nextPosition }: ListState, nowMs: number, renewsOld: boolean): readonly ListCount[] {
    const counts = new Map(revoked.map(({ list, count }) => [list, count]))
    const newest = placeOf(nextPosition).list
    const wanted = new Set([...counts.keys(), newest, ...(newest > 0 ? [newest - 1] : [])])
    for (const list of [...this.#signed.keys()]) if (!wanted.has(list)) this.#signed.delete(list)
    return [...wanted].flatMap((list) => {
      const before = this.#signed.get(list)
      const count = counts.get(list) ?? before?.count ?? 0
      const isYoung = before !== undefined && (!renewsOld || Math.abs(nowMs - before.atMs) < RENEW_AFTER_MS)
      return isYoung && before.count === count ? [] : [{ list, count }]
    })
  }

  /** Signs these, and returns their events. */
  async renew(stale: readonly ListCount[], nowMs: number): Promise<string> {
    const changed: string[] = []
    for (const { list, count } of stale) changed.push(await this.#sign(list, count, nowMs))
    return changed.join('')
  }

  all(): string {
    return [...this.#signed.values()].map(({ text }) => text).join('')
  }

  async #sign(list: number, count: number, atMs: number): Promise<string> {
    const token = await this.#source.sign(list, Math.floor(atMs / 1000))
    const text = eventText('status', { uri: statusUri(this.#source.issuer, list), token })
    this.#signed.set(list, { count, atMs, text })
    return text
  }
}
