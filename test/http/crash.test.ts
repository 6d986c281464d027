/** A process that dies between two steps: what was committed is found again, what was not is as if it had never begun. */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import { mustSucceed } from '../setup/authority.ts'
import { type Cast, propose, startCast, storyOf, verifierFor } from './cast.ts'
import { consentWith } from './passkey-json.ts'

/** Verbs after whose commit the process dies: the caller never hears of it. */
const deadly = new Set<keyof Store>()
const mortal = (store: Store): Store =>
  new Proxy(store, {
    get(target, verb: keyof Store) {
      const real = Reflect.get(target, verb)
      if (typeof real !== 'function') return real
      return async (...args: unknown[]) => {
        const result = await Reflect.apply(real, target, args)
        if (deadly.delete(verb)) throw new Error('the process died here')
        return result
      }
    },
  })

let cast: Cast
beforeAll(async () => {
  cast = await startCast({ withStore: mortal })
})
afterAll(() => cast.authority.stop())

/** Asks without a client, whose contract for refusals a process that died does not keep. */
async function dies(verb: keyof Store, call: () => Promise<{ ok: boolean; status: number }>): Promise<void> {
  deadly.add(verb)
  expect(await call().catch(() => ({ ok: false, status: 500 }))).toMatchObject({ ok: false, status: 500 })
  expect(deadly.size).toBe(0)
}

describe('a process that died', () => {
  const approved = async () => {
    const request = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(request.id))
    return { ...request, collect: () => cast.agent.call('collectToken', { params: { id: request.id } }) }
  }

  it('between commit and mint leaves a token that is minted again, with the same jti and entry', async () => {
    const { trace, collect, action } = await approved()
    await dies('issueToken', collect)
    const [first, second] = [mustSucceed(await collect()), mustSucceed(await collect())]
    expect(second.jti).toBe(first.jti)
    const claims = [first, second].map(({ token }) => decodeJwt(token))
    expect(claims[0]).toEqual(claims[1])
    expect((await storyOf(cast.authority, trace)).filter((type) => type === 'token.issued')).toHaveLength(1)
    const { salt: _, ...call } = action
    await expect(verifierFor(cast, cast.forum).verify(first.token, call)).resolves.toMatchObject({ origin: 'human' })
    await expect(verifierFor(cast, cast.forum).verify(second.token, call)).rejects.toMatchObject({
      code: 'token_redeemed',
    })
  })

  it('after the signature was kept leaves the same', async () => {
    const { collect } = await approved()
    await dies('recordSignatures', collect)
    mustSucceed(await collect())
  })

  it('between an offer and its consent costs the offer; a new one works', async () => {
    const { id } = await propose(cast.agent)
    await dies('takeOffer', () => consentWith(cast.ben, id))
    expect(await cast.authority.store.consents(id)).toEqual([])
    mustSucceed(await cast.ben.consent(id))
  })

  it('after the consent was recorded leaves an approved request', async () => {
    const { id } = await propose(cast.agent)
    await dies('recordConsent', () => consentWith(cast.ben, id))
    expect(await consentWith(cast.ben, id).catch(() => undefined)).toBeUndefined()
    mustSucceed(await cast.agent.call('collectToken', { params: { id } }))
  })

  it('after a redemption leaves a token that is spent', async () => {
    const { collect } = await approved()
    const { token } = mustSucceed(await collect())
    const redeem = () => cast.forum.client.call('redeem', { body: { token } })
    await dies('redeemOnce', redeem)
    expect(await redeem()).toMatchObject({ ok: false, problem: { code: 'token_redeemed' } })
  })

  it('after a request was opened leaves it to be found by its Idempotency-Key', async () => {
    const { action } = await propose(cast.agent)
    const proposal = { body: { audience: cast.forum.audience, action }, headers: { 'idempotency-key': 'once' } }
    await dies('openRequest', () => cast.agent.propose(proposal))
    const { requests } = mustSucceed(await cast.ben.page.call('inbox'))
    const { id } = mustSucceed(await cast.agent.propose(proposal))
    expect(requests.map((request) => request.id)).toContain(id)
  })

  it('says of itself that it failed, and not how', async () => {
    deadly.add('request')
    const { origin } = cast.authority.config
    const init = { headers: { authorization: `Bearer ${cast.agentSecret}` } }
    const response = await cast.authority.app.request(`${origin}/requests/${'A'.repeat(22)}`, init)
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'authority_unreachable', status: 500 })
    expect(text).not.toMatch(/died|stack|\.ts/)
    expect(cast.authority.logs.at(-2)).toMatchObject({ event: 'bug', message: 'the process died here' })
  })
})
