/**
 * The words that a request is found by: those of the text its approvers saw, distinct, in lower case, of letters, marks
 * and digits. Both sides of a search must split alike, so this does not use the database's parser, which takes
 * `eng/threads/42` for one word and whose lower case depends on a locale. SPEC 8.
 */
import { normalForm } from '../action/normal-form.ts'
import { atOnce, type Steps } from '../turns.ts'

/** A text that a request's approvers saw, as payloads hold it. */
export interface ShownText {
  readonly request: string
  readonly kind: 'action' | 'preview' | 'reason'
  /** The catalogue calls an argument sensitive: it must not be found by guessing it. */
  readonly sensitive: boolean
  readonly content: string
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu
/** In characters; the rest of a longer word is ignored on both sides of a search. */
const LONGEST = 64
/** Of the normal form, which is up to 18 times as long as the text. */
const CHARACTERS_AT_ONCE = 4096

export const wordsIn = (text: string): readonly string[] => atOnce(readWords(text, Number.POSITIVE_INFINITY))

/** The first words, `most` at most. */
function* readWords(text: string, most: number): Steps<readonly string[]> {
  const plain = normalForm(text, 'NFKC').toLowerCase()
  const words = new Set<string>()
  let readTo = 0
  // Not all of them as one list: ten thousands of short texts take the collector longer than they take to find.
  for (const { 0: word, index } of plain.matchAll(WORD)) {
    if (words.add(cut(word)).size >= most) break
    if (index - readTo < CHARACTERS_AT_ONCE) continue
    yield index - readTo
    readTo = index
  }
  return [...words]
}

const cut = (word: string): string =>
  word.length <= LONGEST ? word : [...word.slice(0, 2 * LONGEST)].slice(0, LONGEST).join('')

/** `content` as payloads hold it: JSON of `{ salt, content }`. Counts the characters of normal forms. */
export function* wordsOfPayload({ kind, content, sensitive }: Omit<ShownText, 'request'>): Steps<readonly string[]> {
  yield content.length
  const { content: whole }: { readonly content: unknown } = JSON.parse(content)
  const shown = sensitive ? harmlessPart(kind, whole) : whole
  return yield* readWords([...new Set(textsIn(shown))].join('\n'), MOST_WORDS)
}

/** The words of a request that are kept: more than honest ones have. */
export const MOST_WORDS = 5000

/** The name and the resource of an action; nothing of a preview or a reason, which may repeat its arguments. */
function harmlessPart(kind: ShownText['kind'], content: unknown): unknown {
  if (kind !== 'action' || typeof content !== 'object' || content === null) return null
  return 'name' in content && 'resource' in content ? [content.name, content.resource] : null
}

function textsIn(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string' || typeof value === 'number') found.push(String(value))
  if (typeof value !== 'object' || value === null) return found
  for (const [name, member] of Object.entries(value)) if (!isSalt(name, member)) textsIn(member, found)
  return found
}

/** The salt of an action. An argument named `salt` counts as text unless it looks like one. */
const isSalt = (name: string, value: unknown): boolean =>
  name === 'salt' && typeof value === 'string' && /^[\w-]{22}$/.test(value)
