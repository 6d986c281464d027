/** The columns that a text takes on a terminal: wide characters and emoji take two, combining marks none. UAX 11. */
import { eastAsianWidth } from 'get-east-asian-width'

/** Made when it is first used: it reads the locale's data. */
let graphemes: Intl.Segmenter | undefined

export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  graphemes ??= new Intl.Segmenter()
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment)
  return width
}

function widthOf(grapheme: string): number {
  if (/^\p{Emoji_Presentation}|\uFE0F/u.test(grapheme)) return 2
  return /^[\p{Mn}\p{Me}]/u.test(grapheme) ? 0 : eastAsianWidth(grapheme.codePointAt(0) ?? 0)
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)))

/** Breaks at blanks alone, so that an id or an address stays whole, even one wider than the line. */
export function wrapped(text: string, width: number): string[] {
  const [first = '', ...words] = text.split(' ')
  const lines = [[first]]
  let taken = displayWidth(first)
  for (const word of words) {
    const more = displayWidth(word)
    taken += 1 + more
    if (taken <= width) lines.at(-1)?.push(word)
    else {
      lines.push([word])
      taken = more
    }
  }
  return lines.map((line) => line.join(' '))
}
