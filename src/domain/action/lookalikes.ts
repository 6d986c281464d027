/**
 * Finds words that look like other words: scripts mixed inside one word, foreign letters posing as Latin, styled
 * letters. A small part of Unicode TS 39, chosen so that honest text in any one script is left alone: it finds `pаypal`
 * with a Cyrillic а, not every possible imitation. SPEC 3.
 */
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
  | { readonly kind: 'lookalike'; readonly text: string; readonly name: string; readonly alarming: true }

const WORD = /[\p{L}\p{M}\p{N}_]+/gu

/** Scripts whose letters pass for one another. Han, Kana and Hangul mix with Latin in honest text and are not here. */
const SCRIPTS = {
  Latin: /\p{Script=Latin}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Greek: /\p{Script=Greek}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
  Hebrew: /\p{Script=Hebrew}/u,
  Arabic: /\p{Script=Arabic}/u,
}

/** Fullwidth letters and the styled alphabets of mathematics. */
const STYLED = /[\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{1D400}-\u{1D7FF}]/u

const CYRILLIC_LIKE_LATIN = /^[асеорхуіјѕһԁԛԝӏАВЕКМНОРСТХІЈЅ]{2,}$/u
const CYRILLIC_UNLIKE_LATIN = /[бвгджзийклмнптфцчшщъыьэюяБГДЖЗИЙЛПФЦЧШЩЪЫЬЭЮЯ]/u

/** `whole` decides whether an all-Cyrillic word is honest: in Russian text it is, alone among Latin words it poses. */
export function findLookalikes(text: string, whole: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(WORD)) {
    const name = suspicion(match[0], whole)
    if (name === undefined) continue
    if (match.index > end) pieces.push({ kind: 'plain', text: text.slice(end, match.index) })
    pieces.push({ kind: 'lookalike', text: match[0], name, alarming: true })
    end = match.index + match[0].length
  }
  if (end < text.length) pieces.push({ kind: 'plain', text: text.slice(end) })
  return pieces
}

function suspicion(word: string, whole: string): string | undefined {
  if (STYLED.test(word)) return 'STYLED LETTERS'
  if (/^[\w]*$/.test(word)) return undefined
  const scripts = Object.entries(SCRIPTS).flatMap(([script, pattern]) => (pattern.test(word) ? [script] : []))
  if (scripts.length > 1) return `${scripts.join(' AND ').toUpperCase()} LETTERS IN ONE WORD`
  const poses = CYRILLIC_LIKE_LATIN.test(word) && SCRIPTS.Latin.test(whole) && !CYRILLIC_UNLIKE_LATIN.test(whole)
  return poses ? 'CYRILLIC LETTERS THAT LOOK LATIN' : undefined
}
