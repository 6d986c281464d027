/** Blanks that layout hides are shown as what they are; those that everybody sees are left alone. */
import { describe, expect, it } from 'vitest'
import { alarmsIn, revealHidden } from '../../../src/domain/action/hidden-characters.ts'

/** Plain text as it is, marks in brackets. */
const shown = (text: string, edges = true): string =>
  revealHidden(text, { edges })
    .map((piece) => (piece.kind === 'plain' ? piece.text : `[${'label' in piece ? piece.label : piece.text}]`))
    .join('')

describe('blanks', () => {
  it.each([
    ['at the beginning', ' to', '[·]to'],
    ['at the end', 'to ', 'to[·]'],
    ['doubled', 'a  b', 'a[··]b'],
    ['alone', ' ', '[·]'],
    ['single ones between words', 'a b c', 'a b c'],
    ['at the end of a line', 'a \nb', 'a[·]\nb'],
    ['of an indented line', 'if x:\n    y\n\tz', 'if x:\n    y\n\tz'],
    ['too many to draw', `a${' '.repeat(200)}b`, 'a[200 blanks]b'],
    ['beyond any indentation', `a\n${' '.repeat(80)}b`, 'a\n[80 blanks]b'],
    ['a tab', 'a\tb', 'a[→]b'],
    ['a tab among blanks', 'a \t b', 'a [→·]b'],
    ['of lines', `a${'\n'.repeat(31)}b`, 'a[30 blank lines]b'],
    ['of lines that hold blanks', `a${'\n \t'.repeat(30)}\nb`, 'a[30 blank lines]b'],
    ['two blank lines', 'a\n\n\nb', 'a\n\n\nb'],
    ['beside hidden characters', ' \u200b to', '[·][U+200B] to'],
    ['a no-break space', '\u00a0to', '[U+00A0]to'],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it('at the ends of a part of a value are left alone', () => {
    expect(shown(' to ', false)).toBe(' to ')
    expect(shown('a  b', false)).toBe('a[··]b')
  })

  it('make the text again, joined', () => {
    const text = ` a  b\t\n\n\n\n\n  \u200b c \n${' '.repeat(90)}п\u0430ypal `
    expect(
      revealHidden(text, { edges: true })
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  })

  it('alarm where they hide what follows', () => {
    expect(alarmsIn(`a${'\n'.repeat(31)}b`).map(({ name }) => name)).toEqual(['BLANK LINES'])
    expect(alarmsIn(`a${' '.repeat(300)}b`).map(({ name }) => name)).toEqual(['300 BLANKS'])
    expect(alarmsIn(' a  b\n\n\nc\n    d ')).toEqual([])
  })

  it('are spelled out where there are too many to mark', () => {
    const text = `${'a  '.repeat(1500)}\n${'\n'.repeat(40)}end`
    expect(shown(text)).toContain('⟨40 blank lines⟩')
    expect(shown(text)).not.toContain('\n'.repeat(10))
  })
})
