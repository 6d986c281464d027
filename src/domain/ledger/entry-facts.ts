/**
 * The facts by which entries are found: a value in a member, the digest of a request's action, and what erasable texts
 * say: words, and the digest of a resource. A filter is a list of conditions on facts; its trace and its period are
 * found without them. SPEC 8.
 */
import { base64urlEncode } from '@countersign/verifier'
import { inTurns, othersTurn, type Steps } from '../turns.ts'
import { type EntryFilter, hashResource, NAMED_MEMBERS } from './entry-filter.ts'
import type { Entry } from './leaf.ts'
import { PARSED_IN_TURN } from './portions.ts'

/** All facts that are erased with the texts of a request come after this one, and no other does. */
export const FIRST_ERASABLE = '@'

// No value that a filter can name holds a control character.
const named = (value: string): string => `=${value}\u0001`
const member = (value: string, name: string): string => `${named(value)}${name}`
const action = (digest: string): string => `#${digest}`
export const resourceFact = (hash: Uint8Array): string => `${FIRST_ERASABLE}${base64urlEncode(hash)}`
export const wordFact = (text: string): string => `~${text}`

/** Longer values are no fact: no filter names them. In characters. */
const LONGEST = 512

/**
 * Reads the facts that entries keep. A value is made a fact once for all entries that have it: most are repeated, and
 * equal facts are then one text, which is hashed once.
 */
export function factReader(): (entry: Entry) => readonly string[] {
  const known = NAMED_MEMBERS.map((name) => [name, new Map<string, string>()] as const)
  return (entry) => {
    const facts: string[] = []
    for (const [name, byValue] of known) {
      const value = entry[name]
      if (typeof value !== 'string' || value.length > LONGEST) continue
      const fact = byValue.get(value) ?? member(value, name)
      if (fact.includes('\0')) continue
      byValue.set(value, fact)
      facts.push(fact)
    }
    if (entry.type === 'request.created' && entry.action !== undefined) facts.push(action(entry.action))
    return facts
  }
}

/** The texts of a request, as its row of payloads has them: the action, and the words that its approvers saw. */
export interface IndexedTexts {
  readonly request: string
  readonly content: string
  readonly words: readonly string[]
}

/** The facts that the entries of each request have until its texts are erased, by request. */
export async function erasableFacts(texts: readonly IndexedTexts[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const resources = await inTurns({ othersTurn, characters: PARSED_IN_TURN }, resourcesIn(texts))
  const found = new Map<string, readonly string[]>()
  for (const [at, { request, words }] of texts.entries()) {
    const of = resources[at]
    const resource = typeof of === 'string' ? [resourceFact(await hashResource(of))] : []
    found.set(request, [...resource, ...words.map(wordFact)])
  }
  return found
}

function* resourcesIn(texts: readonly IndexedTexts[]): Steps<readonly unknown[]> {
  const found: unknown[] = []
  for (const { content } of texts) {
    yield content.length
    const parsed: { readonly content?: { readonly resource?: unknown } } = content === '' ? {} : JSON.parse(content)
    found.push(parsed.content?.resource)
  }
  return found
}

/** One fact, or all that begin with it. */
export interface WantedFact {
  readonly fact: string
  readonly isPrefix: boolean
}

/** Whether an entry with these facts has the wanted one. */
export const hasFact = (facts: readonly string[], { fact, isPrefix }: WantedFact): boolean =>
  isPrefix ? facts.some((one) => one.startsWith(fact)) : facts.includes(fact)

/** The first entry of the request with this action. */
export const wantedAction = (digest: string): WantedFact => ({ fact: action(digest), isPrefix: false })

/** Whether `text` is some member; where it is also an id of a trace, that is looked for beside it. */
export const wantedText = (text: string): WantedFact => ({ fact: named(text), isPrefix: true })

/** All of these; without `text`, `trace`, `action`, `from` and `to`. */
export function wantedFacts(filter: EntryFilter): readonly WantedFact[] {
  const exact = (fact: string): WantedFact => ({ fact, isPrefix: false })
  const members = NAMED_MEMBERS.flatMap((name) => {
    const value = filter[name]
    return value === undefined ? [] : [exact(member(value, name))]
  })
  return [
    ...members,
    ...(filter.resource === undefined ? [] : [exact(resourceFact(filter.resource))]),
    ...(filter.words ?? []).map((prefix) => ({ fact: wordFact(prefix), isPrefix: true })),
  ]
}
