/**
 * Two people have to agree: one person twice is one, two at the same moment are two, and one revoked is none.
 */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, propose, startCast, storyOf, verifierFor } from '../http/cast.ts'
import { dpopKey } from '../http/dpop.ts'
import { addPasskeyTo, challengeFor, wire } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { consentTo, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'
import { withTerms } from './terms.ts'

let cast: Cast
let cleo: Person
beforeAll(async () => {
  cast = await startCast({ withStore: withTerms({ quorum: 2 }) })
  cleo = await enrolBy(cast.authority, cast.ada, 'Cleo')
})
afterAll(() => cast.authority.stop())

const collect = (id: string) => cast.agent.call('collectToken', { params: { id } })

describe('a quorum of two', () => {
  it('is filled by two people, and the executor counts both', async () => {
    const { id, action } = await propose(cast.agent)
    expect(mustSucceed(await cast.ada.consent(id))).toMatchObject({ state: 'pending', consents: 1, quorum: 2 })
    expectRefusal(await collect(id), 'request_pending')
    expect(mustSucceed(await cast.ben.consent(id))).toMatchObject({ state: 'approved', consents: 2 })
    const { token } = mustSucceed(await collect(id))
    const { salt: _, ...call } = action
    const approval = await verifierFor(cast, cast.forum).verify(token, call)
    expect([...approval.approvers].sort()).toEqual([cast.ada.id, cast.ben.id].sort())
  })

  it('is not filled by one person with two passkeys', async () => {
    const second = await addPasskeyTo(cast.ben, cast.authority.config)
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    expectRefusal(await consentTo(cast.ben.page, second, id), 'request_denied')
    expectRefusal(await collect(id), 'request_pending')
    expect(mustSucceed(await cleo.consent(id)).state).toBe('approved')
  })

  it.each([1, 2, 3, 4, 5])('is filled exactly, where three race with ten assertions (round %i)', async () => {
    const { id, trace } = await propose(cast.agent)
    const people = [cast.ada, cast.ben, cleo, cast.ada, cast.ben, cleo, cast.ada, cast.ben, cleo, cast.ada]
    const ready = await Promise.all(
      people.map(async ({ page, authenticator }) => {
        const assertion = wire(await authenticator.assert({ challenge: await challengeFor(page, id) }))
        return () => page.call('consent', { params: { id }, body: { assertion } })
      }),
    )
    const answers = await Promise.all(ready.map((consent) => consent()))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
    const consents = await cast.authority.store.consents(id)
    expect(new Set(consents.map(({ approver }) => approver)).size).toBe(2)
    expect((await storyOf(cast.authority, trace)).filter((type) => type === 'consent.given')).toHaveLength(2)
    const { token } = mustSucceed(await collect(id))
    expect(decodeJwt<{ approval: { consents: unknown[] } }>(token).approval.consents).toHaveLength(2)
  })

  it('is ended by one denial, also after a consent', async () => {
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ada.consent(id))
    expect(mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
    expectRefusal(await cleo.consent(id), 'request_denied')
    expectRefusal(await collect(id), 'request_denied')
  })

  it('is open again when a passkey that filled it is revoked', async () => {
    const second = await addPasskeyTo(cast.ben, cast.authority.config)
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ada.consent(id))
    expect(mustSucceed(await consentTo(cast.ben.page, second, id)).state).toBe('approved')
    mustSucceed(await cast.ben.page.call('revokePasskey', { params: { id: second.credentialId } }))
    expectRefusal(await collect(id), 'request_pending')
    expect(mustSucceed(await cleo.consent(id))).toMatchObject({ state: 'approved', consents: 2 })
    const { token } = mustSucceed(await collect(id))
    expect(token).toMatch(/^eyJ/)
  })
})

describe('a token with another actor and more uses', () => {
  let other: Cast
  beforeAll(async () => {
    other = await startCast({ withStore: withTerms({ actor: 'other-agent', uses: 3 }) })
  })
  afterAll(() => other.authority.stop())

  /** With the actor's own key. */
  async function collectAsActor(id: string): Promise<string> {
    const key = await dpopKey(other.authority.now)
    const headers = { DPoP: await key.proof('POST', `${other.authority.config.origin}/requests/${id}/token`) }
    const collected = mustSucceed(await other.otherAgent.call('collectToken', { params: { id }, headers }))
    expect(decodeJwt(collected.token)).toMatchObject({ cnf: { jkt: key.jkt } })
    return collected.token
  }

  it('is never given to the agent that asked', async () => {
    const { id } = await propose(other.agent)
    mustSucceed(await other.ben.consent(id))
    expectRefusal(await other.agent.call('collectToken', { params: { id } }), 'forbidden')
    expectRefusal(await other.otherAgent.call('collectToken', { params: { id } }), 'proof_of_possession')
    const token = await collectAsActor(id)
    expect(decodeJwt(token)).toMatchObject({ client_id: 'other-agent', act: { sub: 'helpdesk-agent' } })
  })

  it('is spent exactly as often as was consented to, where twelve race', async () => {
    const { id } = await propose(other.agent)
    mustSucceed(await other.ben.consent(id))
    const token = await collectAsActor(id)
    const redeemers = Array.from({ length: 12 }, () => other.forum.client.call('redeem', { body: { token } }))
    const uses = (await Promise.all(redeemers)).flatMap((answer) => (answer.ok ? [answer.value.use] : []))
    expect(uses.sort()).toEqual([1, 2, 3])
  })
})
