/** The difference an approver reads: nothing lost, nothing invented, long stillness folded. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldUnchanged, type Line, lineDiff } from '../../src/web/approve/line-diff.ts'

const textOf = (lines: readonly Line[], side: 'added' | 'removed'): string =>
  lines
    .filter((line) => line.kind === side || line.kind === 'same')
    .map((line) => line.runs.map((run) => run.text).join(''))
    .join('\n')

describe('lineDiff', () => {
  it('marks the words that changed within a line', () => {
    expect(lineDiff('one old line\nsame', 'one new line\nsame')).toEqual([
      { kind: 'removed', runs: [run('one '), run('old', true), run(' line')] },
      { kind: 'added', runs: [run('one '), run('new', true), run(' line')] },
      { kind: 'same', runs: [run('same')] },
    ])
  })

  it('leaves lines whole that have little in common', () => {
    expect(lineDiff('alpha', 'omega')).toEqual([
      { kind: 'removed', runs: [run('alpha')] },
      { kind: 'added', runs: [run('omega')] },
    ])
  })

  it('shows what is new and what goes', () => {
    expect(lineDiff(null, 'a\nb').map((line) => line.kind)).toEqual(['added', 'added'])
    expect(lineDiff('a', null).map((line) => line.kind)).toEqual(['removed'])
    expect(lineDiff(null, null)).toEqual([])
  })

  it('shows a line end that was added', () => {
    expect(lineDiff('a', 'a\n')).toEqual([
      { kind: 'same', runs: [run('a')] },
      { kind: 'added', runs: [run('')] },
    ])
  })

  it('gives both texts back, whatever they are', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'a b', ' ', '\n', 'c\u200b')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after)
        expect(textOf(lines, 'removed')).toBe(before)
        expect(textOf(lines, 'added')).toBe(after)
      }),
    )
  })

  it('stays whole and quick for two large texts with nothing in common', () => {
    const large = (seed: string) => Array.from({ length: 6000 }, (_, line) => `${seed}${line}`).join('\n')
    const lines = lineDiff(large('a'), large('b'))
    expect(textOf(lines, 'removed')).toBe(large('a'))
    expect(textOf(lines, 'added')).toBe(large('b'))
  })
})

describe('foldUnchanged', () => {
  const hundred = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')

  it('keeps three lines around a change and folds the rest', () => {
    const stretches = foldUnchanged(lineDiff(hundred, hundred.replace('line 50', 'fifty')))
    expect(stretches.map(({ folded, lines }) => [folded, lines.length])).toEqual([
      [true, 47],
      [false, 8],
      [true, 46],
    ])
  })

  it('loses no line', () => {
    const lines = lineDiff(hundred, `${hundred}\nend`)
    expect(foldUnchanged(lines).flatMap((stretch) => stretch.lines)).toEqual(lines)
  })
})

function run(text: string, changed = false) {
  return { text, changed }
}
