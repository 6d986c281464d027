/** What is sent to an outside engine and read from it: pointers, the template, and the strictest of several terms. */
import { describe, expect, it } from 'vitest'
import { strictest } from '../../../src/domain/policy/cedar/annotations.ts'
import { readAnswer } from '../../../src/domain/policy/outside/engine-answer.ts'
import { parsePointer, valuesAt } from '../../../src/domain/policy/outside/json-pointer.ts'
import { faultOfTemplate } from '../../../src/domain/policy/outside/request-template.ts'

const pointer = (text: string) => parsePointer(text) ?? expect.fail(`${text} is no pointer`)

describe('a pointer', () => {
  const document = { a: [{ b: 1 }, { b: 2 }], 'x/y': { '~': 3 }, '': 4 }

  it.each([
    ['', [document]],
    ['/a/1/b', [2]],
    ['/a/*/b', [1, 2]],
    ['/*/*/b', [1, 2]],
    ['/x~1y/~0', [3]],
    ['/', [4]],
    ['/a/2', []],
    ['/a/01', []],
    ['/a/-', []],
    ['/a/length', []],
    ['/constructor', []],
    ['/__proto__', []],
  ])('%s leads to %j', (text, values) => {
    expect(valuesAt(pointer(text), document)).toEqual(values)
  })

  it.each(['a', '/a~', '/a~2', `/${'a'.repeat(600)}`, '/a'.repeat(40)])('%s is none', (text) => {
    expect(parsePointer(text)).toBeUndefined()
  })
})

describe('a template', () => {
  it.each([[{ a: '$/agent/id', b: ['$/arguments/x/0', 1, null] }], [{ a: '$5' }], [{ a: '/agent' }]])(
    '%j is one',
    (template) => {
      expect(faultOfTemplate(template)).toBeUndefined()
    },
  )

  it.each([['$/nobody'], ['$/'], ['$/agent/*'], ['$/agent~'], [{ a: [{ b: '$/password' }] }]])(
    '%j is none',
    (template) => {
      expect(faultOfTemplate(template)).toContain('leads to no fact')
    },
  )

  it('is bounded in its depth', () => {
    const deep = Array.from({ length: 40 }).reduce<readonly unknown[]>((inner) => [inner], [])
    expect(faultOfTemplate(JSON.parse(JSON.stringify(deep)))).toContain('deeper than 16')
  })
})

describe('the terms of several rules', () => {
  const reader = { dialect: 'authzen', terms: pointer('/context/*'), version: null } as const
  const permitted = (...terms: object[]) => {
    const answer = readAnswer(reader, { decision: true, context: JSON.parse(JSON.stringify(terms)) })
    // A list at `context` is no context, but its elements are at `*`.
    if (answer.kind !== 'permit') return expect.fail(JSON.stringify(answer))
    return strictest(answer.terms, { ttlSeconds: 120, selfApproval: true })
  }

  it('are the strictest of each', () => {
    const finance = { approvers: [{ groups: ['finance'], count: 2 }], ttl_seconds: 300, uses: 5, self_approval: true }
    const legal = { approvers: ['legal', 'finance'], ordered: true, uses: 2, self_approval: false, typed_target: true }
    expect(permitted(finance, legal)).toEqual({
      approvers: [
        { groups: ['finance'], count: 2 },
        { groups: ['legal'], count: 1 },
      ],
      ordered: true,
      quorum: 3,
      ttlSeconds: 120,
      uses: 2,
      actor: null,
      selfApproval: false,
      stateRequired: false,
      typedTarget: true,
    })
  })

  it('ask nobody only where no rule asks anybody', () => {
    expect(permitted({}, {})?.approvers).toEqual([])
    expect(permitted({}, { approvers: ['finance'] })?.quorum).toBe(1)
  })

  it('ask the same people once, in whatever order they are named', () => {
    const both = permitted(
      { approvers: [{ groups: ['a', 'b'] }] },
      { approvers: [{ groups: ['b', 'a', 'a'], count: 2 }] },
    )
    expect(both).toMatchObject({ approvers: [{ count: 2 }], quorum: 2 })
  })

  it('are none where rules name different actors', () => {
    expect(permitted({ actor: 'runner' }, { actor: 'walker' })).toBeNull()
    expect(permitted({ actor: 'runner' }, {})?.actor).toBe('runner')
  })

  it('are refused beyond 64', () => {
    const context = Array.from({ length: 65 }, () => ({}))
    expect(readAnswer(reader, { decision: true, context })).toMatchObject({ kind: 'fault' })
  })
})
