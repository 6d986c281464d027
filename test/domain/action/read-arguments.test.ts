/** Arguments are read in the catalogue's order, none is left out; names that look alike are found. */
import { describe, expect, it } from 'vitest'
import { inOrder, readArguments } from '../../../src/domain/action/read-arguments.ts'
import { sameLooking } from '../../../src/domain/action/same-looking.ts'

const entry = {
  target: 'account',
  arguments: [
    { name: 'to.name', label: 'Recipient', key: true },
    { name: 'amount', key: true },
    { name: 'note' },
    { name: 'to.iban' },
    { name: 'rate', key: true },
  ],
}
const names = (read: readonly { name: string }[]) => read.map(({ name }) => name)

describe('reading arguments', () => {
  const given = { a: 1, note: 'x', cc: '', to: { iban: 'DE', bic: 'X', name: 'Bob' }, amount: 0, tags: [], ref: null }
  const read = readArguments(entry, { ...given, account: 'main' })

  it('puts key ones first, the rest in the catalogue’s order, empty ones apart', () => {
    expect(names(read.key)).toEqual(['account', 'to.name', 'amount'])
    expect(read.key.map(({ value }) => value)).toEqual(['main', 'Bob', 0])
    expect(read.missing).toEqual(['rate'])
    expect(names(read.others)).toEqual(['note', 'a', 'to'])
    expect(names(read.empty)).toEqual(['cc', 'tags', 'ref'])
  })

  it('orders what is nested by its paths', () => {
    expect(names(inOrder(entry, given.to, 'to'))).toEqual(['name', 'iban', 'bic'])
  })

  it('takes an order of its own from no catalogue', () => {
    expect(names(readArguments({}, { b: 1, a: '', c: false }).others)).toEqual(['b', 'c'])
  })

  it('knows no inherited member', () => {
    const odd = readArguments({ target: 'constructor' }, JSON.parse('{"__proto__": 1}'))
    expect([odd.missing, names(odd.others)]).toEqual([['constructor'], ['__proto__']])
  })
})

describe('names that look alike', () => {
  it.each([
    ['blanks', ['to', ' to']],
    ['doubled blanks', ['a b', 'a  b']],
    ['a hidden character', ['amount', 'am\u200bount']],
    ['another script', ['account', '\u0430ccount']],
    ['case', ['To', 'to']],
    ['digits', ['al', 'a1']],
    ['a full-width letter', ['to', '\uff54o']],
    ['nothing at all', ['', ' ']],
  ])('by %s', (_, pair) => {
    expect([...sameLooking([...pair, 'other'])]).toEqual(pair)
  })

  it('are none where names differ', () => {
    expect(sameLooking(['to', 'from', 'amount', 'amounts']).size).toBe(0)
  })
})
