/**
 * Knows whether a token was revoked, or says that it does not know.
 *
 * In:  the index of a token in a status list.
 * Out: nothing, or `token_revoked`, `status_stale`.
 *
 * Lists are fetched when needed and kept for moments. A stream of events can feed the same memory through `accept` and
 * `heard`. DESIGN 7 and 9.
 */
import { get, type Transport } from './authority.ts'
import { demand, insist, refusingAsync } from './refuse.ts'
import { openStatusList, type StatusList, statusAt } from './status-list.ts'
import type { ResolveKey } from './token.ts'

/** The status of tokens, as far as it is known. */
export type StatusMemory = {
  /** Throws `token_revoked` for anything but 0, `status_stale` when nothing recent enough is known. */
  readonly check: (uri: string, index: number) => Promise<void>
  /** Takes in a list that arrived by other means. It is verified like a fetched one; throws when it does not hold. */
  readonly accept: (uri: string, jwt: string) => Promise<StatusList>
  /** Notes that the authority said, just now, that its lists still stand. */
  readonly heard: () => void
}

export type StatusOptions = {
  readonly transport: Transport
  readonly resolveKey: ResolveKey
  /** Epoch seconds. */
  readonly now: () => number
  readonly staleAfterSeconds: number
  readonly skewSeconds: number
}

type Known = { readonly list: StatusList; heardAt: number }

/** An authority has few lists; one that names more has them fetched again. */
const MAX_LISTS = 64

/** Makes an empty `StatusMemory`. */
export function createStatusMemory(options: StatusOptions): StatusMemory {
  const { now } = options
  const lists = new Map<string, Known>()
  const fetching = new Map<string, Promise<StatusList>>()

  const keep = async (uri: string, jwt: string, askedAt: number): Promise<StatusList> => {
    const list = await openStatusList(jwt, uri, options.resolveKey)
    // News is as old as the older of two clocks says: a cache in between can replay a list, but not make it young.
    const known = { list, heardAt: Math.min(askedAt, list.issuedAt) }
    insist(isFresh(known, options), 'the age of the list')
    const before = lists.get(uri)?.list
    // A list on its way can be overtaken by a newer one.
    if (before !== undefined && before.issuedAt > list.issuedAt) return before
    if (lists.size >= MAX_LISTS) lists.clear()
    lists.set(uri, known)
    return list
  }

  const fetchOnce = (uri: string): Promise<StatusList> => {
    const askedAt = now()
    const load = async () => await keep(uri, await get(options.transport, uri, 'application/statuslist+jwt'), askedAt)
    const running = fetching.get(uri) ?? load().finally(() => fetching.delete(uri))
    fetching.set(uri, running)
    return running
  }

  const check = async (uri: string, index: number): Promise<void> => {
    const known = lists.get(uri)
    // A token may be younger than the list in memory.
    const usable = known !== undefined && isFresh(known, options) && holds(known.list, index)
    judge(usable ? known.list : await refusingAsync('status_stale', () => fetchOnce(uri)), index)
  }

  return {
    check,
    accept: (uri, jwt) => keep(uri, jwt, now()),
    heard: () => {
      for (const known of lists.values()) known.heardAt = now()
    },
  }
}

function judge(list: StatusList, index: number): void {
  demand(holds(list, index), 'status_stale')
  demand(statusAt(list, index) === 0, 'token_revoked')
}

function isFresh({ list, heardAt }: Known, { now, staleAfterSeconds, skewSeconds }: StatusOptions): boolean {
  const time = now()
  return list.issuedAt <= time + skewSeconds && time < list.expiresAt && time - heardAt <= staleAfterSeconds
}

function holds(list: StatusList, index: number): boolean {
  return index < (list.bytes.length * 8) / list.bits
}
