/** A catalogue entry says how its arguments are read; what is no such statement is refused. */
import { describe, expect, it } from 'vitest'
import { CatalogueEntry } from '../../../src/domain/identity/catalogue.ts'

const PAY = { name: 'bank.pay', effect: 'write' }
const entry = (more: object) => CatalogueEntry.safeParse({ ...PAY, ...more })

describe('a catalogue entry', () => {
  it('states nothing that it was not given', () => {
    expect(entry({}).data).toEqual(PAY)
  })

  it('keeps the order, labels and marks of its arguments', () => {
    const listed = [
      { name: 'recipient.iban', label: 'Account', key: true, sensitive: true },
      { name: 'amount', label: 'Amount' },
      { name: 'items.0' },
    ]
    expect(entry({ reversible: false, target: 'recipient.name', arguments: listed }).data).toEqual({
      ...PAY,
      reversible: false,
      target: 'recipient.name',
      arguments: listed,
    })
  })

  it.each([
    ['an argument that stands twice', { arguments: [{ name: 'a' }, { name: 'a', key: true }] }],
    ['an argument without a name', { arguments: [{ name: '' }] }],
    ['an empty label', { arguments: [{ name: 'a', label: ' ' }] }],
    ['a label with a line end', { arguments: [{ name: 'a', label: 'Amount\nof 0' }] }],
    ['a member nobody knows', { arguments: [{ name: 'a', hidden: true }] }],
    ['33 arguments', { arguments: Array.from({ length: 33 }, (_, at) => ({ name: `a${at}` })) }],
    ['an empty target', { target: '' }],
    ['null for unknown', { reversible: null }],
  ])('refuses %s', (_, more) => {
    expect(entry(more).success).toBe(false)
  })
})
