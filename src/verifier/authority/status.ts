/**
 * Checks whether a token was revoked; refuses when the latest status list is too old to tell.
 *
 * Lists are fetched when needed and kept for seconds. A stream of events can feed the same memory through `accept` and
 * `heard`. Lists of one URI are merged: a bit that was set once is never cleared. SPEC 7 and 9.
 */
import { demand, insist, refusingAsync } from '../errors/refuse.ts'
import { openStatusList, type StatusList, statusAt } from '../jwt/status-list.ts'
import type { ResolveKey } from '../keys/jws.ts'
import { get, type Transport } from './transport.ts'

/**
 * An instant by two clocks, in seconds: the wall clock, which can be set, and a steady clock, which can pause while the
 * machine sleeps. The age of news is the larger of the two differences.
 */
export type Moment = readonly [set: number, steady: number]

export type StatusMemory = {
  /** Throws `token_revoked` for anything but 0, `status_stale` when nothing recent enough is known. */
  readonly check: (uri: string, index: number) => Promise<void>
  /** Takes in a list that arrived by other means, verified like a fetched one. Does not make the news younger. */
  readonly accept: (uri: string, jwt: string) => Promise<void>
  /** Notes that these lists held every revocation up to the instant `at`. */
  readonly heard: (uris: Iterable<string>, at: Moment) => void
}

export type StatusOptions = {
  readonly transport: Transport
  readonly resolveKey: ResolveKey
  readonly clock: () => Moment
  readonly staleAfterSeconds: number
  readonly skewSeconds: number
}

type Known = { readonly list: StatusList; heardAt: Moment }

/** An authority has few lists. Beyond this number they are forgotten and fetched again. */
const MAX_LISTS = 64
const NEVER: Moment = [-Infinity, -Infinity]

export function createStatusMemory(options: StatusOptions): StatusMemory {
  const { clock, resolveKey, transport } = options
  const lists = new Map<string, Known>()
  const fetching = new Map<string, Promise<StatusList>>()

  const keep = async (uri: string, jwt: string, askedAt = NEVER): Promise<StatusList> => {
    const opened = await openStatusList(jwt, uri, resolveKey)
    const before = lists.get(uri) ?? { list: opened, heardAt: NEVER }
    const list = merge(before.list, opened)
    // A cache in between can replay a list, but cannot make it younger.
    const known = { list, heardAt: later(before.heardAt, [Math.min(askedAt[0], opened.issuedAt), askedAt[1]]) }
    insist(askedAt === NEVER || isFresh(known, options), 'age')
    if (lists.size >= MAX_LISTS) lists.clear()
    lists.set(uri, known)
    return list
  }

  const fetchOnce = (uri: string): Promise<StatusList> => {
    const askedAt = clock()
    const load = async () => await keep(uri, await get(transport, uri, 'application/statuslist+jwt'), askedAt)
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
    accept: async (uri, jwt) => void (await keep(uri, jwt)),
    heard: (uris, at) => {
      for (const uri of uris) {
        const known = lists.get(uri)
        if (known) known.heardAt = later(known.heardAt, at)
      }
    },
  }
}

const later = (a: Moment, b: Moment): Moment => [Math.max(a[0], b[0]), Math.max(a[1], b[1])]

/** The newer of two lists, with the bits of both. */
function merge(a: StatusList, b: StatusList): StatusList {
  const [older, newer] = a.issuedAt > b.issuedAt ? [b, a] : [a, b]
  if (older.bits !== newer.bits) return newer
  return { ...newer, bytes: newer.bytes.map((byte, index) => byte | (older.bytes[index] ?? 0)) }
}

function judge(list: StatusList, index: number): void {
  demand(holds(list, index), 'status_stale')
  demand(statusAt(list, index) === 0, 'token_revoked')
}

function isFresh({ list, heardAt }: Known, { clock, staleAfterSeconds, skewSeconds }: StatusOptions): boolean {
  const [time, steady] = clock()
  return (
    list.issuedAt <= time + skewSeconds &&
    time < list.expiresAt &&
    Math.max(time - heardAt[0], steady - heardAt[1]) <= staleAfterSeconds
  )
}

function holds(list: StatusList, index: number): boolean {
  return index < (list.bytes.length * 8) / list.bits
}
