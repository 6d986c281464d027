/** The policy decides on each call of a grant: what it asks there and people did not give, they are asked for. */
import { type ActionSpec, newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import type { Terms } from '../../src/domain/policy/policy.ts'
import { asksMore } from '../../src/domain/policy/requirements.ts'
import { addPasskeyWith } from '../http/passkey-json.ts'
import { createAuthenticator } from '../setup/authenticator.ts'
import { administer, consentTo, mustSucceed } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'
import { ask, askGrant, type Ground, present, startGround, tokenFor, writing } from './ground.ts'

const BETWEEN = (least: number) => `context.input.amount > ${least} && context.input.amount < ${least + 10}`
const rule = (id: string, terms: string, when = '') =>
  `@id("${id}") @approvers("approver") ${terms} permit (principal, action == Action::"order.pay", resource is Resource)${
    when && ` when { ${when} }`
  };`
const RULES = [
  rule('base', '@grant("100")'),
  rule('bound', '@device_bound("required")', BETWEEN(10)),
  rule('typed', '@typed_target("required")', BETWEEN(30)),
  rule('two', '@quorum("2")', BETWEEN(50)),
  rule('none', '@grant("none")', BETWEEN(70)),
  rule('few', '@grant("5")', BETWEEN(90)),
]

let ground: Ground
beforeAll(async () => {
  ground = await startGround({ withStore: withPolicy(RULES.join('\n')) })
})
afterAll(() => ground.authority.stop())

const pay = (amount: number): ActionSpec => ({
  name: 'order.pay',
  resource: 'shop',
  arguments: { amount, to: 'x' },
  salt: newSalt(),
})

/** A grant that a passkey signs which is synced between devices. */
async function grantBySyncedPasskey({ authority, ada, ...rest }: Ground, asked: Parameters<typeof askGrant>[1]) {
  const synced = await createAuthenticator({ ...authority.config, be: true })
  mustSucceed(await addPasskeyWith(ada, synced))
  const opened = mustSucceed(await askGrant({ authority, ada, ...rest }, asked))
  mustSucceed(await consentTo(ada.page, synced, opened.id))
}

describe('a grant covers a call', () => {
  beforeAll(() =>
    grantBySyncedPasskey(ground, {
      uses: 20,
      arguments: { amount: { max: 100 } },
      action: { name: 'order.pay', resource: 'shop', arguments: { to: 'x' } },
    }),
  )

  it('where the policy asks what people gave', async () => {
    const call = pay(5)
    await present(ground, await tokenFor(ground, call), call)
  })

  it.each([
    ['a passkey bound to a device', 15],
    ['that the target is typed', 35],
    ['more people', 55],
    ['consent to each call', 75],
    ['grants of fewer calls', 95],
  ])('not where it asks for %s', async (_, amount) => {
    const asked = mustSucceed(await ask(ground, pay(amount)))
    expect(asked).toMatchObject({ state: 'pending' })
    expect(asked).not.toHaveProperty('token')
  })
})

describe('a grant of before', () => {
  it('covers nothing that a later policy asks more for, and neither does its token', async () => {
    const own = await startGround()
    await grantBySyncedPasskey(own, {})
    const call = writing('src/one.ts')
    const token = await tokenFor(own, call)
    const writes = '@id("writes") @approvers("approver")'
    const text = DEFAULT_POLICY.replace(writes, `${writes} @device_bound("required")`)
    const { in_force: version } = mustSucceed(await own.ada.page.call('listPolicies'))
    await administer(own.authority, own.ada, {
      name: 'countersign.policy.publish',
      resource: 'policy',
      arguments: { version, text },
    })
    await expect(present(own, token, call)).rejects.toMatchObject({ code: 'policy_denied' })
    expect(mustSucceed(await ask(own, writing('src/two.ts')))).toMatchObject({ state: 'pending' })
    await own.authority.stop()
  })
})

describe('terms', () => {
  const consented: Terms = {
    approvers: [{ groups: ['approver'], count: 1 }],
    ordered: false,
    quorum: 1,
    ttlSeconds: 120,
    uses: 1,
    actor: null,
    selfApproval: true,
    stateRequired: false,
    typedTarget: false,
    deviceBound: false,
    grantUses: 100,
  }
  const MORE: Partial<Terms>[] = [
    { approvers: [{ groups: ['admin'], count: 1 }] },
    { approvers: [{ groups: ['approver'], count: 2 }] },
    { quorum: 2 },
    { ordered: true },
    { actor: 'other' },
    { selfApproval: false },
    { stateRequired: true },
    { typedTarget: true },
    { deviceBound: true },
  ]
  const decision = { policy: 'sha-256:x', policies: [], reason: '' } as const

  it.each(MORE)('that ask %j ask more', (more) => {
    expect(asksMore({ ...decision, effect: 'approval', terms: { ...consented, ...more } }, consented)).toBe(true)
    expect(asksMore({ ...decision, effect: 'approval', terms: consented }, { ...consented, ...more })).toBe(
      more.approvers?.[0]?.count === 1,
    )
  })

  it('that ask nobody ask for no kind of passkey, but may send the token elsewhere', () => {
    const asked = (more: Partial<Terms>) =>
      asksMore({ ...decision, effect: 'allow', terms: { ...consented, ...more } }, consented)
    expect(asked({ deviceBound: true, typedTarget: true, selfApproval: false })).toBe(false)
    expect(asked({ actor: 'other' })).toBe(true)
    expect(asked({ stateRequired: true })).toBe(true)
  })
})
