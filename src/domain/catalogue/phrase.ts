/**
 * The phrase of an action: a sentence with the values of a call in it. `{path}` stands for an argument, and a part in
 * square brackets is left out where an argument in it is not given. Here a phrase from outside is read. SPEC 10.8.
 */
import { PLACEHOLDER } from '../action/argument-path.ts'
import { revealHidden } from '../action/hidden-characters.ts'

const MAX_LENGTH = 300
const PLAIN = String.raw`(?:[^[\]{}]|\{[^[\]{}\s]+\})`
const FORM = new RegExp(String.raw`^(?:${PLAIN}|\[${PLAIN}+\])+$`, 'u')

/** The first fault of a phrase, in words, or null. */
export function phraseFault(phrase: string): string | null {
  if (phrase.trim() === '' || phrase.length > MAX_LENGTH) return `a phrase has 1 to ${MAX_LENGTH} characters`
  if (!FORM.test(phrase)) return 'braces hold the path of an argument, brackets a part without further brackets'
  if (hidesSomething(phrase)) return 'a phrase has no line breaks and no invisible or imitated characters'
  return null
}

export const hidesSomething = (text: string): boolean =>
  text.includes('\n') || revealHidden(text, { edges: true }).some(({ kind }) => kind !== 'plain')

export const pathsOfPhrase = (phrase: string): readonly string[] =>
  [...phrase.matchAll(PLACEHOLDER)].map(([, path = '']) => path)
