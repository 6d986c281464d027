/**
 * Finds the blanks in a text that layout hides: at its ends and those of its lines, doubled ones, tabs, runs of blank
 * lines. Single blanks between words and the indentation of a line are left alone. Linear in the text. SPEC 3.
 */
import type { Piece } from './lookalikes.ts'

const MOST_INDENT = 64
const LINES = String.raw`(?<lines>\n(?:[\t ]*\n){3,})`
const INDENT = String.raw`(?<indent>(?<=\n)[\t ]{1,${MOST_INDENT}}(?![\t \n]|$))`
const RUN = String.raw`(?<run>\t[\t ]*| {2,})`
const EDGE = String.raw`(?<![^\n]) | (?![^\n])`
const BLANKS = new RegExp(`${LINES}|${INDENT}|${RUN}|${EDGE}`, 'g')

/** Runs that are longer are counted, not drawn. */
const DRAWN = 8
/** Runs that hide what follows them. */
const ALARMING = { lines: 5, blanks: 32 }
const HIDES = new RegExp(
  String.raw`\n(?:[\t ]*\n){${ALARMING.lines}}|(?<![\n\t ])[\t ]{${ALARMING.blanks}}|[\t ]{${MOST_INDENT + 1}}`,
)

/** Whether a text has blanks that hide something. */
export const hidesBehindBlanks = (text: string): boolean => HIDES.test(text)

/** Splits the plain pieces of `text`. `edges`: it is a whole value, whose single blanks at its ends mean something. */
export function* splitAtBlanks(text: string, pieces: Iterable<Piece>, edges: boolean): Generator<Piece> {
  const runs = text.matchAll(BLANKS)
  let next = runs.next()
  let at = 0
  for (const piece of pieces) {
    const end = at + piece.text.length
    if (piece.kind !== 'plain') yield piece
    else {
      for (; !next.done && next.value.index < end; next = runs.next()) {
        const blank = next.value.index < at ? undefined : blankOf(next.value, edges)
        if (!blank) continue
        if (next.value.index > at) yield { kind: 'plain', text: text.slice(at, next.value.index) }
        yield blank
        at = next.value.index + blank.text.length
      }
      if (at < end) yield { kind: 'plain', text: text.slice(at, end) }
    }
    at = end
  }
}

function blankOf({ 0: text, groups = {} }: RegExpExecArray, edges: boolean): Piece | undefined {
  const { lines, indent, run } = groups
  if (indent !== undefined || (lines === undefined && run === undefined && !edges)) return undefined
  if (lines !== undefined) {
    const count = lines.split('\n').length - 2
    return {
      kind: 'blank',
      text,
      label: `${count} blank lines`,
      name: 'BLANK LINES',
      alarming: count >= ALARMING.lines,
    }
  }
  const label = text.length > DRAWN ? `${text.length} blanks` : text.replaceAll(' ', '·').replaceAll('\t', '→')
  const name = text.includes('\t') ? 'TAB' : text.length === 1 ? 'BLANK' : `${text.length} BLANKS`
  return { kind: 'blank', text, label, name, alarming: text.length >= ALARMING.blanks }
}

/** The same in text alone, where there are too many to mark. */
export const spellBlanks = (text: string): string =>
  text.replace(BLANKS, (found) => {
    const lines = found.split('\n').length - 2
    return lines > 0 ? `\n⟨${lines} blank lines⟩\n` : found.length > DRAWN ? `⟨${found.length} blanks⟩` : found
  })
