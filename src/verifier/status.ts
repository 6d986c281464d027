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
import { ApprovalError } from './errors.ts'
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

/** An authority has few lists; whatever it names beyond that pushes the oldest out. */
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
    if (!isFresh(known, options)) throw new RangeError('the list is too old or from the future')
    if ((lists.get(uri)?.list.issuedAt ?? 0) <= list.issuedAt) remember(lists, uri, known)
    return list
  }

  const fetchList = async (uri: string): Promise<StatusList> => {
    const askedAt = now()
    return await keep(uri, await get(options.transport, uri, 'application/statuslist+jwt'), askedAt)
  }

  const fetchOnce = (uri: string): Promise<StatusList> => {
    const running = fetching.get(uri) ?? fetchList(uri).finally(() => fetching.delete(uri))
    fetching.set(uri, running)
    return running
  }

  const check = async (uri: string, index: number): Promise<void> => {
    const known = lists.get(uri)
    // A token may be younger than the list in memory.
    const usable = known !== undefined && isFresh(known, options) && holds(known.list, index)
    const list = usable ? known.list : await fetchOnce(uri).catch(stale)
    if (!holds(list, index)) throw new ApprovalError('status_stale')
    if (statusAt(list, index) !== 0) throw new ApprovalError('token_revoked')
  }

  return {
    check,
    accept: (uri, jwt) => keep(uri, jwt, now()),
    heard: () => {
      for (const known of lists.values()) known.heardAt = now()
    },
  }
}

function isFresh({ list, heardAt }: Known, { now, staleAfterSeconds, skewSeconds }: StatusOptions): boolean {
  const time = now()
  return list.issuedAt <= time + skewSeconds && time < list.expiresAt && time - heardAt <= staleAfterSeconds
}

function holds(list: StatusList, index: number): boolean {
  return index < (list.bytes.length * 8) / list.bits
}

function remember(lists: Map<string, Known>, uri: string, known: Known): void {
  lists.delete(uri)
  for (const oldest of lists.keys()) {
    if (lists.size < MAX_LISTS) break
    lists.delete(oldest)
  }
  lists.set(uri, known)
}

function stale(cause: unknown): never {
  throw new ApprovalError('status_stale', { cause })
}
