/** A row of configuration is in force while it says exactly what was proven, in whatever form the database gives it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInForce } from '../../src/authority/proof/proven-rows.ts'
import { plainJson } from '../../src/domain/action/plain-json.ts'
import { agentRow, endedRow, executorRow } from '../../src/domain/identity/configuration-rows.ts'

const AUDIENCE = 'https://forum.example'
const ENTRY = { name: 'forum.post', effect: 'write', schema: { type: 'object', required: ['board'] } }
const executor = (entry: object) =>
  executorRow({ audience: AUDIENCE, title: 'The forum', catalogue: [entry], challengeKeys: [] })

function inForceWith(...rows: Parameters<ReturnType<typeof createInForce>['put']>[0]) {
  const inForce = createInForce()
  inForce.put(rows)
  return inForce
}

describe('a row of the database is in force', () => {
  const { holds } = inForceWith(executor(ENTRY))

  it.each([
    ['as it was proven', ENTRY],
    [
      'with its members in another order',
      { schema: { required: ['board'], type: 'object' }, effect: ENTRY.effect, name: ENTRY.name },
    ],
    ['with members that are not given', { ...ENTRY, title: undefined, reversible: undefined }],
  ])('%s', (_, entry) => expect(holds(executor(entry))).toBe(true))

  it.each([
    ['another value', { ...ENTRY, effect: 'read' }],
    ['a further member', { ...ENTRY, state: 'required' }],
    ['a member less', { name: ENTRY.name, effect: ENTRY.effect }],
    ['another member in place of one', { name: ENTRY.name, effect: ENTRY.effect, title: undefined, preview: null }],
    ['a shorter list inside', { ...ENTRY, schema: { type: 'object', required: [] } }],
    ['an object in place of a list', { ...ENTRY, schema: { type: 'object', required: { 0: 'board' } } }],
    ['a member of every object', { ...ENTRY, schema: { type: 'object', constructor: ['board'] } }],
    ['null in place of an object', { ...ENTRY, schema: null }],
  ])('but not with %s', (_, entry) => expect(holds(executor(entry))).toBe(false))

  it('but not when it was ended, or never proven', () => {
    const inForce = inForceWith(executor(ENTRY), endedRow('executor', AUDIENCE))
    expect(inForce.holds(executor(ENTRY))).toBe(false)
    expect(holds(agentRow({ id: 'a', principals: [], executors: [], groups: [], runBy: null }))).toBe(false)
  })

  it('whatever a caller does with a row that was proven', () => {
    const groups = ['readers']
    const agent = () => agentRow({ id: 'a', principals: ['a'], executors: [], groups, runBy: null })
    const inForce = inForceWith(agent())
    groups.push('writers')
    expect(inForce.holds(agent())).toBe(false)
  })

  it('exactly where its JSON is the proven one', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (one, other) => {
          const row = (content: object) => ({ kind: 'agent', id: 'a', content }) as const
          const inForce = inForceWith(row(one))
          expect(inForce.holds(row(plainJson(one)))).toBe(true)
          expect(inForce.holds(row(other))).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)))
        },
      ),
    )
  })
})

const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)])
}
