/** A grant in the wrong hands, beyond its budget, and at its edges: what it lets through, and what it does not. */
import type { ActionSpec, JsonObject } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  askGrant,
  ELSEWHERE,
  type Ground,
  grant,
  present,
  SHOP,
  session,
  startGround,
  tokenFor,
  writing,
} from '../grants/ground.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { dpopKey } from '../http/dpop.ts'
import { mustSucceed } from '../setup/authority.ts'

let ground: Ground
beforeAll(async () => {
  ground = await startGround({ settings: { COUNTERSIGN_PENDING_PER_AGENT: '100' } })
})
afterAll(() => ground.authority.stop())

const write = (text: string, path = 'src/a.ts', more: JsonObject = {}) => writing(path, { text, ...more })
const paying = (amount: unknown, to: string): ActionSpec =>
  ({ ...writing(''), name: 'order.pay', resource: 'account:ci', arguments: { amount, to } }) as ActionSpec
const payments = (to: string, amount: JsonObject, uses = 50) =>
  grant(ground, {
    uses,
    arguments: { amount },
    action: { name: 'order.pay', resource: 'account:ci', arguments: { to } },
  })

describe('the budget of a grant', () => {
  it('is spent once, however many redeem the last use at once', async () => {
    const id = await grant(ground, { uses: 1, action: session('race') })
    const calls = Array.from({ length: 20 }, (_, at) => write('race', `src/${at}.ts`))
    const tokens: string[] = []
    for (const call of calls) tokens.push(await tokenFor(ground, call))
    const ends = await Promise.allSettled(
      calls.map((call, at) => present(ground, tokens[at] ?? '', call, ground.verifier())),
    )
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'token_redeemed' })
    expect(mustSucceed(await ground.agent.call('viewRequest', { params: { id } }))).toMatchObject({ used: 1 })
  })

  it('adds amounts up exactly, and refuses the one that goes beyond, also when they race', async () => {
    await payments('sum', { max: 0.1, sum: 0.3 })
    const calls = Array.from({ length: 8 }, () => paying(0.1, 'sum'))
    const tokens: string[] = []
    for (const call of calls) tokens.push(await tokenFor(ground, call))
    const ends = await Promise.allSettled(
      calls.map((call, at) => present(ground, tokens[at] ?? '', call, ground.verifier())),
    )
    // 0.1 + 0.1 + 0.1 is more than 0.3 in binary, and exactly 0.3 here.
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(mustSucceed(await ask(ground, paying(0.1, 'sum')))).toMatchObject({ state: 'pending' })
  })

  it('is held by the verifier, too, where the authority lies about it', async () => {
    await grant(ground, { uses: 2, action: session('lies') })
    const verifier = ground.verifier({
      fetch: async (input: string, init?: RequestInit) => {
        const answer = await ground.authority.fetch(String(input), init)
        if (!String(input).endsWith('/redemptions') || answer.status === 201) return answer
        throw new Error('unreachable')
      },
    })
    for (const path of ['src/1.ts', 'src/2.ts']) {
      const call = write('lies', path)
      await present(ground, await tokenFor(ground, call), call, verifier)
    }
    expect(mustSucceed(await ask(ground, write('lies', 'src/3.ts')))).toMatchObject({ state: 'pending' })
  })
})

describe('a call that is not one of the series', () => {
  it.each([
    ['another name', { name: 'order.pay' }],
    ['another resource', { resource: 'repo:other' }],
  ])('by %s asks a person', async (_, more) => {
    await grant(ground, { action: session('other') })
    expect(mustSucceed(await ask(ground, { ...write('other'), ...more }))).toMatchObject({ state: 'pending' })
  })

  it.each([
    ['a member more', { path: 'src/a.ts', text: 'edges', mode: 1 }],
    ['a member less', { text: 'edges' }],
    ['a member named __proto__', JSON.parse('{"path":"src/a.ts","text":"edges","__proto__":{"mode":1}}') as JsonObject],
    ['a list', { path: ['src/a.ts'], text: 'edges' }],
    ['an object', { path: { prefix: 'src/' }, text: 'edges' }],
    ['a way out', { path: 'src/../../etc/passwd', text: 'edges' }],
    ['an escape', { path: 'src/%2e%2e/a', text: 'edges' }],
    ['full-width dots', { path: 'src/\uff0e\uff0e/a', text: 'edges' }],
    ['another fixed argument', { path: 'src/a.ts', text: 'Edges' }],
  ])('by %s asks a person', async (_, args) => {
    await grant(ground, { action: session('edges') })
    expect(mustSucceed(await ask(ground, { ...write(''), arguments: args }))).toMatchObject({ state: 'pending' })
  })

  it.each([[-1], [101], [100.0000001], ['100'], [null], [[100]], [true]])(
    'by the amount %j asks a person',
    async (amount) => {
      await payments('most', { max: 100 })
      expect(mustSucceed(await ask(ground, paying(amount, 'most')))).toMatchObject({ state: 'pending' })
    },
  )

  it('is told by value, not by spelling: 1e2 is 100, and -0 is 0', async () => {
    await payments('spelled', { max: 100 })
    for (const amount of [1e2, -0, 99.999999]) {
      const call = paying(amount, 'spelled')
      await present(ground, await tokenFor(ground, call), call)
    }
  })
})

describe('the token of one call', () => {
  it('lets no other call of the series through, and comes once', async () => {
    await grant(ground, { uses: 5, action: session('one') })
    const [call, other] = [write('one', 'src/1.ts'), write('one', 'src/2.ts')]
    const token = await tokenFor(ground, call)
    await expect(present(ground, token, other)).rejects.toMatchObject({ code: 'action_mismatch' })
    await present(ground, token, call)
    await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_redeemed' })
  })

  it('serves nobody without its key, and no other executor', async () => {
    await grant(ground, { action: session('key') })
    const call = write('key')
    const token = await tokenFor(ground, call)
    const thief = await dpopKey(ground.authority.now)
    await expect(present(ground, token, call, ground.verifier(), thief)).rejects.toMatchObject({
      code: 'proof_of_possession',
    })
    const { salt: _, ...bare } = call
    await expect(ground.verifier().verify(token, bare)).rejects.toMatchObject({ code: 'proof_of_possession' })
    const elsewhere = ground.verifier({ audience: ELSEWHERE })
    await expect(present(ground, token, call, elsewhere)).rejects.toMatchObject({ code: 'token_audience' })
  })

  it('ends with the grant, also when nobody ends it', async () => {
    await grant(ground, { action: session('time'), expires_in: 60 })
    const call = write('time')
    const token = await tokenFor(ground, call)
    ground.authority.advance(61)
    await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_expired' })
    expect(mustSucceed(await ask(ground, write('time')))).toMatchObject({ state: 'pending' })
  })
})

describe('a grant', () => {
  it('serves its own agent with its own key alone', async () => {
    await grant(ground, { action: session('mine') })
    expect(mustSucceed(await ask(ground, write('mine'), ground.otherAgent))).toMatchObject({ state: 'pending' })
    const { key: _, ...rest } = ground
    const stolen = { ...rest, key: await dpopKey(ground.authority.now) }
    expect(mustSucceed(await ask(stolen, write('mine')))).toMatchObject({ state: 'pending' })
    const keyless = await ground.agent.call('openRequest', { body: { audience: SHOP, action: write('mine') } })
    expect(mustSucceed(keyless)).toMatchObject({ state: 'pending' })
  })

  it('has no token of its own', async () => {
    const id = await grant(ground, { action: session('token') })
    expect(await ground.agent.call('collectToken', { params: { id } })).toMatchObject({
      ok: false,
      problem: { code: 'invalid_request' },
    })
  })

  it.each([
    ['what destroys for good', { action: { ...session('x'), name: 'file.purge', arguments: {} } }, 'policy_denied'],
    ['what nobody has to approve', { action: { ...session('x'), name: 'file.read', arguments: {} } }, 'policy_denied'],
    [
      'an action that there is not',
      { action: { ...session('x'), name: 'file.format', arguments: {} } },
      'policy_denied',
    ],
    ['more calls than the policy allows', { uses: 101, action: session('x') }, 'policy_denied'],
    ['longer than a working day', { expires_in: 28_801, action: session('x') }, 'invalid_request'],
    [
      'an argument that is fixed, too',
      { arguments: { text: { equals: 'x' } }, action: session('x') },
      'invalid_request',
    ],
    [
      'bounds that nobody can read',
      { arguments: { path: { prefix: 'src' } }, action: session('x') },
      'invalid_request',
    ],
  ])('for %s is refused', async (_, asked, code) => {
    expect(await askGrant(ground, asked)).toMatchObject({ ok: false, problem: { code } })
  })

  it('needs a key, and is none of the authority’s own changes', async () => {
    const bounds = { uses: 2, arguments: {} }
    const body = { audience: SHOP, action: write('keyless'), bounds }
    expect(await ground.agent.call('openRequest', { body })).toMatchObject({
      ok: false,
      problem: { code: 'proof_of_possession' },
    })
    const own = { audience: ground.authority.config.origin, action: write('own'), bounds }
    const proof = await ground.key.proof('POST', `${ground.authority.config.origin}/requests`)
    expect(await ground.authority.operator.call('openRequest', { body: own, headers: { dpop: proof } })).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    })
  })
})

describe('SQL on the row of a grant', () => {
  const sql = (text: string) => asDatabaseOwner(ground.authority, (database) => database.unsafe(text))
  const unguarded = (text: string) =>
    sql(`ALTER TABLE grants DISABLE TRIGGER USER; ${text}; ALTER TABLE grants ENABLE TRIGGER USER;
      ALTER TABLE grants ENABLE ALWAYS TRIGGER grants_append_only;
      ALTER TABLE grants ENABLE ALWAYS TRIGGER grants_spending_grows;
      ALTER TABLE grants ENABLE ALWAYS TRIGGER grants_ended_once`)

  it.each(['used = 0', 'summed = 0', 'uses = 1000', 'sum_limit = 9', 'expires_at = expires_at + 9', 'ended_at = NULL'])(
    'that says %s is refused',
    async (change) => {
      const id = await payments('kept', { max: 5, sum: 9 })
      const call = paying(2, 'kept')
      await present(ground, await tokenFor(ground, call), call)
      mustSucceed(await ground.authority.operator.call('revokeRequest', { params: { id } }))
      await expect(sql(`UPDATE grants SET ${change} WHERE id = '${id}'`)).rejects.toThrow('stays written')
    },
  )

  it('gives no call more, also where its owner takes the triggers away', async () => {
    const id = await grant(ground, { uses: 2, action: session('more') })
    const calls = [1, 2, 3, 4].map((at) => write('more', `src/${at}.ts`))
    const tokens: string[] = []
    for (const call of calls) tokens.push(await tokenFor(ground, call))
    const redeemed = (at: number) => present(ground, tokens[at] ?? '', calls[at] ?? write('more'), ground.verifier())
    await redeemed(0)
    await redeemed(1)
    await unguarded(`UPDATE grants SET used = 0, uses = 1000 WHERE id = '${id}'`)
    for (const at of [2, 3]) await expect(redeemed(at)).rejects.toMatchObject({ code: 'token_redeemed' })
    const asked = await ask(ground, write('more', 'src/5.ts'))
    expect(asked.ok && asked.value.token).toBeFalsy()
  })

  it('adds nothing to the sum, either', async () => {
    const id = await payments('summed', { max: 5, sum: 5 })
    const [first, second] = [paying(3, 'summed'), paying(3, 'summed')]
    const [token, other] = [await tokenFor(ground, first), await tokenFor(ground, second)]
    await present(ground, token, first, ground.verifier())
    await unguarded(`UPDATE grants SET summed = 0, sum_limit = NULL WHERE id = '${id}'`)
    await expect(present(ground, other, second, ground.verifier())).rejects.toMatchObject({ code: 'token_redeemed' })
  })
})
