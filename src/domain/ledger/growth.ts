/**
 * One step of the log: the changes that some sequenced entries make to its tree, its counts, and the words of new
 * requests; the store writes them in one transaction. SPEC 8.
 */
import { inTurns, type Steps, type Turns } from '../turns.ts'
import { type ActivityRow, activityOf } from './activity.ts'
import { extendTree, type GrownTile } from './extend-tree.ts'
import type { ReadLeaf } from './read-leaf.ts'
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
  const fresh = new Set(read.filter(({ type }) => type === 'request.created').map(({ request }) => request))
  return [...fresh].filter((request) => request !== undefined)
}

/**
 * `edge`: the tiles that `edgePlaces(size)` names. Throws `LogDisagreement` where they do not fit the size.
 * `othersTurn`: awaited between pieces of their texts, so that other work is done meanwhile.
 */
export async function growthOf(
  tree: { readonly size: number; readonly edge: readonly Tile[] },
  read: readonly ReadLeaf[],
  texts: readonly ShownText[],
  othersTurn: Turns['othersTurn'] = null,
): Promise<Growth> {
  const hashes = read.map(({ hash }) => hash)
  return {
    tiles: await extendTree(tree.size, tree.edge, hashes),
    activity: activityOf(read),
    words: await inTurns({ othersTurn, characters: TURN_CHARACTERS }, wordsByRequest(freshRequests(read), texts)),
  }
}

/** Of texts and their normal forms: some 3 ms. */
const TURN_CHARACTERS = 32_768

function* wordsByRequest(fresh: readonly string[], texts: readonly ShownText[]): Steps<Growth['words']> {
  const isFresh = new Set(fresh)
  const found = new Map<string, Set<string>>()
  for (const text of texts) {
    const { request } = text
    if (!isFresh.has(request)) continue
    const words = found.get(request) ?? new Set()
    for (const word of yield* wordsOfPayload(text)) words.add(word)
    found.set(request, words)
  }
  return [...found].map(([request, words]) => ({ request, words: [...words].slice(0, MOST_WORDS) }))
}
