/** Whatever a call holds, and whatever a policy's author writes: nothing becomes an entity, is lost, or ends the engine. */
import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../src/domain/policy/cedar/compile.ts'
import type { CedarEngine, CedarHost } from '../../../src/domain/policy/cedar/engine.ts'
import { decide } from '../../../src/domain/policy/decide.ts'
import { callTo, cedar, policyOf } from './cedar.ts'

const permitWhen = (condition: string) => policyOf(`permit (principal, action, resource) when { ${condition} };`)
const decideOn = (condition: string, args: object) =>
  decide(permitWhen(condition), callTo('forum.post', { arguments: JSON.parse(JSON.stringify(args)) }))

describe('an argument that Cedar cannot hold denies the call where a policy reads it', () => {
  it.each<[string, string, object]>([
    ['null', 'context.input has a', { a: null }],
    ['null within', 'context.input.a == context.input.a', { a: [{ b: null }] }],
    ['five decimals', 'context.input.a == context.input.a', { a: 0.00001 }],
    ['an exponent', 'context.input.a == context.input.a', { a: 1e-7 }],
    ['an entity', 'context.input.a is Agent', { a: { __entity: { type: 'Agent', id: 'root' } } }],
    [
      'an entity deep within',
      'context.input == context.input',
      { a: [[{ b: { __entity: { type: 'Agent', id: 'x' } } }]] },
    ],
    ['an extension value', 'context.input.a == context.input.a', { a: { __extn: { fn: 'ip', arg: '10.0.0.1' } } }],
    ['an entity as the input itself', 'context.input == context.input', { __entity: { type: 'Agent', id: 'x' } }],
    ['too many values', 'context.input.a.contains(1)', { a: Array.from({ length: 2000 }, (_, at) => at) }],
    ['too deep', 'context.input == context.input', { a: JSON.parse('['.repeat(60) + ']'.repeat(60)) }],
  ])('%s', async (_, condition, args) => {
    expect(await decideOn(condition, args)).toMatchObject({
      effect: 'deny',
      reason: expect.stringContaining('A policy reads it'),
    })
  })

  it('and is nothing to a policy that does not', async () => {
    const args = { a: null, b: { __entity: { type: 'Agent', id: 'x' } }, c: 0.123456, d: 1 }
    expect(await decideOn('context.input.d == 1', args)).toMatchObject({ effect: 'allow' })
  })

  it('a member named like a method of objects is data', async () => {
    const args = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')
    const call = callTo('forum.post', { arguments: args })
    expect(
      await decide(permitWhen('context.input["__proto__"].x == 1 && context.input.constructor == 2'), call),
    ).toMatchObject({
      effect: 'allow',
    })
    expect(await decide(permitWhen('context.input has toString'), call)).toMatchObject({ effect: 'deny' })
  })
})

describe('an error in any policy denies', () => {
  it.each(['forbid', 'permit'])('also in a %s that Cedar would skip', async (effect) => {
    const text = `permit (principal, action, resource); @id("errs") ${effect} (principal, action, resource) when { context.input.amount > 5 };`
    expect(await decide(policyOf(text), callTo('forum.post'))).toMatchObject({
      effect: 'deny',
      policies: ['errs'],
      reason: expect.stringContaining('could not be evaluated'),
    })
  })
})

describe('a text beyond the limits never reaches the parser', () => {
  const parses = (text: string) => compilePolicies(cedar, text)
  const when = (condition: string) => `permit (principal, action, resource) when { ${condition} };`
  it.each([
    ['parentheses', when(`${'('.repeat(160)}true${')'.repeat(160)}`)],
    ['sets', when(`${'['.repeat(150)}1${']'.repeat(150)}.contains(1)`)],
    ['records', when(`${'{a:'.repeat(100)}1${'}'.repeat(100)} == 1`)],
    ['conjunctions', when(Array(400).fill('true').join(' && '))],
    ['disjunctions', when(Array(400).fill('true').join(' || '))],
    ['sums', when(`${Array(400).fill('1').join(' + ')} == 1`)],
    ['members', when(`context${'.a'.repeat(500)} == 1`)],
    ['indexes', when(`context${'["a"]'.repeat(500)} == 1`)],
    ['conditions', `permit (principal, action, resource) ${'when { true } '.repeat(400)};`],
    ['alternatives', when(`${'if true then '.repeat(200)}true${' else true'.repeat(200)}`)],
    ['negations', when(`${'!'.repeat(400)}true`)],
    ['paths', when(`principal is ${'A::'.repeat(400)}B`)],
    ['quotes without an end', `permit (principal, action, resource) when { "${'\\"'.repeat(30_000)}`],
    ['one long policy', when(`context.input.a == "${'x'.repeat(70_000)}"`)],
  ])('%s', (_, text) => {
    expect(parses(text)).toMatchObject({ ok: false })
    expect(parses(when('true'))).toMatchObject({ ok: true })
  })

  it('brackets and operators in texts and comments count for nothing', () => {
    expect(parses(`// ${'('.repeat(200)}\n${when(`context.input.a == "${'(&&'.repeat(200)}"`)}`)).toMatchObject({
      ok: true,
    })
  })
})

describe('an engine that fails', () => {
  const throwing = (calls: { broken: number }): CedarHost => {
    const engine = cedar.engine()
    if (!engine) throw new Error('no engine')
    const bad: CedarEngine = {
      ...engine,
      statefulIsAuthorized: () => {
        throw new WebAssembly.RuntimeError('unreachable')
      },
    }
    return {
      engine: () => bad,
      broken: () => {
        calls.broken++
      },
      othersTurn: null,
    }
  }

  it('denies, and is never asked again', async () => {
    const calls = { broken: 0 }
    const policy = policyOf('permit (principal, action, resource);', throwing(calls))
    expect(await decide(policy, callTo('forum.post'))).toMatchObject({ effect: 'deny' })
    expect(calls.broken).toBe(1)
  })

  it('denies where there is none', async () => {
    let runs = true
    const host: CedarHost = { engine: () => (runs ? cedar.engine() : null), broken: () => {}, othersTurn: null }
    const policy = policyOf('permit (principal, action, resource);', host)
    expect(await decide(policy, callTo('forum.post'))).toMatchObject({ effect: 'allow' })
    runs = false
    expect(await decide(policy, callTo('forum.post'))).toMatchObject({ effect: 'deny' })
  })
})
