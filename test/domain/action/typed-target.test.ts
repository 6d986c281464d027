/** What a person types before something is destroyed for good: from the call, never from an agent's words. */
import { describe, expect, it } from 'vitest'
import { destroysForGood, isTyped, targetToType } from '../../../src/domain/action/typed-target.ts'

const entry = { effect: 'destructive', reversible: false }
const action = { name: 'box.wipe', resource: 'mailbox:team', arguments: { box: 'team', id: 7, deep: { name: 'Zoë' } } }
const target = (more: object, call: object = {}) =>
  targetToType({ ...entry, ...more }, 'box.wipe', { ...action, ...call })

describe('the target to type', () => {
  it.each([
    [{ effect: 'destructive', reversible: false }, true],
    [{ effect: 'destructive' }, true],
    [{ effect: 'destructive', reversible: true }, false],
    [{ effect: 'write', reversible: false }, false],
    [{ effect: 'read' }, false],
  ])('is asked for where something is destroyed for good: %j', (one, asked) => {
    expect(destroysForGood(one)).toBe(asked)
    expect(targetToType(one, 'box.wipe', action) !== null).toBe(asked)
  })

  it('is the argument that the catalogue names, else the resource, else the action', () => {
    expect(target({})).toBe('mailbox:team')
    expect(target({ target: 'box' })).toBe('team')
    expect(target({ target: 'id' })).toBe('7')
    expect(target({ target: 'deep.name' })).toBe('Zoë')
    expect(target({ target: 'missing' })).toBe('mailbox:team')
    expect(targetToType(entry, 'box.wipe', null)).toBe('box.wipe')
  })

  it.each([
    ['hides a character', 'te\u200bam'],
    ['imitates letters', 't\u0435am'],
    ['begins with a blank', ' team'],
    ['has a doubled blank', 'the  team'],
    ['has lines', 'a\nb'],
    ['is too long', 'a'.repeat(81)],
    ['is empty', ''],
  ])('is another name where one %s', (_, text) => {
    expect(target({ target: 'box' }, { arguments: { box: text } })).toBe('mailbox:team')
    expect(target({ target: 'box' }, { arguments: { box: text }, resource: text || ' ' })).toBe('box.wipe')
  })

  it.each([
    ['team', true],
    ['  team\n', true],
    ['Team', false],
    ['tea m', false],
    ['', false],
    [undefined, false],
  ])('is typed exactly, but for blanks around it: %j', (typed, isSame) => {
    expect(isTyped(typed, 'team')).toBe(isSame)
  })

  it('is typed however a keyboard composes accents', () => {
    expect(isTyped('Zoe\u0308', 'Zo\u00eb')).toBe(true)
  })
})
