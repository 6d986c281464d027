/**
 * Hostile: timing. Everybody at the same moment, and exactly one of them has the last word.
 * Whoever loses is told so, and the ledger tells one story.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, storyOf } from '../http/cast.ts'
import { addPasskeyTo, challengeFor, wire } from '../http/passkey-json.ts'
import { consentTo, mustSucceed, type Person } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const ROUNDS = Array.from({ length: 5 }, (_, round) => round)
type Answer = { ok: boolean; problem?: { code: string } }
const codes = (answers: readonly Answer[]) => answers.map((answer) => answer.problem?.code ?? 'ok').sort()

/** A consent that is signed and needs only to be sent. */
async function ready({ page, authenticator }: Person, id: string) {
  const assertion = wire(await authenticator.assert({ challenge: await challengeFor(page, id) }))
  return () => page.call('consent', { params: { id }, body: { assertion } })
}

const types = async (trace: string) => (await storyOf(cast.authority, trace)).filter((type) => type !== 'token.refused')

describe('at the same moment', () => {
  it.each(ROUNDS)('two people consent where one is enough: one fills the quorum (round %i)', async () => {
    const { id, trace } = await propose(cast.agent)
    const both = [await ready(cast.ada, id), await ready(cast.ben, id)]
    expect(codes(await Promise.all(both.map((consent) => consent())))).toEqual(['ok', 'request_denied'])
    expect(await cast.authority.store.consents(id)).toHaveLength(1)
    expect(await types(trace)).toEqual(['request.created', 'request.decided', 'consent.given'])
  })

  it.each(ROUNDS)('one consents and one denies: one of both holds (round %i)', async () => {
    const { id, trace } = await propose(cast.agent)
    const consent = await ready(cast.ada, id)
    const deny = () => cast.ben.page.call('deny', { params: { id }, body: {} })
    const answers = await Promise.all([consent(), deny()])
    expect(codes(answers)).toEqual(['ok', 'request_denied'])
    const [consented] = answers
    const collected = await cast.agent.call('collectToken', { params: { id } })
    expect(collected.ok).toBe(consented?.ok)
    expect((await types(trace))[2]).toBe(consented?.ok ? 'consent.given' : 'consent.denied')
  })

  it.each(ROUNDS)('the same assertion arrives ten times: it counts once (round %i)', async () => {
    const { id } = await propose(cast.agent)
    const consent = await ready(cast.ben, id)
    const answers = await Promise.all(Array.from({ length: 10 }, () => consent()))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    for (const code of codes(answers).filter((one) => one !== 'ok')) {
      expect(['request_denied', 'consent_invalid']).toContain(code)
    }
    expect(await cast.authority.store.consents(id)).toHaveLength(1)
  })

  it.each(ROUNDS)('one is approved and withdrawn: one of both holds (round %i)', async () => {
    const { id } = await propose(cast.agent)
    const consent = await ready(cast.ben, id)
    const answers = await Promise.all([consent(), cast.agent.call('withdrawRequest', { params: { id } })])
    expect(codes(answers)).toEqual(['ok', 'request_denied'])
  })

  it.each(ROUNDS)('a token is redeemed and its passkey revoked: spent or revoked, never both (round %i)', async () => {
    const key = await addPasskeyTo(cast.ben, cast.authority.config)
    const { token, request } = await approvedToken(cast.agent, { consent: (id) => consentTo(cast.ben.page, key, id) })
    const [redeemed, revoked] = await Promise.all([
      cast.forum.client.call('redeem', { body: { token } }),
      cast.ben.page.call('revokePasskey', { params: { id: key.credentialId } }),
    ])
    expect(revoked.ok).toBe(true)
    if (!redeemed.ok) expect(redeemed.problem.code).toBe('token_revoked')
    const ends = (await types(request.trace)).filter((type) => type === 'token.redeemed' || type === 'token.revoked')
    expect(ends).toEqual([redeemed.ok ? 'token.redeemed' : 'token.revoked'])
  })

  it('twenty redeem one token: one does', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    const redeemers = Array.from({ length: 20 }, () => cast.forum.client.call('redeem', { body: { token } }))
    const answers = await Promise.all(redeemers)
    expect(codes(answers)).toEqual(['ok', ...Array.from({ length: 19 }, () => 'token_redeemed')])
  })

  it('ten collect one token: it is one token', async () => {
    const { id, trace } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    const all = await Promise.all(Array.from({ length: 10 }, () => cast.agent.call('collectToken', { params: { id } })))
    expect(new Set(all.map((answer) => mustSucceed(answer).jti)).size).toBe(1)
    expect((await types(trace)).filter((type) => type === 'token.issued')).toHaveLength(1)
  })
})
