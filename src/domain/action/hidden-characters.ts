/**
 * Finds and names the characters that a reader cannot see in a text: invisible, reordering and lookalike ones. The
 * pieces, joined again, are the text, unit for unit. `alarming` marks characters without an honest use in their place.
 * A joiner inside an emoji or an Arabic word is left alone; a mark inside right-to-left text and a no-break space are
 * shown without alarm. SPEC 3 (hostile content), Unicode TR 36 and TS 39.
 */
import { hidesBehindBlanks, spellBlanks, splitAtBlanks } from './blanks.ts'
import { characterName, codePointLabel } from './character-names.ts'
import type { Piece } from './lookalikes.ts'
import { lookalikeFinder } from './lookalikes.ts'

/** More marks on one letter than any living script stacks. */
const MAX_MARKS = 4

const EMOJI = String.raw`(?:\p{RI}\p{RI}|\p{Emoji}\u{FE0F}?\u{20E3}|\p{Extended_Pictographic}(?:\u{FE0F}|\p{EMod})?(?:[\u{E0020}-\u{E007E}]+\u{E007F})?(?:\u{200D}\p{Extended_Pictographic}(?:\u{FE0F}|\p{EMod})?)*)`
const JOINING_SCRIPTS = 'Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr'
const JOINING = `[${JOINING_SCRIPTS.split(' ')
  .map((script) => `\\p{Script=${script}}`)
  .join('')}]`
/** Joiners that shape a word of a joining script, and the carriage return of a line end. */
const HONEST = String.raw`(?<=${JOINING})[\u{200C}\u{200D}](?=${JOINING})|\r(?=\n)`
const FLOOD = String.raw`\p{M}{${MAX_MARKS + 1},}|(?<![\p{L}\p{N}\p{M}\p{S}\p{P}])\p{M}+`
/** Symbols and letters that are drawn as nothing: blanks of Braille, hieroglyphs and music, an object that is not there. */
const BLANKS = String.raw`\u{2800}\u{FFFC}\u{13441}\u{13442}\u{16FE4}\u{1D159}`
const INVISIBLE = String.raw`[[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}${BLANKS}]--[\n\t]]|[\p{Zs}--\u{20}]`
/** The first characters of all that follows: most characters of most texts are none of them. */
const FIRST = String.raw`(?=[\p{C}\p{M}\p{Z}\p{Emoji}\p{Default_Ignorable_Code_Point}${BLANKS}])`
const NOTABLE = new RegExp(
  `${FIRST}(?:(?<emoji>${EMOJI})|(?<honest>${HONEST})|(?<invisible>(?<one>${INVISIBLE})\\k<one>*)|(?<flood>${FLOOD}))`,
  'gv',
)

const RIGHT_TO_LEFT = new RegExp(
  `[[${['Hebrew', 'Arabic', 'Syriac', 'Thaana', 'Nko'].map((script) => `\\p{Script=${script}}`).join('')}]&&\\p{L}]`,
  'v',
)
const PLAIN = /^[\n\t -~]*$/
/** One line of ASCII with single blanks between its words has nothing to reveal. */
const ONE_LINE = /^[ -~]+$/
const NOTABLE_IN_ASCII = /^ | $| {2}|xn--/i
const CROWD = new RegExp(`${INVISIBLE}|\\p{M}{${MAX_MARKS + 1},}`, 'gv')

interface Revealing {
  /** After so many pieces that are not plain, the rest is one, in whose label each hidden character has its code. */
  readonly most?: number | undefined
  /** For a whole value: a single blank at its beginning or end means something. */
  readonly edges?: boolean
}

/** Splits a text, in time linear in its length. A line feed counts as plain: it is shown by the layout. */
export function revealHidden(text: string, { most = 1000, edges = false }: Revealing = {}): Piece[] {
  if (ONE_LINE.test(text) && !NOTABLE_IN_ASCII.test(text)) return [{ kind: 'plain', text }]
  const pieces: Piece[] = []
  let [notable, end] = [0, 0]
  for (const piece of splitAtBlanks(text, piecesOf(text), edges)) {
    if (piece.kind !== 'plain' && ++notable > most) return [...pieces, crowdOf(text.slice(end))]
    pieces.push(piece)
    end += piece.text.length
  }
  return pieces
}

function* piecesOf(text: string): Generator<Piece> {
  const findLookalikes = lookalikeFinder(text)
  if (PLAIN.test(text)) return yield* findLookalikes(text)
  const rightToLeft = RIGHT_TO_LEFT.test(text)
  let end = 0
  for (const match of text.matchAll(NOTABLE)) {
    const piece = pieceOf(match, rightToLeft)
    if (!piece) continue
    if (match.index > end) yield* findLookalikes(text.slice(end, match.index))
    yield piece
    end = match.index + match[0].length
  }
  if (end < text.length) yield* findLookalikes(text.slice(end))
}

function crowdOf(text: string): Piece {
  const isAscii = PLAIN.test(text)
  const name = isAscii ? 'MANY BLANKS' : 'MANY HIDDEN OR IMITATED CHARACTERS'
  const alarming = !isAscii || hidesBehindBlanks(text)
  return {
    kind: 'crowd',
    text,
    name,
    alarming,
    // The search for alarms has no use for it, and it costs as much as the search.
    get label() {
      return withCodes(text)
    },
  }
}

const withCodes = (text: string): string =>
  spellBlanks(text).replace(CROWD, (found) => {
    const codePoint = found.codePointAt(0) ?? 0
    return /^\p{M}/u.test(found) && found.length > MAX_MARKS
      ? `⟨${found.length} × combining⟩`
      : `⟨${codePointLabel(codePoint)}⟩`
  })

/** The pieces that deserve a warning: a hundred, and one for all further ones. */
export const alarmsIn = (text: string): Exclude<Piece, { kind: 'plain' }>[] =>
  isPlain(text)
    ? []
    : revealHidden(text, { most: 100 })
        .filter((piece) => piece.kind !== 'plain')
        .filter((piece) => piece.alarming)

const isPlain = (text: string): boolean => PLAIN.test(text) && !/xn--/i.test(text) && !hidesBehindBlanks(text)

function pieceOf(match: RegExpExecArray, rightToLeft: boolean): Piece | undefined {
  const [text] = match
  const { emoji, honest, flood } = match.groups ?? {}
  if (emoji !== undefined) return undefined
  if (flood !== undefined) return floodOf(text)
  const codePoint = text.codePointAt(0) ?? 0
  const alarming = honest === undefined && !isHonest(codePoint, rightToLeft)
  const count = text.length / String.fromCodePoint(codePoint).length
  const label = `${count > 1 ? `${count} × ` : ''}${codePointLabel(codePoint)}`
  return { kind: 'hidden', text, label, name: characterName(codePoint), alarming }
}

function floodOf(text: string): Piece {
  const count = [...text].length
  const name = count === 1 ? 'COMBINING MARK WITHOUT A LETTER' : `${count} COMBINING MARKS ON ONE LETTER`
  return { kind: 'hidden', text, label: `${count} × combining`, name, alarming: true }
}

const SPACES_IN_HONEST_USE = [0xa0, 0x202f, 0x3000]
const DIRECTION_MARKS = [0x200e, 0x200f, 0x061c]

const isHonest = (codePoint: number, rightToLeft: boolean): boolean =>
  SPACES_IN_HONEST_USE.includes(codePoint) || (rightToLeft && DIRECTION_MARKS.includes(codePoint))
