/** Work on hostile text grows with its length, not faster: counted in characters that patterns look at, not in time. */
import { afterEach, describe, expect, it } from 'vitest'
import { alarmsIn, revealHidden } from '../../../src/domain/action/hidden-characters.ts'

const exec = RegExp.prototype.exec
afterEach(() => {
  RegExp.prototype.exec = exec
})

/** The characters that all patterns pass over during `work`. */
function passedOver(work: () => void): number {
  let characters = 0
  RegExp.prototype.exec = function (this: RegExp, text: string) {
    const from = this.global || this.sticky ? this.lastIndex : 0
    const found = exec.call(this, text)
    const missed = this.sticky ? 1 : text.length - from
    characters += found ? found.index + found[0].length - from : missed
    return found
  }
  work()
  RegExp.prototype.exec = exec
  return characters
}

const UNITS = [
  ['words that look Latin', 'ас '],
  ['words of Cyrillic', 'привет '],
  ['one word that looks Latin', 'ас'],
  ['digits of two scripts', '1৪ '],
  ['Latin words', 'paypal '],
  ['mixed words', 'pаy '],
  ['a script a word', 'ас ΑΒ ꓐꓮ ᏢᎪ ոօ ⲟⲣ ᗞᗪ '],
  ['signs that imitate', '\u2024a\u2044'],
  ['hyphens in an address', 'a.b\u2010'],
  ['punycode', 'xn--'],
  ['punycode that never begins', 'xn-'],
  ['invisible between letters', 'a\u200b'],
  ['two invisible in turn', '\u200b\u200c'],
  ['combining marks', '\u0301'],
  ['flags without an end', '\u{1f3f4}\u{e0067}\u{e0067}'],
  ['tags without a flag', '\u{e0067}'],
  ['emoji joined', '\u{1f468}\u200d'],
  ['flags of letters', '\u{1f1e9}'],
  ['blanks', ' \u2003'],
  ['doubled blanks', 'a  '],
  ['indented lines', '\n  '],
  ['tabs and blanks', '\t \n'],
  ['blanks alone', ' '],
  ['blank lines', '\n'],
  ['joiners of Persian', 'ی\u200c'],
] as const

describe.each([
  ['revealHidden', revealHidden],
  ['alarmsIn', alarmsIn],
] as const)('%s', (_, work) => {
  it.each(UNITS)('is linear in %s', (_, unit) => {
    const [once, twice] = [2000, 4000].map((times) => passedOver(() => work(unit.repeat(times)))) as [number, number]
    expect(once).toBeLessThan(unit.length * 2000 * 40)
    expect(twice).toBeLessThan(once * 2.1 + 8000)
  })
})
