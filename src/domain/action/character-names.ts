/**
 * The names of characters that a reader cannot see, or cannot tell from another: those of `hidden-characters` alone.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x09, 'TAB'],
  [0x0a, 'LINE FEED'],
  [0x0d, 'CARRIAGE RETURN'],
  [0x1b, 'ESCAPE'],
  [0x7f, 'DELETE'],
  [0x85, 'NEXT LINE'],
  [0xa0, 'NO-BREAK SPACE'],
  [0xad, 'SOFT HYPHEN'],
  [0x034f, 'COMBINING GRAPHEME JOINER'],
  [0x061c, 'ARABIC LETTER MARK'],
  [0x115f, 'HANGUL CHOSEONG FILLER'],
  [0x1160, 'HANGUL JUNGSEONG FILLER'],
  [0x1680, 'OGHAM SPACE MARK'],
  [0x17b4, 'KHMER VOWEL INHERENT AQ'],
  [0x17b5, 'KHMER VOWEL INHERENT AA'],
  [0x180e, 'MONGOLIAN VOWEL SEPARATOR'],
  [0x2000, 'EN QUAD'],
  [0x2001, 'EM QUAD'],
  [0x2002, 'EN SPACE'],
  [0x2003, 'EM SPACE'],
  [0x2004, 'THREE-PER-EM SPACE'],
  [0x2005, 'FOUR-PER-EM SPACE'],
  [0x2006, 'SIX-PER-EM SPACE'],
  [0x2007, 'FIGURE SPACE'],
  [0x2008, 'PUNCTUATION SPACE'],
  [0x2009, 'THIN SPACE'],
  [0x200a, 'HAIR SPACE'],
  [0x200b, 'ZERO WIDTH SPACE'],
  [0x200c, 'ZERO WIDTH NON-JOINER'],
  [0x200d, 'ZERO WIDTH JOINER'],
  [0x200e, 'LEFT-TO-RIGHT MARK'],
  [0x200f, 'RIGHT-TO-LEFT MARK'],
  [0x2028, 'LINE SEPARATOR'],
  [0x2029, 'PARAGRAPH SEPARATOR'],
  [0x202a, 'LEFT-TO-RIGHT EMBEDDING'],
  [0x202b, 'RIGHT-TO-LEFT EMBEDDING'],
  [0x202c, 'POP DIRECTIONAL FORMATTING'],
  [0x202d, 'LEFT-TO-RIGHT OVERRIDE'],
  [0x202e, 'RIGHT-TO-LEFT OVERRIDE'],
  [0x202f, 'NARROW NO-BREAK SPACE'],
  [0x205f, 'MEDIUM MATHEMATICAL SPACE'],
  [0x2060, 'WORD JOINER'],
  [0x2061, 'FUNCTION APPLICATION'],
  [0x2062, 'INVISIBLE TIMES'],
  [0x2063, 'INVISIBLE SEPARATOR'],
  [0x2064, 'INVISIBLE PLUS'],
  [0x2066, 'LEFT-TO-RIGHT ISOLATE'],
  [0x2067, 'RIGHT-TO-LEFT ISOLATE'],
  [0x2068, 'FIRST STRONG ISOLATE'],
  [0x2069, 'POP DIRECTIONAL ISOLATE'],
  [0x2800, 'BRAILLE PATTERN BLANK'],
  [0x3000, 'IDEOGRAPHIC SPACE'],
  [0x3164, 'HANGUL FILLER'],
  [0xfeff, 'ZERO WIDTH NO-BREAK SPACE'],
  [0xffa0, 'HALFWIDTH HANGUL FILLER'],
  [0xfffc, 'OBJECT REPLACEMENT CHARACTER'],
  [0x13441, 'EGYPTIAN HIEROGLYPH FULL BLANK'],
  [0x13442, 'EGYPTIAN HIEROGLYPH HALF BLANK'],
  [0x16fe4, 'KHITAN SMALL SCRIPT FILLER'],
  [0x1d159, 'MUSICAL SYMBOL NULL NOTEHEAD'],
])

/** `ZERO WIDTH SPACE`; for characters without an entry, their kind: `TAG CHARACTER`, `CONTROL CHARACTER`. */
export function characterName(codePoint: number): string {
  const named = NAMES.get(codePoint)
  if (named !== undefined) return named
  const character = String.fromCodePoint(codePoint)
  if (codePoint >= 0xe0000 && codePoint <= 0xe007f) return 'TAG CHARACTER'
  if (/\p{Variation_Selector}/u.test(character)) return 'VARIATION SELECTOR'
  if (/\p{Cc}/u.test(character)) return 'CONTROL CHARACTER'
  if (/\p{Cs}/u.test(character)) return 'LONE SURROGATE'
  if (/\p{Co}/u.test(character)) return 'PRIVATE USE CHARACTER'
  if (/\p{Cn}/u.test(character)) return 'UNASSIGNED CHARACTER'
  return /\p{M}/u.test(character) ? 'COMBINING MARK' : 'INVISIBLE CHARACTER'
}

/** `U+200B`: at least four digits. */
export const codePointLabel = (codePoint: number): string =>
  `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`

const SCRIPTS =
  /\b(?:latin|cyrillic|greek|armenian|cherokee|hebrew|arabic|georgian|coptic|canadian|aboriginal|lisu|deseret|osage|tifinagh|runic|gothic|glagolitic|italic|vai|bamum|hangul|ogham|khmer|mongolian)\b/g

/** A name in running text: `zero width space`, `Latin and Cyrillic letters in one word`. */
export const readable = (name: string): string =>
  name.toLowerCase().replace(SCRIPTS, (script) => script.charAt(0).toUpperCase() + script.slice(1))
