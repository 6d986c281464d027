/**
 * One step of the log: the changes that some sequenced entries make to its tree and index; the store writes them in one
 * transaction. SPEC 8.
 */
import { extendTree, type GrownTile } from './extend-tree.ts'
import {
  type ActivityRow,
  activityOf,
  type Entry,
  hashResource,
  type IndexRow,
  indexRow,
  type Leaf,
  parseEntry,
  type ReadLeaf,
} from './index-row.ts'
import type { Tile } from './tile-tree.ts'
import { MOST_WORDS, type ShownText, wordsOfPayload } from './words.ts'

export interface Growth {
  readonly tiles: readonly GrownTile[]
  readonly rows: readonly IndexRow[]
  readonly activity: readonly ActivityRow[]
  /** The words by which each new request is found, while its payloads are kept. */
  readonly words: readonly { readonly request: string; readonly words: readonly string[] }[]
  /** Traces whose payloads were erased: their resource is removed from the index. */
  readonly erasedTraces: readonly string[]
}

export const readLeaves = (leaves: readonly Leaf[]): readonly ReadLeaf[] =>
  leaves.map((leaf) => ({ leaf, entry: parseEntry(leaf.body) }))

/** The requests whose texts a step needs: `all` for their actions, `fresh` also for the other texts. */
export const requestsOf = (read: readonly ReadLeaf[]) => ({ all: idsOf(read), fresh: idsOf(read.filter(isNew)) })

/**
 * `edge`: the tiles that `edgePlaces(size)` names. Throws `LogDisagreement` where they do not fit the size.
 * `othersFirst`: awaited before each long text, so that other work is done between them.
 */
export async function growthOf(
  tree: { readonly size: number; readonly edge: readonly Tile[] },
  read: readonly ReadLeaf[],
  texts: readonly ShownText[],
  othersFirst: () => Promise<void> = async () => {},
): Promise<Growth> {
  const hashes = read.map(({ leaf }) => leaf.hash)
  const tiles = await extendTree(tree.size, tree.edge, hashes)
  const erasedTraces = tracesErased(read)
  const rows = withoutErased(await rowsOf(read, texts, othersFirst), erasedTraces)
  return {
    tiles,
    rows,
    activity: activityOf(rows),
    words: await wordsByRequest(read, texts, othersFirst),
    erasedTraces,
  }
}

const isNew = ({ entry }: { readonly entry: Entry }): boolean => entry.type === 'request.created'

const idsOf = (read: readonly ReadLeaf[]): readonly string[] =>
  [...new Set(read.map(({ entry }) => entry.request))].filter((request) => request !== undefined)

/** Texts longer than this are each read in a turn of their own. */
const LARGE = 8192

async function rowsOf(
  read: readonly ReadLeaf[],
  texts: readonly ShownText[],
  othersFirst: () => Promise<void>,
): Promise<readonly IndexRow[]> {
  const resources = new Map<string | undefined, Uint8Array>()
  for (const { request, kind, content } of texts) {
    if (content.length > LARGE) await othersFirst()
    if (kind === 'action') resources.set(request, await hashResource(JSON.parse(content).content.resource))
  }
  return read.map((leaf) => indexRow(leaf, resources.get(leaf.entry.request) ?? null))
}

async function wordsByRequest(
  read: readonly ReadLeaf[],
  texts: readonly ShownText[],
  othersFirst: () => Promise<void>,
): Promise<Growth['words']> {
  const found = new Map(requestsOf(read).fresh.map((request) => [request, new Set<string>()]))
  for (const text of texts) {
    const { request } = text
    if (text.content.length > LARGE) await othersFirst()
    for (const word of found.has(request) ? wordsOfPayload(text) : []) found.get(request)?.add(word)
  }
  return [...found].map(([request, words]) => ({ request, words: [...words].slice(0, MOST_WORDS) }))
}

// An erasure follows every entry that was indexed while its payload still existed.
const tracesErased = (read: readonly ReadLeaf[]): readonly string[] => {
  const erasures = read.filter(({ entry }) => entry.type === 'payload.erased')
  return [...new Set(erasures.map(({ entry }) => entry.trace))]
}

const withoutErased = (rows: readonly IndexRow[], traces: readonly string[]): readonly IndexRow[] =>
  rows.map((row) => (traces.includes(row.trace) ? { ...row, resource: null } : row))
