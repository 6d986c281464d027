/**
 * Finds text that looks like other text: words of another script, of mixed scripts or digits, styled letters,
 * punctuation that imitates `/` or `.`, names in punycode.
 *
 * In: the whole text, then stretches of it. Out: each stretch in pieces. Takes one pass over a stretch and, for each
 * imitating script, one over the characters of the whole: linear in the text. Unicode TS 39.
 */
import { imitation, isDecisive, suspicionOfSign } from './lookalike-signs.ts'
import { type Context, contextOf, TWINS, type Twin, UNLIKE } from './twins.ts'

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
  /** A run of blanks, tabs or blank lines, in words or drawn: `30 blank lines`, `···`. */
  | {
      readonly kind: 'blank'
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
      readonly alarming: boolean
    }
  /** A word or a character that looks like another. */
  | { readonly kind: 'lookalike'; readonly text: string; readonly name: string; readonly alarming: true }

/** The ASCII letter or sign that a character looks like; else the character. `0` and `o`, `1`, `i` and `l` are one. */
export const looksLike = (character: string): string => {
  const plain = TWINS.get(character)?.looksLike ?? character
  return SAME_IN_ASCII.get(plain) ?? plain
}

const SAME_IN_ASCII: ReadonlyMap<string, string> = new Map(Object.entries({ 0: 'o', 1: 'l', i: 'l', I: 'l', '|': 'l' }))

const CODE = String.raw`[Xx][Nn]--[\p{L}\p{M}\p{N}\-]+`
/** A word beyond ASCII. It begins where a word begins, so that no character is passed over twice. */
const WORD = String.raw`(?<!\w)\w*[[\p{L}\p{M}\p{N}]--\p{ASCII}][\p{L}\p{M}\p{N}_]*`
const SIGN = String.raw`[[\p{P}\p{S}]--\p{ASCII}]`
const NOTABLE = new RegExp(`(${CODE})|(${WORD})|${SIGN}`, 'gv')
/** Without these there is nothing to find. */
const WORTH_A_LOOK = /[^\0-\x7f]|[Xx][Nn]--/

/** Scripts that never mix with Latin in one honest word. Han, Kana, Hangul and scripts without spaces are not here. */
const UNMIXED =
  'Latin Cyrillic Greek Armenian Cherokee Hebrew Arabic Georgian Coptic Canadian_Aboriginal Lisu Deseret Osage Tifinagh Runic Gothic Glagolitic Old_Italic Vai Bamum'
    .split(' ')
    .map((script) => [script, new RegExp(`\\p{Script=${script}}`, 'u')] as const)

/** Small capitals, the alphabets of mathematics, and those of old screens. */
const STYLED = /[\u{1D00}-\u{1D22}\u{A730}\u{A731}\u{1CCD6}-\u{1CCF9}\u{1D400}-\u{1D7FF}\u{1FBF0}-\u{1FBF9}]/u
/** Fullwidth letters and digits: typography of East Asian text. */
const WIDE = /[\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}]/u

export function lookalikeFinder(whole: string): (stretch: string) => Generator<Piece> {
  const context = contextOf(whole)
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

function nameOf(match: RegExpExecArray, stretch: string, context: Context): string | undefined {
  const [, code, word] = match
  if (code !== undefined) return 'NAME IN PUNYCODE'
  if (word !== undefined) return suspicionOfWord(word, context)
  return suspicionOfSign(match, stretch, context)
}

function suspicionOfWord(word: string, { isHonest, isEastAsian, isAscii }: Context): string | undefined {
  const { scripts, styled, wide, digits, latin, twins, others } = readWord(word)
  if (styled || (wide && (latin || !isEastAsian()))) return 'STYLED LETTERS'
  if ((scripts & (scripts - 1)) !== 0 && !isQuantity(word, twins)) return mixOf(scripts)
  if (digits.ascii && digits.other) return 'DIGITS OF TWO SCRIPTS IN ONE NUMBER'
  if (digits.other && isAscii()) return 'DIGITS OF ANOTHER SCRIPT'
  if (digits.ascii && twins.some(posesAsDigit)) return 'LETTERS THAT LOOK LIKE DIGITS'
  const posing = twins.filter((twin) => !isHonest(twin))
  const [first] = posing
  const all = others === 0 && posing.length === twins.length
  return first && suspicionOfTwins(word, first, { all, beside: latin || digits.ascii })
}

function mixOf(scripts: number): string {
  const mixed = UNMIXED.flatMap(([script], at) => (scripts & (1 << at) ? [script.replace('_', ' ')] : []))
  return `${mixed.join(' AND ').toUpperCase()} LETTERS IN ONE WORD`
}

/** A unit or a quantity of science, such as μm, kΩ and Δt: short, and of Greek letters that look like no other. */
const isQuantity = (word: string, twins: readonly Twin[]): boolean =>
  twins.length === 0 && word.length <= 4 && /^[\p{Script=Greek}A-Za-z]+$/u.test(word)

/** One pass over the word. `scripts`: a bit for each of `UNMIXED`. `others`: letters beyond ASCII that are nobody's twin. */
function readWord(word: string) {
  const digits = { ascii: false, other: false }
  const twins: Twin[] = []
  let [scripts, others, styled, wide, latin] = [0, 0, false, false, false]
  for (let at = 0; at < word.length; ) {
    const codePoint = word.codePointAt(at) ?? 0
    at += codePoint > 0xffff ? 2 : 1
    const { isMark, isStyled, isWide, isDigit, script, twin } = traitsOf(codePoint)
    const isAscii = codePoint < 0x80
    scripts |= script
    styled ||= isStyled
    wide ||= isWide
    if (isDigit) digits[isAscii ? 'ascii' : 'other'] = true
    if (isAscii) latin ||= script !== 0
    else if (twin) twins.push(twin)
    else if (!isMark) others++
  }
  return { scripts, digits, twins, styled, wide, latin, others }
}

interface Traits {
  readonly isMark: boolean
  readonly isStyled: boolean
  readonly isWide: boolean
  readonly isDigit: boolean
  /** The bit of its script among `UNMIXED`, or 0. */
  readonly script: number
  readonly twin: Twin | undefined
}

const ORDINARY: Traits = { isMark: false, isStyled: false, isWide: false, isDigit: false, script: 0, twin: undefined }
const NOTEWORTHY = new RegExp(
  `${UNMIXED.map(([, { source }]) => source).join('|')}|\\p{M}|\\p{Nd}|${STYLED.source}|${WIDE.source}`,
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
    isWide: WIDE.test(character),
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
  if (/\W/.test(looksLike)) return beside && isDecisive(looksLike) ? imitation(looksLike) : undefined
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
