/** A call that a grant comes near to, and does not cover: the bound that differs is named, and no value of the call. */
import { createAgentClient, dpopOf } from '@countersign/client'
import { type ActionSpec, type JsonObject, newSalt } from '@countersign/verifier'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import { mustSucceed } from '../setup/authority.ts'
import { askGrant, ELSEWHERE, type Ground, grant, present, SHOP, startGround, tokenFor } from './ground.ts'

const PAYING = { name: 'order.pay', resource: 'account:ci', arguments: { currency: 'EUR' } }
const BOUNDS = { to: { oneOf: ['runner', 'disk'] }, amount: { max: 20, sum: 50 }, note: { prefix: 'ci/' } }

let ground: Ground
let id: string
beforeAll(async () => {
  ground = await startGround()
  id = await grant(ground, { uses: 4, arguments: BOUNDS, action: PAYING })
})
afterAll(() => ground.authority.stop())

const paying = (args: JsonObject = {}, more: Partial<ActionSpec> = {}): ActionSpec => ({
  ...PAYING,
  arguments: { ...PAYING.arguments, to: 'runner', amount: 20, note: 'ci/7', ...args },
  salt: newSalt(),
  ...more,
})

const within = async (action: ActionSpec, { audience = SHOP, wanted = id, key = ground.key, proved = true } = {}) =>
  ground.agent.call('openRequest', {
    body: { audience, action, grant: wanted },
    headers: proved ? { dpop: await key.proof('POST', `${ground.authority.config.origin}/requests`) } : {},
  })

const refusedFor = async (
  code: Parameters<typeof expectRefusal>[1],
  words: string,
  answer: ReturnType<typeof within>,
) => {
  const refused = await answer
  expectRefusal(refused, code)
  const detail = refused.ok ? '' : refused.problem.detail
  expect(detail).toContain(words)
  expect(detail).not.toMatch(/secret|1234567/)
}

describe('a call that names its grant', () => {
  it.each<[string, JsonObject, string]>([
    ['a value that is not listed', { to: 'secret' }, 'arguments/to is outside its bound, which lists its values.'],
    [
      'an amount over its limit',
      { amount: 1234567 },
      'arguments/amount is outside its bound of at most 20, 50 in all.',
    ],
    [
      'a path that is not below the prefix',
      { note: 'secret' },
      'arguments/note is outside its bound, which is a prefix.',
    ],
    ['a fixed argument that differs', { currency: 'secret' }, 'arguments/currency is fixed'],
    ['an argument more', { memo: 'secret' }, 'arguments/memo is fixed'],
    ['a name that imitates words', { 'x. secret': 1 }, 'an argument is fixed'],
  ])('with %s is refused', (_, args, words) => refusedFor('action_mismatch', words, within(paying(args))))

  it('without an argument that is bounded is refused', async () => {
    const { note: _, ...args } = paying().arguments
    await refusedFor('action_mismatch', 'arguments/note is missing.', within(paying({}, { arguments: args })))
  })

  it.each<[string, Parameters<typeof within>, Parameters<typeof expectRefusal>[1], string]>([
    ['another resource', [paying({}, { resource: 'account:me' })], 'action_mismatch', 'for another resource'],
    ['another executor', [paying(), { audience: ELSEWHERE }], 'action_mismatch', 'for another executor'],
    ['no proof', [paying(), { proved: false }], 'proof_of_possession', 'Send a DPoP proof by that key'],
    ['a grant that is none', [paying(), { wanted: newSalt() }], 'not_found', 'no such grant'],
  ])('with %s is refused', (_, call, code, words) => refusedFor(code, words, within(...call)))

  it('is refused without asking anybody, and the ledger knows', async () => {
    const inbox = mustSucceed(await ground.ada.page.call('inbox')).requests.length
    await refusedFor('action_mismatch', 'Propose it without grant', within(paying({ to: 'nobody' })))
    expect(mustSucceed(await ground.ada.page.call('inbox')).requests.length).toBe(inbox)
    const rows = await asDatabaseOwner(
      ground.authority,
      (sql) => sql`SELECT body FROM entries WHERE type = 'token.refused'`,
    )
    expect(rows.some(({ body }) => JSON.parse(body).code === 'action_mismatch')).toBe(true)
  })

  it('of another agent is as one that does not exist', async () => {
    const body = { audience: SHOP, action: paying(), grant: id }
    expectRefusal(await ground.otherAgent.call('openRequest', { body }), 'not_found')
  })
})

describe('a call that names none', () => {
  it('asks people, and says in its reason which bound differs', async () => {
    const opened = mustSucceed(
      await ground.agent.call('openRequest', { body: { audience: SHOP, action: paying({ amount: 21 }) } }),
    )
    expect(opened).toMatchObject({ state: 'pending' })
    expect(opened.policy.reason).toContain('it is bound to a key')
    const { entries } = mustSucceed(await ground.authority.operator.call('trace', { params: { trace: opened.trace } }))
    const decided = entries.find(({ type }) => type === 'request.decided')
    expect(decided?.['reason']).toBe(opened.policy.reason)
  })
})

describe('a budget that is used up', () => {
  const spend = async (amount: number) => {
    const call = paying({ amount })
    await present(ground, await tokenFor(ground, call), call)
  }

  it('names the sum that is left, then the calls, and lastly the time', async () => {
    await spend(20)
    await spend(20)
    await refusedFor(
      'action_mismatch',
      'arguments/amount is more than its sum has left: 10 of 50 is left',
      within(paying()),
    )
    await spend(10)
    await spend(0)
    await refusedFor('action_mismatch', 'all of its 4 calls are used', within(paying({ amount: 0 })))
    ground.authority.advance(3700)
    await refusedFor('request_expired', 'its time ended at 20', within(paying({ amount: 0 })))
  })

  it('tells the executor, too, what of the grant is used up', async () => {
    const one = await grant(ground, { uses: 1, arguments: BOUNDS, action: { ...PAYING, resource: 'account:one' } })
    const calls = [1, 2].map((amount) => paying({ amount }, { resource: 'account:one' }))
    const tokens = await Promise.all(calls.map((call) => tokenFor(ground, call)))
    const [first, second] = await Promise.all(
      tokens.map((token) => ground.authority.client(ground.shop.credential).call('redeem', { body: { token } })),
    )
    const refused = first?.ok ? second : first
    expect(refused).toMatchObject({ problem: { code: 'token_redeemed' } })
    expect(refused?.ok || refused?.problem.detail).toContain(`The grant ${one} does not cover this call: all of its 1`)
  })
})

it('is named by the published client, whose proofs are made by a key of the agent', async () => {
  const { authority, ada } = ground
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true })
  const dpop = dpopOf(await exportJWK(privateKey), authority.now)
  const credential = ground.agentSecret
  const client = createAgentClient({ issuer: authority.config.origin, credential, dpop, fetch: authority.fetch })
  const bounds = { uses: 1, arguments: { path: { prefix: 'src/' } } }
  const action = { name: 'file.write', resource: 'repo:client', arguments: {} }
  const asked = await client.requestGrant({ audience: SHOP, action, bounds })
  mustSucceed(await ada.consent(asked.id))
  expect(await client.answered(asked)).toMatchObject({ state: 'approved' })
  const call = { ...action, arguments: { path: 'src/a.ts' } }
  const { token = '' } = await client.propose({ audience: SHOP, action: call, grant: asked.id })
  const proof = await dpop({ method: 'POST', url: `${SHOP}/write?x=1`, token })
  await ground.verifier().verify(token, call, { dpop: { proof, method: 'POST', url: '/write' } })
  const outside = { ...call, arguments: { path: 'lib/a.ts' } }
  await expect(client.propose({ audience: SHOP, action: outside, grant: asked.id })).rejects.toMatchObject({
    code: 'action_mismatch',
    message: expect.stringContaining('all of its 1 calls are used'),
  })
  const open = await client.propose({ audience: SHOP, action: outside })
  expect(open.why).toContain(`The grant ${asked.id} does not cover this call`)
})

it('leaves out the limit of an argument that the catalogue calls sensitive', async () => {
  const sensitive = { name: 'wage.pay', resource: 'account:wages', arguments: {} }
  const opened = mustSucceed(await askGrant(ground, { arguments: { wage: { max: 4321 } }, action: sensitive }))
  mustSucceed(await ground.ada.consent(opened.id))
  const refused = await within({ ...sensitive, arguments: { wage: 5000 }, salt: newSalt() }, { wanted: opened.id })
  expect(refused).toMatchObject({
    problem: { detail: expect.stringContaining('arguments/wage is outside its bound.') },
  })
  expect(JSON.stringify(refused)).not.toContain('4321')
})
