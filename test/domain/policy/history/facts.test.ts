/** Facts: how a policy declares them, whose calls they count, and what a call adds. */
import type { JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { createDraftDesk } from '../../../../src/domain/policy/drafts/draft-desk.ts'
import { declaredFacts } from '../../../../src/domain/policy/history/declared-facts.ts'
import { amountOf, concerns, type Fact, scopeOf } from '../../../../src/domain/policy/history/fact.ts'
import type { PolicyQuery } from '../../../../src/domain/policy/policy.ts'
import { readSignals } from '../../../../src/domain/policy/signals/read-signals.ts'
import { DIGEST, ISSUER } from '../../approval/sample.ts'
import { callTo, cedar, policyOf } from '../cedar.ts'

const SPENT = '// @fact spent = sum payment EUR allowed of "payment.*" within 1 day per agent'

function factOf(line: string): Fact {
  const declared = declaredFacts(line)
  const [fact] = declared.ok ? declared.facts : []
  if (!fact) throw new Error(JSON.stringify(declared))
  return fact
}

const call = (given: JsonObject | null = {}, more: object = {}) => ({
  agent: 'a',
  principal: 'ada',
  name: 'payment.send',
  resource: 'bank:1',
  arguments: given,
  ...more,
})

const signalsIn = (given: JsonObject) => readSignals({ name: 'payment.send', arguments: given, entry: undefined }, null)

describe('a declaration', () => {
  it.each<[string, Partial<Fact>]>([
    [
      SPENT,
      { name: 'spent', measure: 'sum', summed: 'payment EUR', state: 'allowed', windowSeconds: 86_400, per: 'agent' },
    ],
    [
      '// @fact n = count of "a" within 5 minutes per principal',
      { measure: 'count', state: 'permitted', windowSeconds: 300 },
    ],
    ['  //  @fact n = count failed of "a.*" within 1 hour per agent  ', { state: 'failed', pattern: 'a.*' }],
    ['// @fact n = last denied of "*" within 31 days per agent', { measure: 'last', pattern: '*' }],
    ['// @fact n = count of "a" same input.to.iban within 1 day per agent', { same: 'input.to.iban' }],
    [
      '// @fact n = sum input.amount of "a" same resource within 1 day per agent',
      { summed: 'input.amount', same: 'resource' },
    ],
  ])('%s', (line, fact) => expect(factOf(line)).toMatchObject(fact))

  it.each([
    ['// @fact', 'This declares no fact.'],
    ['// @fact n', 'This declares no fact.'],
    ['// @fact N = count of "a" within 1 day per agent', 'This declares no fact.'],
    ['// @fact n = count of "a" within 1 day per trace-of-the-caller', 'This declares no fact.'],
    ['// @fact n = count of "a" within 1 day per agent; drop', 'This declares no fact.'],
    ['// @fact n = count of "a b" within 1 day per agent', 'This declares no fact.'],
    ['// @fact n = count of "*a" within 1 day per agent', 'This declares no fact.'],
    ['// @fact n = count of "a" within 0 days per agent', 'This declares no fact.'],
    ['// @fact n = count of "a" within 32 days per agent', 'A window has at most 31 days.'],
    ['// @fact n = count gone of "a" within 1 day per agent', 'There is no state gone.'],
    ['// @fact n = last of "a" within 1 day per agent', 'There is no state here.'],
    ['// @fact n = last allowed of "a" within 1 day per agent', 'There is no state allowed.'],
    ['// @fact n = sum of "a" within 1 day per agent', 'A sum says what it adds'],
    ['// @fact n = count payment EUR of "a" within 1 day per agent', 'A sum says what it adds'],
    [`${SPENT}\n${SPENT}`, 'Another fact is named spent.'],
  ])('%s is refused', (text, message) => {
    const declared = declaredFacts(`permit(principal, action, resource);\n${text}`)
    expect(declared).toMatchObject({ ok: false, problem: { message: expect.stringContaining(message) } })
  })

  it('names its line, and stands at most sixteen times', () => {
    expect(declaredFacts(`\n\n // @fact x`)).toMatchObject({ ok: false, problem: { line: 3 } })
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => SPENT.replace('spent', `f${at}`)).join('\n')
    expect(declaredFacts(many(16)).ok).toBe(true)
    expect(declaredFacts(many(17))).toMatchObject({
      ok: false,
      problem: { message: 'A policy declares at most 16 facts.' },
    })
  })

  it('is needed for what a policy reads', () => {
    const rule = 'permit(principal, action, resource) when { context.history.spend < 5 };'
    expect(() => policyOf(rule)).toThrow('reads context.history.spend, which no @fact line declares')
    expect(() => policyOf(`${SPENT}\n${rule}`)).toThrow('context.history.spent')
    expect(policyOf(`${SPENT.replace('spent', 'spend')}\n${rule}`).reads('x').history).toEqual(['spend'])
    expect(policyOf(`${SPENT}\npermit(principal, action, resource);`).reads('x').history).toEqual([])
  })
})

describe('a decision', () => {
  const policy = policyOf(`${SPENT}
    permit(principal, action, resource)
    when { context.history.spent + context.signals.payment_amount <= 50000 };`)
  const pay = (amount: number, history: Readonly<Record<string, number | boolean>>) =>
    policy.decide(callTo('forum.post', { arguments: { amount, currency: 'EUR' }, history }))

  it('adds the call to what was spent', async () => {
    expect(await pay(500, { spent: 0 })).toMatchObject({ effect: 'allow' })
    expect(await pay(500.01, { spent: 0 })).toMatchObject({ effect: 'deny' })
    expect(await pay(1, { spent: 49_900 })).toMatchObject({ effect: 'allow' })
    expect(await pay(1, { spent: 49_901 })).toMatchObject({ effect: 'deny' })
    expect(await pay(-1, { spent: 0 })).toMatchObject({ effect: 'deny' })
  })

  it('of a draft takes place as if no call were counted', async () => {
    const text = `${SPENT}
      // @fact failed = last failed of "*" within 1 day per agent
      permit(principal, action, resource) when { context.history.spent == 0 && !context.history.failed };`
    const { agent, executor, history: _, ...one } = callTo('forum.post')
    const rules = { digest: DIGEST, ttlSeconds: 120, selfApproval: false, authority: ISSUER }
    const job = { text, rules, agents: [agent], executors: [executor], cases: [{ ...one, agent: 0, executor: 0 }] }
    const desk = createDraftDesk(cedar)
    expect(await desk(job)).toMatchObject({ kind: 'answered', decisions: [{ effect: 'allow' }] })
    // Where some are known, the others are not.
    const known = (history: PolicyQuery['history']) => ({
      ...job,
      cases: job.cases.map((one) => ({ ...one, history })),
    })
    expect(await desk(known({ spent: 0 }))).toMatchObject({ decisions: [null] })
    expect(await desk(known({ spent: 1, failed: false }))).toMatchObject({ decisions: [{ effect: 'deny' }] })
  })

  it('denies where a fact is not known', async () => {
    expect(await pay(1, {})).toMatchObject({ effect: 'deny' })
    expect(await pay(1, { spent: true })).toMatchObject({ effect: 'deny' })
  })
})

describe('the calls that a fact counts together', () => {
  const fact = factOf('// @fact n = count of "payment.*" same input.iban within 1 day per agent')
  const scope = (given: JsonObject | null, more: object = {}, of = fact) => scopeOf(of, call(given, more), undefined)

  it('are of one agent or principal, and of the same argument', async () => {
    expect(await scope({ iban: 'x', amount: 1 })).toBe(await scope({ iban: 'x', amount: 2 }, { principal: 'bob' }))
    expect(await scope({ iban: 'x' })).not.toBe(await scope({ iban: 'y' }))
    expect(await scope({ iban: 'x' })).not.toBe(await scope({ iban: 'x' }, { agent: 'b' }))
    expect(await scope({ iban: { a: 1, b: 2 } })).toBe(await scope({ iban: { b: 2, a: 1 } }))
    expect(await scope({})).toBe(await scope({}, { resource: 'other' }))
  })

  it('go on under another name of the fact, and begin anew in other words', async () => {
    expect(await scope({ iban: 'x' }, {}, { ...fact, name: 'other' })).toBe(await scope({ iban: 'x' }))
    expect(await scope({ iban: 'x' }, {}, { ...fact, windowSeconds: 60 })).not.toBe(await scope({ iban: 'x' }))
  })

  it('cannot be told once the arguments that decide are erased', async () => {
    expect(await scope(null)).toBeUndefined()
    expect(await scope(null, {}, { ...fact, same: 'resource' })).toBeDefined()
  })

  it('are named exactly, or by their beginning', () => {
    expect([concerns(fact, 'payment.send'), concerns(fact, 'payment'), concerns(fact, 'xpayment.send')]).toEqual([
      true,
      false,
      false,
    ])
    expect(concerns({ ...fact, pattern: 'payment' }, 'payment.send')).toBe(false)
  })
})

describe('what a call adds', () => {
  it.each<[JsonObject, number]>([
    [{ amount: 5, currency: 'EUR' }, 500],
    [{ amount: 5, currency: 'USD' }, 0],
    [{ amount: -5, currency: 'EUR' }, Number.MAX_SAFE_INTEGER],
    [{ amount: 5 }, Number.MAX_SAFE_INTEGER],
    [{ text: 'hello' }, 0],
  ])('of a payment: %j', (given, amount) => expect(amountOf(factOf(SPENT), call(given), signalsIn(given))).toBe(amount))

  const sum = factOf('// @fact n = sum input.size of "a" within 1 day per agent')
  it.each<[JsonObject, number]>([
    [{ size: 5 }, 5],
    [{ size: 5.1 }, 6],
    [{ size: -5 }, 5],
    [{ size: '7' }, 7],
    [{}, 0],
    [{ size: null }, 0],
    [{ size: 'many' }, Number.MAX_SAFE_INTEGER],
    [{ size: '' }, Number.MAX_SAFE_INTEGER],
    [{ size: [5] }, Number.MAX_SAFE_INTEGER],
    [{ size: 1e300 }, Number.MAX_SAFE_INTEGER],
  ])('of an argument: %j', (given, amount) => expect(amountOf(sum, call(given), undefined)).toBe(amount))
})
