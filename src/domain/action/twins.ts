/**
 * Characters that look like one ASCII character, and whether a text explains them: a script is honest in a text that has
 * letters of it that look like no ASCII letter, so that honest text in any one script is left alone. Each question about
 * the whole text is answered once. Unicode TS 39.
 */
import { CONFUSABLES } from './confusable-characters.ts'

/** `looksLike`: one ASCII character. */
export interface Twin {
  readonly character: string
  readonly script: string
  readonly looksLike: string
}

export const TWINS: ReadonlyMap<string, Twin> = new Map(
  Object.entries(CONFUSABLES).flatMap(([script, groups]) =>
    groups.split(' ').flatMap((group) => {
      const [looksLike = '', ...twins] = group
      return twins.map((twin) => [twin, { character: twin, script, looksLike }] as const)
    }),
  ),
)

/** Answers about the whole text. */
export interface Context {
  /** Whether the text explains a twin. */
  readonly isHonest: (twin: Twin) => boolean
  readonly isEastAsian: () => boolean
  /** Whether it has letters, all of them ASCII. */
  readonly isAscii: () => boolean
  readonly isAddress: () => boolean
}

export function contextOf(whole: string): Context {
  const alphabet = once(() => alphabetOf(whole))
  const isEastAsian = () => alphabet().includes('一')
  return {
    isHonest: honestyIn(alphabet),
    isEastAsian,
    isAscii: once(() => /[a-z]/i.test(alphabet()) && !/\p{L}/u.test(alphabet().replace(/[a-z]/gi, ''))),
    isAddress: once(() => isAddress(whole)),
  }
}

/** A hyphen of typography is honest in prose; in an address it makes another address. */
const isAddress = (text: string): boolean =>
  !/\s/u.test(text) && text.split(/[./@:\\]/).filter((part) => /\p{L}/u.test(part)).length > 1

function once<Answer>(answer: () => Answer): () => Answer {
  let known: Answer | undefined
  return () => {
    known ??= answer()
    return known
  }
}

/** Letters in a table of lookalikes that tell their script apart all the same. */
export const UNLIKE = 'бгшþ'
/** Latin letters beyond English whose presence explains another one: the dotless ı, and those of phonetics. */
const EXPLAINS_DOTLESS_I = /[ğĞşŞİəöüç]/u
const EXPLAINS_PHONETICS = /[ŋɛɔəɖɓɗðʃʒθʊˈ]/u

function honestyIn(alphabet: () => string): Context['isHonest'] {
  const honest = new Map<string, boolean>()
  return ({ script, character }) => {
    if (UNLIKE.includes(character)) return true
    if (character === 'ı') return EXPLAINS_DOTLESS_I.test(alphabet())
    const known = honest.get(script) ?? explains(alphabet(), script)
    honest.set(script, known)
    return known
  }
}

const EAST_ASIAN = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]`
const ALL_EAST_ASIAN = new RegExp(`${EAST_ASIAN}+`, 'gu')
const EAST_ASIAN_ALONE = new RegExp(`[${EAST_ASIAN}--[ノ丿⼃丶⼂〇]]`, 'v')

/** Each character once. Of East Asian writing, which has the most, only whether it occurs is of interest. */
const alphabetOf = (text: string): string =>
  [...new Set(text.replace(ALL_EAST_ASIAN, ''))].join('') + (EAST_ASIAN_ALONE.test(text) ? '一' : '')

function explains(alphabet: string, script: string): boolean {
  if (script === 'Latin') return EXPLAINS_PHONETICS.test(alphabet)
  // Signs of no script belong to East Asian typography.
  if (/^(Common|Han|Katakana)$/.test(script)) return alphabet.includes('一')
  return unlikeLetters(script).test(alphabet)
}

const PATTERNS = new Map<string, RegExp>()

/** Finds a letter of the script that has no ASCII twin. */
function unlikeLetters(script: string): RegExp {
  const twins = (CONFUSABLES[script] ?? '').replace(/[\0-\x7f]/g, '').replace(new RegExp(`[${UNLIKE}]`, 'gu'), '')
  const pattern = PATTERNS.get(script) ?? new RegExp(`[[\\p{L}&&\\p{Script=${script}}]--[${twins}]]`, 'v')
  PATTERNS.set(script, pattern)
  return pattern
}
