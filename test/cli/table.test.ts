/** Tables on terminals of every width, and on none. */
import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../src/cli/terminal/display-width.ts'
import { paintFor } from '../../src/cli/terminal/paint.ts'
import { facts, table } from '../../src/cli/terminal/table.ts'

const ID = '7XBs06k94YpIMpz1oaGmxA'
const HEADER = ['ID', 'WHAT', 'WHO']
const ROWS = [
  [ID, 'Post a long answer to the thread about the router that does not restart', 'Ada Lovelace, Grace Hopper'],
  ['_short', '重新启动路由器 🚀 e\u0301clair', '–'],
]
const on = (columns: number | undefined, environment = {}) =>
  paintFor({ isTTY: columns !== undefined, ...(columns && { columns }) }, { NO_COLOR: '1', ...environment })
const at = (columns: number | undefined, environment = {}) =>
  table(HEADER, ROWS, { paint: on(columns, environment), nothing: '' }).split('\n')
const words = (text: string) => text.split(/\s+/).sort()

describe('a table', () => {
  it('has one line a row in a pipe, whatever COLUMNS says, and loses nothing', () => {
    expect(at(undefined, { COLUMNS: '20' })).toHaveLength(3)
    expect(at(undefined)[1]).toContain(ROWS[0]?.join('  '))
  })

  it.each([200, 121, 120, 100, 80, 70, 60, 50, 40, 30])('fits %i columns', (columns) => {
    const lines = at(columns)
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(columns)
    const all = words(lines.join(' '))
    for (const word of words(ROWS.flat().join(' '))) expect(all).toContain(word)
  })

  it('keeps columns while its words fit, and is a list of records below', () => {
    expect(at(80)[0]).toMatch(/^ID +WHAT +WHO$/)
    expect(at(80).length).toBeGreaterThan(3)
    expect(at(30)[0]).toBe(`  ID    ${ID}`)
  })

  it('keeps ids and addresses whole, however narrow the terminal', () => {
    for (const columns of [1, 10, 20]) expect(at(columns).join('\n')).toContain(ID)
  })

  it('takes the width from COLUMNS, else from the terminal, else 80', () => {
    expect(on(100, { COLUMNS: '50' }).columns).toBe(50)
    expect(on(100, { COLUMNS: 'wide' }).columns).toBe(100)
    expect(paintFor({ isTTY: true }, {}).columns).toBe(80)
    expect(on(undefined, { COLUMNS: '50' }).columns).toBeUndefined()
  })

  it('counts wide characters, emoji and combining marks', () => {
    for (const [text, width] of [
      ['abc', 3],
      ['重新', 4],
      ['ｶﾅ', 2],
      ['Ａ', 2],
      ['🚀', 2],
      ['e\u0301', 1],
      ['한', 2],
      ['☎\uFE0F', 2],
      ['', 0],
    ] as const)
      expect([text, displayWidth(text)]).toEqual([text, width])
    const [header, ...rows] = table(
      ['A', 'B'],
      [
        ['重新', 'x'],
        ['ab', 'y'],
      ],
      { paint: on(80), nothing: '' },
    ).split('\n')
    expect([header, ...rows]).toEqual(['A     B', '重新  x', 'ab    y'])
  })

  it('has room for very many and very long cells', () => {
    const rows = Array.from({ length: 20 }, () => ['word 重新 '.repeat(500), 'x'])
    expect(table(['A', 'B'], rows, { paint: on(80), nothing: '' }).split('\n').length).toBeGreaterThan(20)
  })
})

it('facts wrap beside their label', () => {
  expect(facts([['what', 'one two three four']], on(18))).toBe('  what  one two\n        three four')
  expect(facts([['what', 'one two three four']], on(undefined))).toBe('  what  one two three four')
})
