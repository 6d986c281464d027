/** A call in which a path of the catalogue leads to two values: people would read the one, the executor the other. */
import { expect, it } from 'vitest'
import { memberOf, unclearPath } from '../../../src/domain/action/argument-path.ts'

const decoy = { 'to.name': 'ACME', to: { name: 'Mallory' } }

it.each([
  ['of a title', { title: 'Pay {amount} to {to.name}' }, decoy],
  ['of a target', { target: 'to.name' }, decoy],
  ['of an argument', { arguments: [{ name: 'amount' }, { name: 'to.name' }] }, decoy],
  ['within a nested member', { target: 'a.b.c' }, { a: { 'b.c': 1, b: { c: 2 } } }],
  ['by two ways of splitting it', { target: 'a.b.c' }, { 'a.b': { c: 1 }, a: { 'b.c': 2 } }],
  ['within a list', { target: 'to.0.id' }, { to: [{ id: 1 }], 'to.0': { id: 2 } }],
  ['where one value is null', { target: 'to.name' }, { 'to.name': null, to: { name: 'Mallory' } }],
])('is found where it is a path %s', (_, entry, values) => {
  expect(unclearPath(entry, values)).toMatch(/\./)
})

it.each([
  [{ title: 'Pay {to.name}' }, { to: { name: 'Ada' } }],
  [{ title: 'Pay {to.name}' }, { 'to.name': 'Ada', to: { iban: 'DE1' } }],
  [{ title: 'Pay {to.name} to {to.name}', target: 'to.name' }, { to: { name: 'Ada' } }],
  [{ target: 'a' }, decoy],
  [{}, decoy],
  [{ target: 'constructor.name' }, {}],
])('is not seen in %j of %j', (entry, values) => {
  expect(unclearPath(entry, values)).toBeUndefined()
})

it('reads a member named with dots before a nested one', () => {
  expect(memberOf(decoy, 'to.name')).toBe('ACME')
  expect(memberOf({ 'a.b': { c: 1 } }, 'a.b.c')).toBe(1)
  expect(memberOf({ list: ['x', 'y'] }, 'list.1')).toBe('y')
  expect(memberOf({}, 'toString')).toBeUndefined()
})
