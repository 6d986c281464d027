/**
 * What auditors read: the log itself, proofs from it, entries found in it, the texts of tokens that are over.
 *
 * In: what is looked for. Out: entries with their place in the log, files, counts. Who may ask is the door's business.
 * It changes nothing; every byte of a tile or proof is one that the published checkpoint covers. SPEC 8.
 */
import { base64urlDecode } from '@countersign/verifier'
import { formatBundle, formatTlogProof, HASH_BYTES, type TileAddress, tileWidth } from '@countersign/verifier/proof'
import { type EntryQuery, filterOf, matchesFilter } from '../../domain/ledger/entry-filter.ts'
import type { FoundEntry, UnprovedEntry } from '../../domain/ledger/found-entry.ts'
import { ACTIVITY_WIDTHS, leafPrefix, parseEntry } from '../../domain/ledger/index-row.ts'
import { inclusionProof } from '../../domain/ledger/prove.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Auditing, Deps, Looked, ProofFile, Tailed } from '../services.ts'

const EXPORT_PAGE = 500
const TAIL_PAGE = 100
/** Nobody announces a commit, so who waits for the tail looks this often for what is still to be proved. */
const TAIL_LOOKS_MS = 2000
/** Of what waits for its proof, no more than this is read, and beyond this nothing is counted. */
const UNPROVED = 500
const COUNTED = 100_000
const encoder = new TextEncoder()

const notYet = (what: string) => refuse('not_found', `The log has no ${what}, or has not published it yet.`)

/** What the published checkpoint covers: nothing beyond it is served. */
function servingLog({ store, hashNode }: Deps): Pick<Auditing, 'checkpoint' | 'tile' | 'proof'> {
  const source = { tiles: store.tiles, hashNode }

  async function checkpoint(): Promise<Result<string>> {
    const published = await store.checkpoint('published')
    return published ? ok(published.note) : notYet('checkpoint')
  }

  /** Nothing beyond the checkpoint is served, though the tiles may have grown further. */
  async function tile({ level, index, width }: TileAddress): Promise<Result<Uint8Array>> {
    const published = await store.checkpoint('published')
    if (width > tileWidth(level, index, published?.size ?? 0)) return notYet('such tile')
    if (level !== 'entries') {
      const [found] = await store.tiles([{ level, index }])
      return found ? ok(found.hashes.subarray(0, width * HASH_BYTES)) : notYet('such tile')
    }
    const leaves = await store.leaves(index * 256, width)
    return ok(formatBundle(leaves.map(({ body }) => encoder.encode(body))))
  }

  /** From the checkpoint that witnesses cosigned, where that one has the entry already. */
  async function proof(id: string): Promise<Result<ProofFile>> {
    const [index, ...checkpoints] = await Promise.all([
      indexOf(store, id),
      store.checkpoint('cosigned'),
      store.checkpoint('published'),
    ])
    if (index === undefined) return notYet('such entry')
    const covering = checkpoints.find((candidate) => candidate !== undefined && candidate.size > index)
    if (!covering) return notYet('such entry')
    const [path, [leaf]] = await Promise.all([inclusionProof(index, covering.size, source), store.leaves(index, 1)])
    if (!leaf) throw new Error(`Leaf ${index} is in the tree and not in the log`)
    const extra = encoder.encode(leaf.body)
    return ok({
      name: `entry-${index}.tlog-proof`,
      text: formatTlogProof({ extra, index, path, checkpoint: covering.note }),
    })
  }

  return { checkpoint, tile, proof }
}

/** By leaf index in decimal, or by leaf hash. */
async function indexOf(store: Deps['store'], id: string): Promise<number | undefined> {
  if (/^(0|[1-9]\d{0,14})$/.test(id)) return Number(id)
  if (!/^sha-256:[A-Za-z0-9_-]{43}$/.test(id)) return undefined
  const leaf = base64urlDecode(id.slice('sha-256:'.length))
  return store.indexOfLeaf(leaf, leafPrefix(leaf))
}

function searching({ store }: Deps): Pick<Auditing, 'entries' | 'every' | 'activity'> {
  async function entries(looked: Looked, { order, after, limit }: Parameters<Auditing['entries']>[1]) {
    return store.search(await filterOf(looked), { order, after: after ?? null, limit })
  }

  async function* every(looked: Looked): AsyncGenerator<FoundEntry> {
    const filter = await filterOf(looked)
    for (let after: number | null = null; ; ) {
      const page: readonly FoundEntry[] = await store.search(filter, { order: 'oldest', after, limit: EXPORT_PAGE })
      yield* page
      const last = page.at(-1)
      if (!last || page.length < EXPORT_PAGE) return
      after = last.index
    }
  }

  /** Buckets begin on whole minutes or hours, so there may be one more than was asked for. */
  async function activity(from: number, to: number, buckets: number) {
    const [minute, hour] = ACTIVITY_WIDTHS
    const width = (to - from) / buckets < hour ? minute : hour
    const seconds = Math.max(1, Math.ceil((to - from) / buckets / width)) * width
    const start = from - (from % width)
    return { from: start, seconds, counts: await store.activity({ from: start, to, seconds, width }) }
  }

  return { entries, every, activity }
}

/** What is proved since, what is not yet, and how much there is. */
function following({ store, events }: Deps): Pick<Auditing, 'count' | 'tail' | 'unproved'> {
  /** Words and whole values of any kind have no index that ends where the counting may. */
  async function count(looked: Looked): Promise<number | null> {
    const filter = await filterOf(looked)
    if (Object.values(filter).every((value) => value === undefined)) return provedSize()
    if (filter.words !== undefined || filter.text !== undefined) return null
    const counted = await store.count(filter, COUNTED)
    return counted < COUNTED ? counted : null
  }

  const provedSize = async () => (await store.checkpoint('published'))?.size ?? 0

  async function* tail(looked: Looked, after: number | undefined, signal: AbortSignal): AsyncGenerator<Tailed> {
    const filter = await filterOf(looked)
    for (let position = after ?? (await provedSize()) - 1; !signal.aborted; ) {
      // Listen first, look second: what happens in between wakes the listener.
      const woken = events.waitFor('log', TAIL_LOOKS_MS, signal)
      const size = await provedSize()
      const page = await store.search(filter, { order: 'oldest', after: position, limit: TAIL_PAGE })
      const proved = page.filter(({ index }) => index < size)
      const isWhole = proved.length < TAIL_PAGE
      position = isWhole ? Math.max(position, size - 1) : (proved.at(-1)?.index ?? position)
      yield { entries: proved, position, unproved: (await store.unproved(size, UNPROVED)).length }
      if (isWhole) await woken
    }
  }

  async function unproved(looked: Looked, limit: number): Promise<readonly UnprovedEntry[]> {
    const [filter, size] = [await filterOf(looked), await provedSize()]
    const waiting = await store.unproved(size, UNPROVED)
    return waiting.filter(({ body }) => fits(parseEntry(body), filter)).slice(0, limit)
  }

  return { count, tail, unproved }
}

async function filterOf({ resource, words, ...looked }: Looked): Promise<EntryFilter> {
  return {
    ...looked,
    ...(resource === undefined ? {} : { resource: await hashResource(resource) }),
    ...(words === undefined ? {} : { words: wordsIn(words) }),
  }
}

export function createAuditing(deps: Deps): Auditing {
  const { store, now } = deps
  return {
    ...servingLog(deps),
    ...searching(deps),
    ...following(deps),
    artifacts: (after, limit) => store.artifacts(after ?? null, limit, now()),
    reports: async (trace) =>
      /^[0-9a-f]{32}$/.test(trace)
        ? ok(await store.reports(trace))
        : refuse('not_found', 'A trace id is 32 hex characters.'),
    keys: store.signingKeys,
  }
}
