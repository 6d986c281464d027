/** A grant that an approver proposes from a waiting call: signed with it in one gesture, within what the policy allows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { consentToAll } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrolBy, mustSucceed } from '../setup/authority.ts'
import { ask, BELOW_SRC, type Ground, present, startGround, tokenFor, writing } from './ground.ts'

let ground: Ground
beforeAll(async () => {
  ground = await startGround()
})
afterAll(() => ground.authority.stop())

type Wanted = { readonly uses?: number; readonly arguments?: Record<string, unknown>; readonly expires_in?: number }
const propose = (id: string, { uses = 3, arguments: args = BELOW_SRC, ...more }: Wanted = {}, by = ground.ada) =>
  by.page.call('proposeGrant', { params: { id }, body: { uses, arguments: args, ...more } })
const waiting = async (text: string, name = 'file.write') =>
  mustSucceed(await ask(ground, { ...writing('src/a.ts', { text }), name })).id

async function publish(rules: string) {
  const { in_force: version } = mustSucceed(await ground.authority.operator.call('listPolicies'))
  await administer(ground.authority, ground.ada, {
    name: 'countersign.policy.publish',
    resource: 'policy',
    arguments: { version, text: `${DEFAULT_POLICY}\n${rules}` },
  })
}

describe('a grant from a waiting call', () => {
  it('is signed with the call, and covers the calls after it', async () => {
    const id = await waiting('both')
    const grant = mustSucceed(await propose(id))
    expect(grant).toMatchObject({ state: 'pending', agent: 'coder', bounds: { uses: 3, arguments: BELOW_SRC } })
    const { answers } = mustSucceed(await consentToAll(ground.ada, [id, grant.id]))
    expect(answers).toMatchObject([{ state: 'approved' }, { state: 'approved' }])
    for (const path of ['src/b.ts', 'src/c/d.ts']) {
      const call = writing(path, { text: 'both' })
      await present(ground, await tokenFor(ground, call), call)
    }
    const outside = mustSucceed(await ask(ground, writing('lib/a.ts', { text: 'both' })))
    expect(outside.state).toBe('pending')
  })

  it('is judged again by the calls at the ends of its bounds', async () => {
    const id = await waiting('again')
    const grant = mustSucceed(await propose(id))
    await publish('forbid (principal, action, resource is Resource) when { context.input.path like "src/x*" };')
    expectRefusal(await ground.ada.page.call('offerConsent', { params: { id: grant.id } }), 'policy_denied')
    mustSucceed(await ground.ada.page.call('offerConsent', { params: { id } }))
    await publish('')
    mustSucceed(await ground.ada.page.call('offerConsent', { params: { id: grant.id } }))
  })

  it('wider than the policy is refused with its words, and leaves the call as it was', async () => {
    const id = await waiting('bounds')
    const often = await propose(id, { uses: 101 })
    expectRefusal(often, 'policy_denied')
    expect(often).toMatchObject({ problem: { detail: expect.stringContaining('at most 100 calls') } })
    const text = { oneOf: ['bounds', 'DROP DATABASE shop'] }
    const far = await propose(id, { arguments: { ...BELOW_SRC, text } })
    expectRefusal(far, 'policy_denied')
    expect(far).toMatchObject({ problem: { detail: expect.stringMatching(/too wide|Narrow them/) } })
    expect(mustSucceed(await ground.ada.consent(id)).state).toBe('approved')
  })

  it.each<[string, Wanted]>([
    ['that leave the call itself out', { arguments: { path: { prefix: 'lib/' } } }],
    ['that nobody can read', { arguments: { path: { prefix: '../' } } }],
    ['of an argument that it has not', { arguments: { mode: { max: 7 } } }],
  ])('with bounds %s is refused', async (_, wanted) => {
    expectRefusal(await propose(await waiting('odd'), wanted), 'invalid_request')
  })

  it('of what destroys for good is none', async () => {
    const id = await waiting('purge', 'file.purge')
    const refused = await propose(id)
    expectRefusal(refused, 'policy_denied')
  })

  it('needs the key of its agent, and somebody who could approve the call', async () => {
    const action = writing('src/a.ts', { text: 'keyless' })
    const keyless = mustSucceed(
      await ground.agent.call('openRequest', { body: { audience: 'https://shop.example', action } }),
    )
    expectRefusal(await propose(keyless.id), 'invalid_request')
    const eve = await enrolBy(ground.authority, ground.ada, 'Eve', ['auditor'])
    expectRefusal(await propose(await waiting('eve'), {}, eve), 'not_found')
  })

  it('of a grant is none', async () => {
    const { id } = mustSucceed(await propose(await waiting('twice')))
    expectRefusal(await propose(id), 'invalid_request')
  })
})
