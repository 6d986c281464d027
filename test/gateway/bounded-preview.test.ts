/** A preview within its bounds: what differs is shown, and what is cut is said to be cut. */
import { parsePreview } from '@countersign/verifier'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundedPreview } from '../../src/gateway/preview/bounded-preview.ts'

const preview = (before: string | null, after: string | null, file = 'notes.txt') =>
  parsePreview(boundedPreview([{ file, from: 1, before, after }]))
const lines = (count: number, word = 'Line') => Array.from({ length: count }, (_, at) => `${word} ${at}`)
const LARGE = lines(9000).join('\n')

describe('of a large text', () => {
  it('it is all that differs, however far apart, and nothing is cut', () => {
    const after = lines(9000).with(10, 'Ten').with(8000, 'Eight thousand').join('\n')
    const { summary, changes } = preview(LARGE, after)
    expect(summary).toBeUndefined()
    expect(changes.map(({ label }) => label)).toEqual(['notes.txt, from line 8', 'notes.txt, from line 7998'])
    expect(changes[1]).toMatchObject({
      before: expect.stringContaining('Line 8000\n'),
      after: expect.stringContaining('Eight'),
    })
  })

  it.each([
    ['is replaced by other words', LARGE, 'Gone.'],
    ['is replaced by a text of its length', LARGE, lines(9000, 'Other').join('\n')],
    ['goes', LARGE, null],
    ['is emptied', LARGE, ''],
    ['is new', null, LARGE],
    ['has one line', 'x'.repeat(90_000), `${'y'.repeat(90_000)}`],
    ['has bytes that are no text', '\0\uFFFD'.repeat(45_000), 'Text'],
    ['has signs of two halves', '😀'.repeat(45_000), '😎'.repeat(45_000)],
  ])('that %s, its beginning is shown, and the summary says how much that is', (_, before, after) => {
    const { summary = '', changes } = preview(before, after)
    expect(changes).toHaveLength(1)
    const [change] = changes
    const shown = (side: 'before' | 'after') => change?.[side]?.length ?? 0
    const number = (count: number) => count.toLocaleString('en')
    expect(summary).toContain('This preview is cut')
    expect(summary).toContain(`${number(shown('before'))} of ${number(before?.length ?? 0)} characters before`)
    expect(summary).toContain(`${number(shown('after'))} of ${number(after?.length ?? 0)} characters after`)
    expect(shown('before') + shown('after')).toBeGreaterThan(1500)
    expect(before ?? '').toSatisfy((text: string) => text.startsWith(change?.before ?? ''))
    expect(after ?? '').toSatisfy((text: string) => text.startsWith(change?.after ?? ''))
    expect([change?.before === null, change?.after === null]).toEqual([before === null, after === null])
  })

  it('that stays as it is says so', () => {
    expect(preview(LARGE, LARGE)).toEqual({ summary: expect.stringContaining('Nothing differs'), changes: [] })
  })
})

describe('of texts as large as an answer', () => {
  const MIB = 1024 * 1024
  it.each([
    ['differs at the end of many lines', `${'\n'.repeat(8 * MIB)}old`, `${'\n'.repeat(8 * MIB)}new`, [8 * MIB + 1, 1]],
    ['is one line', `${'x'.repeat(8 * MIB)}old`, `${'x'.repeat(8 * MIB)}new`, [1, 8 * MIB - 199]],
  ])('that %s, the place that differs is shown', (_, before, after, [line, column]) => {
    const [change, ...more] = preview(before, after).changes
    expect([change?.before?.slice(-3), change?.after?.slice(-3), more]).toEqual(['old', 'new', []])
    expect(change?.label).toContain(`from line ${line}`)
    if (column !== 1) expect(change?.label).toContain(`character ${column}`)
  })

  it('the lines are not compared where there are many, and their beginning is shown', () => {
    const before = lines(19_000, 'x'.repeat(500)).join('\n')
    const { changes } = preview(before, before.replace(' 3\n', ' three\n').replace(' 18000\n', ' other\n'))
    expect(changes.map(({ label }) => label)).toEqual(['notes.txt, from line 4, character 302'])
  })

  it('all parts of a diff share the bounds, and a long name is cut before it counts', () => {
    const all = Array.from({ length: 100 }, (_, at) => ({
      ...{ file: `${'n'.repeat(MIB)}.txt`, from: 1 + 1000 * at },
      ...{ before: lines(190, 'Old').join('\n'), after: lines(190, 'New').join('\n') },
    }))
    const { summary, changes } = parsePreview(boundedPreview(all))
    expect(summary).toContain('This preview is cut')
    expect(changes.map(({ label }) => label.slice(-21))).toContain('n.txt, from line 1001')
  })
})

it.each([10, 25_000, 49_990])('of a line of 50,000 characters the place at %i that differs is shown', (place) => {
  const line = 'The same words again. '.repeat(2300).slice(0, 50_000)
  const { summary, changes } = preview(`First\n${line}`, `First\n${line.slice(0, place)}HERE${line.slice(place)}`)
  expect(changes).toHaveLength(1)
  expect(changes[0]?.after).toContain('HERE')
  expect(changes[0]?.before).not.toContain('HERE')
  if (place > 1000) expect(changes[0]?.label).toMatch(/, from line 2, character \d+$/)
  expect(summary).toContain('This preview is cut')
})

it.each([
  ['an empty text that is new', null, ''],
  ['an empty text that goes', '', null],
  ['an empty text that is written', '', 'Words\n'],
  ['a text that is new', null, 'Words\n'],
  ['a text that stays', 'Words\n', 'Words\n'],
])('%s is shown whole', (_, before, after) => {
  expect(preview(before, after)).toEqual({ changes: [{ label: 'notes.txt', before, after }] })
})

it('bytes that are no text are said to be there', () => {
  expect(preview('\uFFFDPNG', 'Text')).toMatchObject({ summary: expect.stringContaining('no text'), changes: [{}] })
})

it('a long name keeps its end, and shows that its beginning is left out', () => {
  expect(preview('a', 'b', `${'folder/'.repeat(60)}secret.txt`).changes[0]?.label).toMatch(/^….*\/secret\.txt$/)
})

it('always fits, and never reads as no change where there is one', () => {
  const some = fc.array(fc.constantFrom('a', 'b', '\n', '\0', '\u{1F600}', 'word '.repeat(700)), { maxLength: 80 })
  const text = fc.option(some.map((parts) => parts.join('')))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { changes } = preview(before, after)
      expect(changes.some((change) => change.before !== change.after)).toBe(before !== after)
    }),
  )
})
