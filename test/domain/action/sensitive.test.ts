/** Sensitive arguments are masked wherever the call holds them, and nothing else is touched. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MASK, maskSensitive } from '../../../src/domain/action/sensitive.ts'

const of = (values: Parameters<typeof maskSensitive>[0]['arguments'], ...paths: string[]) => {
  const action = { name: 'pay', resource: 'bank:1', arguments: values, salt: 's' }
  const { action: shown, masked } = maskSensitive(action, {
    arguments: paths.map((name) => ({ name, sensitive: true })),
  })
  expect(shown).toMatchObject({ name: 'pay', resource: 'bank:1', salt: 's' })
  return [shown.arguments, masked] as const
}

it.each([
  ['a member', { iban: 'DE1', to: 'Ada' }, ['iban'], { iban: MASK, to: 'Ada' }, ['iban']],
  ['all that it holds', { card: { no: 1, code: [2] }, a: 1 }, ['card'], { card: MASK, a: 1 }, ['card']],
  ['a nested member', { card: { no: 1, kind: 'x' } }, ['card.no'], { card: { no: MASK, kind: 'x' } }, ['card.no']],
  ['an item of a list', { to: ['a', 'b'] }, ['to.1'], { to: ['a', MASK] }, ['to.1']],
  ['a member of an item', { to: [{ pin: 1 }, 2] }, ['to.0.pin'], { to: [{ pin: MASK }, 2] }, ['to.0.pin']],
  ['both values of an unclear path', { 'a.b': 1, a: { b: 2 } }, ['a.b'], { 'a.b': MASK, a: { b: MASK } }, ['a.b']],
  ['dots within a path', { 'a.b': { c: 1 } }, ['a.b.c'], { 'a.b': { c: MASK } }, ['a.b.c']],
  ['an empty value', { note: '', none: null }, ['note', 'none'], { note: MASK, none: MASK }, ['note', 'none']],
  ['no member that is not there', { a: 1 }, ['b', 'a.b', 'a.0'], { a: 1 }, []],
  ['nothing where nothing is sensitive', { a: 1 }, [], { a: 1 }, []],
] as const)('masks %s', (_, values, paths, shown, masked) => {
  expect(of(values, ...paths)).toEqual([shown, masked])
})

it('takes no inherited member for an argument, and keeps one of a special name', () => {
  expect(of({ a: 1 }, 'constructor', 'a.toString')).toEqual([{ a: 1 }, []])
  const [values] = of(JSON.parse('{"__proto__":"secret","b":2}'), '__proto__')
  expect(JSON.stringify(values)).toBe(`{"__proto__":"${MASK}","b":2}`)
})

it('leaves no trace of a value, at whatever depth', () => {
  const paths = fc.array(fc.constantFrom('a', 'b', '0', 'x'), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(paths, fc.boolean(), (names, inList) => {
      const secret = 'the-secret'
      const nest = (rest: readonly string[]): unknown =>
        rest.length === 0
          ? secret
          : rest[0] === '0' && inList
            ? [nest(rest.slice(1))]
            : { [rest[0] ?? '']: nest(rest.slice(1)) }
      const values = { top: nest(names) } as Parameters<typeof of>[0]
      const [shown, masked] = of(values, ['top', ...names].join('.'))
      expect(JSON.stringify(shown)).not.toContain(secret)
      expect(masked).toHaveLength(1)
    }),
  )
})
