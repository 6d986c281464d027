import { describe, expect, it } from 'vitest'
import { normalForm } from '../../../src/domain/action/normal-form.ts'

/** Alternating classes, which an insertion sort takes longest for. */
const marks = '\u0300\u0316'

describe('a text', () => {
  it.each(['Ame\u0301lie', '\uFF21\uFF22', '\uFDFA', `o${marks.repeat(15)}`, ''])('%j is normalised', (text) => {
    for (const form of ['NFC', 'NFKC'] as const) expect(normalForm(text, form)).toBe(text.normalize(form))
  })

  it('is normalised around a run of marks that no language has', () => {
    const run = marks.repeat(16)
    expect(normalForm(`\uFF21x${run}\uFF22`, 'NFKC')).toBe(`Ax${run}B`)
  })

  it('holds no longer run after it than before, whatever its characters decompose to', () => {
    const found: string[] = []
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const sign = String.fromCodePoint(code)
      if (/^\p{M}/u.test(sign.normalize('NFKD')) && !/^[\p{M}\uFF9E\uFF9F\u0E33\u0EB3]/u.test(sign))
        found.push(code.toString(16))
    }
    expect(found).toEqual([])
  })
})
