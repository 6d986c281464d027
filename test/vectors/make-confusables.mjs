/**
 * Writes `src/domain/action/confusable-characters.ts` from Unicode's list: `node test/vectors/make-confusables.mjs FILE`.
 *
 * In: https://www.unicode.org/Public/17.0.0/security/confusables.txt. Out: by script, the characters whose prototype is
 * one ASCII character. Styled alphabets stay out: `lookalikes` knows their ranges.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const STYLED = /[\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{1CCD6}-\u{1CCF9}\u{1D400}-\u{1D7FF}]/u
const SCRIPTS = `Ahom Arabic Armenian Bamum Bengali Canadian_Aboriginal Carian Cherokee Common Coptic Cyrillic Deseret
  Devanagari Elbasan Ethiopic Georgian Greek Gujarati Gurmukhi Han Hebrew Kannada Katakana Kharoshthi Khmer Lao Latin
  Lisu Lycian Malayalam Mende_Kikakui Miao Mongolian Myanmar Nko Old_Italic Oriya Osage Runic Sinhala Syriac Tamil
  Telugu Thai Tifinagh Tirhuta Vai Warang_Citi`.split(/\s+/)

const text = readFileSync(process.argv[2] ?? 'confusables.txt', 'utf8')
const version = /# Version: ([\d.]+)/.exec(text)?.[1]
const character = (hex) => String.fromCodePoint(Number.parseInt(hex, 16))

/** Script → ASCII character → its lookalikes. */
const found = new Map()
for (const [, from, to] of text.matchAll(/^([0-9A-F]+) ;\t([0-9A-F]+) ;/gmu)) {
  const [lookalike, prototype] = [character(from), character(to)]
  if (!/[!-~]/.test(prototype) || lookalike < '\x80' || STYLED.test(lookalike)) continue
  const script = SCRIPTS.find((name) => new RegExp(`\\p{Script=${name}}`, 'u').test(lookalike))
  // A script that the oldest supported runtime does not know cannot be looked for there.
  if (script === undefined) continue
  const row = found.get(script) ?? new Map()
  found.set(script, row.set(prototype, (row.get(prototype) ?? '') + lookalike))
}

const lineOf = (script) => {
  const groups = [...found.get(script)].sort(([a], [b]) => (a < b ? -1 : 1)).map((group) => group.join(''))
  return `  ${script}: ${JSON.stringify(groups.join(' ')).replaceAll('\\"', '"').replaceAll("'", "\\'").replace(/^"|"$/g, "'")},`
}
writeFileSync(
  new URL('../../src/domain/action/confusable-characters.ts', import.meta.url),
  `/**
 * Characters that look like one ASCII character, by script. Made by \`test/vectors/make-confusables.mjs\`; do not edit.
 *
 * Each group is an ASCII character and its lookalikes. From Unicode ${version}, confusables.txt, (c) Unicode, Inc., under
 * the terms of https://www.unicode.org/license.txt. Unicode TS 39.
 */
export const CONFUSABLES: Readonly<Record<string, string>> = {
${[...found.keys()].sort().map(lineOf).join('\n')}
}
`,
)
