/**
 * The words that a request is found by: those of the text its approvers saw.
 *
 * In: the erasable payloads of a request, or what somebody typed. Out: distinct words in lower case, of letters, marks
 * and digits alone. Split here and not in the database, whose parser takes `eng/threads/42` for one word and whose
 * locale says what lower case is: both sides of a search have to agree. Values count, member names and salts do not.
 * SPEC 8.
 */

const WORD = /[\p{L}\p{M}\p{N}]+/gu
/** In characters; the rest of a longer word is not looked at, neither when it is kept nor when it is looked for. */
const LONGEST = 64

export function wordsIn(text: string): readonly string[] {
  const words = text.normalize('NFKC').toLowerCase().match(WORD) ?? []
  return [...new Set(words.map((word) => [...word].slice(0, LONGEST).join('')))]
}

/** `content` as payloads hold it: JSON of `{ salt, content }`. */
export function wordsOfPayload(content: string): readonly string[] {
  const { content: shown }: { readonly content: unknown } = JSON.parse(content)
  return [...new Set(textsIn(shown).flatMap(wordsIn))]
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => (isSalt(name, member) ? [] : textsIn(member)))
}

/** Of an action; an argument of that name is one that was shown, unless it looks the same. */
const isSalt = (name: string, value: unknown): boolean =>
  name === 'salt' && typeof value === 'string' && /^[\w-]{22}$/.test(value)
