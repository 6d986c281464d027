/** What is hidden is named; what only looks unusual, and is honest writing, is left in peace. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alarmsIn, revealHidden } from '../../../src/domain/action/hidden-characters.ts'

const marks = (text: string) => revealHidden(text).filter((piece) => piece.kind !== 'plain')

describe('revealHidden', () => {
  it('splits a text around what it hides', () => {
    expect(revealHidden('all-engineers\u200b read')).toEqual([
      { kind: 'plain', text: 'all-engineers' },
      { kind: 'hidden', text: '\u200b', label: 'U+200B', name: 'ZERO WIDTH SPACE', alarming: true },
      { kind: 'plain', text: ' read' },
    ])
  })

  it.each([
    ['a right-to-left override', 'invoice\u202efdp.exe', 'RIGHT-TO-LEFT OVERRIDE'],
    ['an isolate', 'a\u2067b\u2069', 'RIGHT-TO-LEFT ISOLATE'],
    ['a mark in text of one direction', 'a\u200fb', 'RIGHT-TO-LEFT MARK'],
    ['a joiner between Latin letters', 'pay\u200dpal', 'ZERO WIDTH JOINER'],
    ['a soft hyphen', 'ad\u00admin', 'SOFT HYPHEN'],
    ['a byte order mark', '\ufeffroot', 'ZERO WIDTH NO-BREAK SPACE'],
    ['an escape', '\u001b[31m', 'ESCAPE'],
    ['a null', 'a\u0000b', 'CONTROL CHARACTER'],
    ['a lone carriage return', 'safe\rrm -rf', 'CARRIAGE RETURN'],
    ['a line separator', 'a\u2028b', 'LINE SEPARATOR'],
    ['a wide space', 'a\u2003b', 'EM SPACE'],
    ['a blank letter', 'a\u3164b', 'HANGUL FILLER'],
    ['a blank pattern', 'a\u2800b', 'BRAILLE PATTERN BLANK'],
    ['a smuggled tag', 'ok\u{e0041}', 'TAG CHARACTER'],
    ['a smuggled variation selector', 'ok\u{e0101}', 'VARIATION SELECTOR'],
    ['a lone surrogate', 'a\ud800b', 'LONE SURROGATE'],
    ['a private use character', 'a\ue000b', 'PRIVATE USE CHARACTER'],
    ['a flood of marks', `Z${'\u0301'.repeat(9)}`, '9 COMBINING MARKS ON ONE LETTER'],
    ['a mark on nothing', ' \u0301', 'COMBINING MARK WITHOUT A LETTER'],
    ['a Cyrillic letter among Latin', 'p\u0430ypal', 'LATIN AND CYRILLIC LETTERS IN ONE WORD'],
    ['a Greek letter among Latin', 'g\u03bf', 'LATIN AND GREEK LETTERS IN ONE WORD'],
    ['a Cyrillic word among Latin words', 'log in at \u0440\u0430\u0443 now', 'CYRILLIC LETTERS THAT LOOK LATIN'],
    ['fullwidth letters', '\uff41dmin', 'STYLED LETTERS'],
    ['letters of mathematics', '\u{1d5ba}dmin', 'STYLED LETTERS'],
  ])('raises alarm over %s', (_, text, name) => {
    expect(alarmsIn(text).map((piece) => piece.name)).toContain(name)
  })

  it.each([
    ['plain text', 'Grant the group, then rerun.\n\tIndented.'],
    ['accents, composed or not', 'Ångström, a\u030angstro\u0308m'],
    ['a family', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'],
    ['a heart with its selector', '\u2764\ufe0f'],
    ['a waving hand with a skin tone', '\u{1f44b}\u{1f3fd}'],
    ['a flag of two letters', '\u{1f1e9}\u{1f1ea}'],
    ['a flag made of tags', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['a keycap', '1\ufe0f\u20e3'],
    ['Hebrew', 'שלום עולם'],
    ['Russian', 'Сосна растёт у дома'],
    ['Greek', 'Καλημέρα κόσμε'],
    ['Japanese with Latin', 'Tシャツを3枚'],
    ['Thai with its marks', 'ที่นี่ผู้ใหญ่'],
  ])('leaves %s alone', (_, text) => {
    expect(marks(text)).toEqual([])
  })

  it.each([
    ['a no-break space', '12\u00a0%', 'NO-BREAK SPACE'],
    ['a direction mark in Hebrew', 'שלום\u200f!', 'RIGHT-TO-LEFT MARK'],
    ['a joiner in Persian', 'می\u200cخواهم', 'ZERO WIDTH NON-JOINER'],
    ['a line end of two characters', 'a\r\nb', 'CARRIAGE RETURN'],
  ])('shows %s without alarm', (_, text, name) => {
    expect(marks(text)).toMatchObject([{ kind: 'hidden', name, alarming: false }])
  })

  it('loses nothing: the pieces make the text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(
          revealHidden(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  it('leaves no invisible or reordering character in a plain piece', () => {
    const hostile = fc.constantFrom('\u202e', '\u200b', '\u2066', '\u0000', '\u00ad', '\u3164', '\u2028', 'a', ' ', 'я')
    fc.assert(
      fc.property(fc.array(hostile), (characters) => {
        for (const piece of revealHidden(characters.join('')))
          if (piece.kind === 'plain') expect(piece.text).not.toMatch(/[\u202e\u200b\u2066\0\u00ad\u3164\u2028]/)
      }),
    )
  })
})
