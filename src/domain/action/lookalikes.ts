/**
 * Finds text that looks like other text: words of another script, of mixed scripts or digits, styled letters, punctuation
 * that imitates `/` or `.`, names in punycode.
 *
 * In: the whole text, then stretches of it. Out: each stretch in pieces. Takes one pass over a stretch and, for each
 * script that poses, one over the characters of the whole: linear in the text. A script is honest in a text that has
 * letters of it that look like no ASCII letter, so that honest text in any one script is left alone. Unicode TS 39.
 */
import { CONFUSABLES } from './confusable-characters.ts'

export type Piece =
  | { readonly kind: 'plain'; readonly text: string }
  /** Stands for `text`, which must not be shown as it is. `label` is short (`U+200B`), `name` is its Unicode name. */
  | {
      readonly kind: 'hidden'
      readonly text: string
      readonly label: string
      readonly name: string
      readonly alarming: boolean
    }
  /** The rest of a text with too many of the others: `label` is the text with codes in place of hidden characters. */
  | {
      readonly kind: 'crowd'
      readonly text: string
      readonly label: string
      readonly name: string
      readonly alarming: true
    }
  /** A word or a character that looks like another. */
  | { readonly kind: 'lookalike'; readonly text: string; readonly name: string; readonly alarming: true }

/** `looksLike`: one ASCII character. */
interface Twin {
  readonly character: string
  readonly script: string
  readonly looksLike: string
}

const TWINS: ReadonlyMap<string, Twin> = new Map(
  Object.entries(CONFUSABLES).flatMap(([script, groups]) =>
    groups.split(' ').flatMap((group) => {
      const [looksLike = '', ...twins] = group
      return twins.map((twin) => [twin, { character: twin, script, looksLike }] as const)
    }),
  ),
)

const CODE = String.raw`[Xx][Nn]--[\p{L}\p{M}\p{N}\-]+`
/** A word beyond ASCII. It begins where a word begins, so that no character is passed over twice. */
const WORD = String.raw`(?<!\w)\w*[[\p{L}\p{M}\p{N}]--\p{ASCII}][\p{L}\p{M}\p{N}_]*`
const SIGN = String.raw`[[\p{P}\p{S}]--\p{ASCII}]`
const NOTABLE = new RegExp(`(${CODE})|(${WORD})|${SIGN}`, 'gv')
/** Without these there is nothing to find. */
const WORTH_A_LOOK = /[^\0-\x7f]|[Xx][Nn]--/

/** Scripts that never mix with Latin in one honest word. Han, Kana, Hangul and scripts without spaces are not here. */
const UNMIXED = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Hebrew', 'Arabic'].map(
  (script) => [script, new RegExp(`\\p{Script=${script}}`, 'u')] as const,
)

/** Fullwidth letters and digits, the alphabets of mathematics, and those of old screens. */
const STYLED =
  /[\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{1CCD6}-\u{1CCF9}\u{1D400}-\u{1D7FF}\u{1FBF0}-\u{1FBF9}]/u
/** Punctuation that decides what an address, a path or a command means. Quotation marks and the like are typography. */
const DECISIVE = /[./\\:;@?!#%&=_|$~]/
/** Letters in a table of lookalikes that tell their script apart all the same. */
const UNLIKE = 'бгшþ'
/** Latin letters beyond English whose presence explains another one: the dotless ı, and those of phonetics. */
const EXPLAINS_DOTLESS_I = /[ğĞşŞİəöüç]/u
const EXPLAINS_PHONETICS = /[ŋɛɔəɖɓɗðʃʒθʊˈ]/u

export function lookalikeFinder(whole: string): (stretch: string) => Generator<Piece> {
  const context: Context = { isHonest: honestyIn(whole), isAddress: once(() => isAddress(whole)) }
  return function* (stretch) {
    let end = 0
    for (const match of WORTH_A_LOOK.test(stretch) ? stretch.matchAll(NOTABLE) : []) {
      const name = nameOf(match, stretch, context)
      if (name === undefined) continue
      if (match.index > end) yield { kind: 'plain', text: stretch.slice(end, match.index) }
      yield { kind: 'lookalike', text: match[0], name, alarming: true }
      end = match.index + match[0].length
    }
    if (end < stretch.length) yield { kind: 'plain', text: stretch.slice(end) }
  }
}

/** Answers about the whole text, each worked out once. */
interface Context {
  readonly isHonest: (twin: Twin) => boolean
  readonly isAddress: () => boolean
}

function nameOf(match: RegExpExecArray, stretch: string, context: Context): string | undefined {
  const [, code, word] = match
  if (code !== undefined) return 'NAME IN PUNYCODE'
  if (word !== undefined) return suspicionOfWord(word, context)
  return suspicionOfSign(match, stretch, context)
}

function suspicionOfWord(word: string, { isHonest }: Context): string | undefined {
  const { scripts, styled, digits, latin, twins, others } = readWord(word)
  if (styled) return 'STYLED LETTERS'
  if ((scripts & (scripts - 1)) !== 0) {
    const mixed = UNMIXED.flatMap(([script], at) => (scripts & (1 << at) ? [script] : []))
    return `${mixed.join(' AND ').toUpperCase()} LETTERS IN ONE WORD`
  }
  if (digits.ascii && digits.other) return 'DIGITS OF TWO SCRIPTS IN ONE NUMBER'
  if (digits.ascii && twins.some(posesAsDigit)) return 'LETTERS THAT LOOK LIKE DIGITS'
  const posing = twins.filter((twin) => !isHonest(twin))
  const [first] = posing
  const all = others === 0 && posing.length === twins.length
  return first && suspicionOfTwins(word, first, { all, beside: latin || digits.ascii })
}

/** One pass over the word. `scripts`: a bit for each of `UNMIXED`. `others`: letters beyond ASCII that are nobody's twin. */
function readWord(word: string) {
  const digits = { ascii: false, other: false }
  const twins: Twin[] = []
  let [scripts, others, styled, latin] = [0, 0, false, false]
  for (let at = 0; at < word.length; ) {
    const codePoint = word.codePointAt(at) ?? 0
    at += codePoint > 0xffff ? 2 : 1
    const { isMark, isStyled, isDigit, script, twin } = traitsOf(codePoint)
    const isAscii = codePoint < 0x80
    scripts |= script
    styled ||= isStyled
    if (isDigit) digits[isAscii ? 'ascii' : 'other'] = true
    if (isAscii) latin ||= script !== 0
    else if (twin) twins.push(twin)
    else if (!isMark) others++
  }
  return { scripts, digits, twins, styled, latin, others }
}

interface Traits {
  readonly isMark: boolean
  readonly isStyled: boolean
  readonly isDigit: boolean
  /** The bit of its script among `UNMIXED`, or 0. */
  readonly script: number
  readonly twin: Twin | undefined
}

const ORDINARY: Traits = { isMark: false, isStyled: false, isDigit: false, script: 0, twin: undefined }
const NOTEWORTHY = new RegExp(
  `${UNMIXED.map(([, { source }]) => source).join('|')}|\\p{M}|\\p{Nd}|${STYLED.source}`,
  'u',
)

/** Asking a pattern costs more than remembering its answer. */
const TRAITS = new Map<number, Traits>()

function traitsOf(codePoint: number): Traits {
  const known = TRAITS.get(codePoint)
  if (known) return known
  const traits = readTraits(String.fromCodePoint(codePoint))
  TRAITS.set(codePoint, traits)
  return traits
}

function readTraits(character: string): Traits {
  const twin = TWINS.get(character)
  if (!twin && !NOTEWORTHY.test(character)) return ORDINARY
  return {
    isMark: /\p{M}/u.test(character),
    isStyled: STYLED.test(character),
    isDigit: /\p{Nd}/u.test(character),
    script: UNMIXED.reduce((bits, [, pattern], at) => (pattern.test(character) ? bits | (1 << at) : bits), 0),
    twin,
  }
}

/** `all`: every character beyond ASCII is a twin that nothing in the text explains. `beside`: it stands beside ASCII. */
function suspicionOfTwins(
  word: string,
  { character, script, looksLike }: Twin,
  { all, beside }: { readonly all: boolean; readonly beside: boolean },
): string | undefined {
  if (/\W/.test(looksLike)) return beside && DECISIVE.test(looksLike) ? imitation(looksLike) : undefined
  if (script === 'Common') return 'STYLED LETTERS'
  // A Greek letter that stands alone is a symbol.
  const isAlone = word === character && (script === 'Greek' || script === 'Latin')
  if (isAlone || !(all || beside)) return undefined
  if (script === 'Latin') return 'LATIN LETTERS THAT LOOK LIKE OTHERS'
  return `${script.replace('_', ' ').toUpperCase()} LETTERS THAT LOOK LATIN`
}

/** In Arabic and Hebrew a letter after a number is an abbreviation, in another style of writing. */
const posesAsDigit = ({ character, script, looksLike }: Twin): boolean =>
  /[0-9OoIl]/.test(looksLike) && !/^(Arabic|Hebrew|Common)$/.test(script) && !UNLIKE.includes(character)

function suspicionOfSign({ index, 0: sign }: RegExpExecArray, stretch: string, { isHonest, isAddress }: Context) {
  if (STYLED.test(sign)) return 'STYLED LETTERS'
  const twin = TWINS.get(sign)
  if (!twin || isHonest(twin)) return undefined
  const { looksLike } = twin
  const isDecisive = looksLike === '-' ? isAddress() : DECISIVE.test(looksLike)
  const isLetter = /\w/.test(looksLike)
  const within = /[a-z]/.test(stretch.charAt(index - 1)) && /[a-z]/.test(stretch.charAt(index + sign.length))
  return isDecisive || (within && isLetter) ? imitation(looksLike) : undefined
}

const imitation = (looksLike: string): string => `CHARACTER THAT LOOKS LIKE “${looksLike}”`

/** A hyphen of typography is honest in prose; in an address it makes another address. */
const isAddress = (text: string): boolean =>
  !/\s/u.test(text) && text.split(/[./@:\\]/).filter((part) => /\p{L}/u.test(part)).length > 1

function once(answer: () => boolean): () => boolean {
  let known: boolean | undefined
  return () => {
    known ??= answer()
    return known
  }
}

/** Whether a text explains a twin: by letters of its script that look like no ASCII letter. Each script is asked once. */
function honestyIn(text: string): Context['isHonest'] {
  let whole: string | undefined
  const honest = new Map<string, boolean>()
  return ({ script, character }) => {
    if (UNLIKE.includes(character)) return true
    whole ??= alphabetOf(text)
    if (character === 'ı') return EXPLAINS_DOTLESS_I.test(whole)
    const known = honest.get(script) ?? explains(whole, script)
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

function explains(whole: string, script: string): boolean {
  if (script === 'Latin') return EXPLAINS_PHONETICS.test(whole)
  // Signs of no script belong to East Asian typography.
  if (/^(Common|Han|Katakana)$/.test(script)) return whole.includes('一')
  return unlikeLetters(script).test(whole)
}

const PATTERNS = new Map<string, RegExp>()

/** Finds a letter of the script that has no ASCII twin. */
function unlikeLetters(script: string): RegExp {
  const twins = (CONFUSABLES[script] ?? '').replace(/[\0-\x7f]/g, '').replace(new RegExp(`[${UNLIKE}]`, 'gu'), '')
  const pattern = PATTERNS.get(script) ?? new RegExp(`[[\\p{L}&&\\p{Script=${script}}]--[${twins}]]`, 'v')
  PATTERNS.set(script, pattern)
  return pattern
}
