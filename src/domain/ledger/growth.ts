/**
 * One step of the log: the changes that some sequenced entries make to its tree, its counts, and the words of new
 * requests; the store writes them in one transaction. SPEC 8.
 */
import { type ActivityRow, activityOf } from './activity.ts'
import { extendTree, type GrownTile } from './extend-tree.ts'
import type { ReadLeaf } from './leaf.ts'
import type { Tile } from './tile-tree.ts'
import { MOST_WORDS, type ShownText, wordsOfPayload } from './words.ts'

export interface Growth {
  readonly tiles: readonly GrownTile[]
  readonly activity: readonly ActivityRow[]
  /** The words by which each new request is found, while its payloads are kept. */
  readonly words: readonly { readonly request: string; readonly words: readonly string[] }[]
}

/** The requests that begin among these entries: a step needs their texts. */
export const freshRequests = (read: readonly ReadLeaf[]): readonly string[] => {
  const fresh = read.filter(({ entry }) => entry.type === 'request.created')
  return [...new Set(fresh.map(({ entry }) => entry.request))].filter((request) => request !== undefined)
}

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
  return {
    tiles: await extendTree(tree.size, tree.edge, hashes),
    activity: activityOf(read),
    words: await wordsByRequest(freshRequests(read), texts, othersFirst),
  }
}

/** Texts longer than this are each read in a turn of their own. */
const LARGE = 8192

async function wordsByRequest(
  fresh: readonly string[],
  texts: readonly ShownText[],
  othersFirst: () => Promise<void>,
): Promise<Growth['words']> {
  const isFresh = new Set(fresh)
  const found = new Map<string, Set<string>>()
  for (const text of texts) {
    const { request } = text
    if (!isFresh.has(request)) continue
    if (text.content.length > LARGE) await othersFirst()
    const words = found.get(request) ?? new Set()
    for (const word of wordsOfPayload(text)) words.add(word)
    found.set(request, words)
  }
  return [...found].map(([request, words]) => ({ request, words: [...words].slice(0, MOST_WORDS) }))
}
