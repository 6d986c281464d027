/**
 * The worst that an agent may legally ask: arguments and previews at the limits of their size, in every shape that text
 * work, trees and comparisons are slow for.
 *
 * In: nothing. Out: named cases; each arguments object is at most 64 KiB canonical, and so is each preview.
 */
import type { JsonObject, Preview } from '@countersign/verifier'

export interface WorstCase {
  readonly name: string
  readonly arguments: JsonObject
  readonly preview: Preview
}

const ARGUMENT_BYTES = 65_000
const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text))
const fill = (unit: string, bytes = ARGUMENT_BYTES): string => unit.repeat(Math.floor(bytes / (bytesOf(unit) - 2)))

/** The same lines in another order, the same at every run. */
function shuffled(count: number, seed: number): string[] {
  const lines = Array.from({ length: count }, (_, line) => String(line))
  let state = seed
  for (let at = count - 1; at > 0; at--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    const other = state % (at + 1)
    ;[lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? '']
  }
  return lines
}

const changesOf = (count: number, lines: number, line = (text: string) => text): Preview => ({
  changes: Array.from({ length: count }, (_, change) => ({
    label: `file ${change}`,
    before: shuffled(lines, change + 1)
      .map(line)
      .join('\n'),
    after: shuffled(lines, change + 100)
      .map(line)
      .join('\n'),
  })),
})

/** One text as the argument, and half of it before and after. */
const text = (name: string, unit: string): WorstCase => {
  const half = fill(unit, ARGUMENT_BYTES / 2 - 200)
  const changes = [{ label: unit.slice(0, 20).trim() || 'blank', before: half, after: `x${half}` }]
  return { name, arguments: { text: fill(unit) }, preview: { changes } }
}

const nested = (depth: number, inner: JsonObject[string]): JsonObject[string] =>
  depth === 0 ? inner : nested(depth - 1, [inner])

/** Amounts of amounts, the innermost of which are many. */
const payments = (depth: number): JsonObject =>
  depth === 0
    ? { amt: Array.from({ length: 1200 }, () => ({ amt: 1, ccy: 'EUR' })), ccy: 'EUR' }
    : { amt: payments(depth - 1), ccy: 'EUR' }

const members = (count: number, value: (index: number) => JsonObject[string]): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index.toString(36), value(index)]))

const tree = (name: string, content: JsonObject): WorstCase => ({
  name,
  arguments: content,
  preview: { changes: Array.from({ length: 200 }, (_, change) => ({ label: `${change}`, before: 'a', after: 'b' })) },
})

const everyScript = () =>
  Array.from({ length: 0x3000 }, (_, at) => String.fromCodePoint(at + 0xa0)).filter((one) => /\p{L}|\p{N}/u.test(one))

export const worstCases = (): readonly WorstCase[] => [
  text('words that look Latin', 'ас '),
  text('words of Cyrillic', 'привет '),
  text('one word that looks Latin', 'ас'),
  text('one word', 'a'),
  text('short words', 'a '),
  { ...text('distinct words', 'x'), arguments: { text: distinctWords() } },
  text('blanks', ' '),
  text('wide blanks', '\u2003'),
  text('line feeds', '\n'),
  text('lines of one letter', 'a\n'),
  text('combining marks', '\u0301'),
  text('marks of two classes in turn', '\u0300\u0316'),
  text('runs of marks that are put in order', `a${'\u0301'.repeat(15)}${'\u0316'.repeat(15)}`),
  text('ligatures of many letters', '\ufdfa'),
  text('ligatures apart', '\ufdfa '),
  text('beginnings of a signed token', 'eyJ-'),
  text('addresses with a password', 'a+a://a:a'),
  text('floods of marks', 'a\u0301\u0301\u0301\u0301\u0301'),
  text('emoji joined', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} '),
  text('joiners', '\u{1f468}\u200d'),
  text('flags without an end', `\u{1f3f4}${'\u{e0067}'.repeat(9)}`),
  text('invisible between letters', 'a\u200b'),
  text('two invisible in turn', '\u200b\u200c'),
  text('bidi overrides', '\u202ea'),
  text('bidi isolates', '\u2066\u2069'),
  text('joiners of Persian', 'ی\u200c'),
  text('signs that imitate', '\u2024\u2044'),
  text('hyphens in an address', 'a.b\u2010'),
  text('punycode', 'xn--'),
  text('styled letters', '\u{1d5ba} '),
  text('quotation marks', '"'),
  text('less-than signs', '<'),
  text('Han', '漢'),
  text('Han apart', '漢 '),
  text('Thai', 'ก็ำ'),
  text('Khmer', 'ខ្មែ'),
  text('jamo', '\u1112\u1161\u11ab'),
  text('signs of several letters', '㍿'),
  { ...text('every script', 'x'), arguments: { text: everyScript().join(' ').slice(0, 16_000) } },
  { name: 'shuffled lines', arguments: { text: 'x' }, preview: changesOf(16, 400) },
  { name: 'shuffled lines, few changes', arguments: { text: 'x' }, preview: changesOf(1, 5000) },
  {
    name: 'shuffled words',
    arguments: { text: 'x' },
    preview: { changes: [{ label: 'x', before: shuffled(6000, 1).join(' '), after: shuffled(6000, 2).join(' ') }] },
  },
  {
    name: 'lines with hidden words',
    arguments: { text: 'x' },
    preview: changesOf(16, 180, (line) => `${line}\u200bа`),
  },
  {
    name: 'lines alike but for a word',
    arguments: { text: 'x' },
    preview: {
      changes: [{ label: 'x', before: fill('a b\n', 32_000), after: fill('a c\n', 32_000) }],
    },
  },
  tree('deep nesting', {
    deep: nested(
      24,
      Array.from({ length: 30_000 }, () => 0),
    ),
  }),
  tree(
    'ten thousand members',
    members(8200, () => 0),
  ),
  tree('long names', { [fill('n', 30_000)]: members(4000, () => 0) }),
  tree('a name of marks', { [fill('\u0300\u0316', 30_000)]: 'x', currency: 'EUR' }),
  tree('a statement', { sql: `SELECT ${fill('(1)+', 60_000)}1` }),
  tree('a command', { command: fill('a;', 60_000) }),
  tree('payments in payments', payments(27)),
  tree('conditions in conditions', { sql: `DELETE FROM t WHERE ${'a=1 OR ('.repeat(800)}a=1${')'.repeat(800)}` }),
  tree('casts of casts', { sql: `DELETE FROM t WHERE a=1${'::t'.repeat(2600)}` }),
  tree('functions of a shell', { command: Array.from({ length: 400 }, (_, at) => `f${at}(){ g|g; h; };`).join('') }),
  tree('ANSI-C quotes', { command: String.raw`$'\x41'`.repeat(2000) }),
  tree('substitutions in substitutions', { command: '$('.repeat(8000) }),
  tree('places of a repository', { command: `git ${'-C a '.repeat(3200)}` }),
  tree('members with hidden names', Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`${at}\u200b`, 0]))),
  tree('items', { items: Array.from({ length: 32_000 }, () => 0) }),
  tree('empty objects', { items: Array.from({ length: 20_000 }, () => ({})) }),
]

const distinctWords = (): string => {
  let words = ''
  for (let at = 0; words.length < ARGUMENT_BYTES - 10; at++) words += `${at.toString(36)} `
  return words
}
