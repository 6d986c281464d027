/** Changing a call where it must not be changed, for whom it is not, and in a race: who gets through, and what counts. */
import type { JsonObject } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import {
  ask,
  BANK,
  change,
  collectChanged,
  type Ground,
  PAY,
  paying,
  present,
  revise,
  sign,
  startGround,
} from '../revision/ground.ts'
import { administer, mustSucceed, type Person } from '../setup/authority.ts'

let ground: Ground
beforeAll(async () => {
  ground = await startGround()
})
afterAll(() => ground.cast.authority.stop())

const stateOf = async (id: string) => mustSucceed(await ground.cast.agent.call('viewRequest', { params: { id } })).state

/** An assertion over a changed call, or over the call as it was asked for. */
async function assertionOf({ page, authenticator }: Person, of: 'offerRevision' | 'offerConsent', id: string) {
  const { options } = mustSucceed(await page.call(of, { params: { id } }))
  return authenticator.assert({ challenge: String(options['challenge']) }) as never
}

describe('an approver', () => {
  const lines = ['a', 'b']
  it.each<[string, JsonObject]>([
    ['a recipient', { to: { name: 'Thief', iban: 'DE02' } }],
    ['a part of an argument of which another may change', { to: { name: 'Runner', iban: 'DE99' } }],
    ['a list’s element beside the one that may change', { lines: ['a', 'c'] }],
    ['the length of a list', { lines: ['a', 'b', 'c'] }],
    ['a list for an object', { to: [] }],
    ['nothing', {}],
    ['a new argument', { fee: 1 }],
    ['an argument left out', { lines: undefined as never }],
    ['a member with the name of a path', { 'lines.0': 'x' }],
    ['more than the schema takes', { note: 'x'.repeat(201) }],
    ['another type than the schema takes', { amount: '90' }],
    ['less than nothing', { amount: -1 }],
  ])('cannot change %s', async (_, more) => {
    const { id } = await ask(ground, paying(900, { lines }))
    expectRefusal(await revise(ground.cast.ben, id, paying(900, { lines, ...more })), 'invalid_request')
    expectRefusal(await sign(ground.cast.ben, id), 'not_found')
    expect(await stateOf(id)).toBe('pending')
  })

  it('cannot hide a member behind __proto__', async () => {
    const { id } = await ask(ground, paying(900))
    const hidden: JsonObject = JSON.parse(
      '{"__proto__":{"amount":1},"team":"one","to":{"name":"Runner","iban":"DE02"},"amount":900,"note":"x"}',
    )
    expectRefusal(await revise(ground.cast.ben, id, hidden), 'invalid_request')
  })

  it('changes the one element that may be changed', async () => {
    const { id } = await ask(ground, paying(900, { lines }))
    await change(ground.cast.ben, id, paying(900, { lines: ['z', 'b'] }))
    expect((await collectChanged(ground, id)).action.arguments).toEqual(paying(900, { lines: ['z', 'b'] }))
  })

  it('cannot change what no catalogue lets them', async () => {
    const { id } = await ask(ground, paying(1), { name: 'bank.plain' })
    expectRefusal(await revise(ground.cast.ben, id, paying(2)), 'invalid_request')
  })

  it('types the name of what the changed call destroys', async () => {
    const { cast } = ground
    const { id } = await ask(ground, { team: 'one', amount: 0, reason: 'a' }, { name: 'bank.close' })
    mustSucceed(await revise(cast.ben, id, { team: 'one', amount: 0, reason: 'b' }))
    const assertion = await assertionOf(cast.ben, 'offerRevision', id)
    expectRefusal(await cast.ben.page.call('signRevision', { params: { id }, body: { assertion } }), 'consent_invalid')
    const target = 'account:ci'
    const signed = await cast.ben.page.call('signRevision', { params: { id }, body: { assertion, target } })
    expect(mustSucceed(signed).state).toBe('approved')
  })

  it('cannot sign what somebody else has changed', async () => {
    const { cast, cleo } = ground
    const { id } = await ask(ground, paying(900))
    mustSucceed(await revise(cast.ben, id, paying(90)))
    expectRefusal(await sign(cleo, id), 'not_found')
    const assertion = await assertionOf(cast.ben, 'offerRevision', id)
    mustSucceed(await revise(cleo, id, paying(80)))
    expectRefusal(await cleo.page.call('signRevision', { params: { id }, body: { assertion } }), 'consent_invalid')
    expect(await stateOf(id)).toBe('pending')
  })

  it('cannot use one signature for the other call', async () => {
    const { cast } = ground
    const { id } = await ask(ground, paying(900))
    mustSucceed(await revise(cast.ben, id, paying(90)))
    const forChanged = await assertionOf(cast.ben, 'offerRevision', id)
    expectRefusal(
      await cast.ben.page.call('consent', { params: { id }, body: { assertion: forChanged } }),
      'consent_invalid',
    )
    const forAsked = await assertionOf(cast.ben, 'offerConsent', id)
    expectRefusal(
      await cast.ben.page.call('signRevision', { params: { id }, body: { assertion: forAsked } }),
      'consent_invalid',
    )
    const outdated = await assertionOf(cast.ben, 'offerRevision', id)
    mustSucceed(await revise(cast.ben, id, paying(91)))
    expectRefusal(
      await cast.ben.page.call('signRevision', { params: { id }, body: { assertion: outdated } }),
      'consent_invalid',
    )
    expect(await stateOf(id)).toBe('pending')
  })

  it('who runs the agent changes nothing, unless the policy lets them approve for themselves', async () => {
    const { cast } = ground
    const { agents } = mustSucceed(await cast.ada.page.call('listAgents'))
    const version = agents.find((agent) => agent.id === 'other-agent')?.version ?? 1
    await administer(cast.authority, cast.ada, {
      name: 'countersign.agent.update',
      resource: 'agent:other-agent',
      arguments: { id: 'other-agent', version, run_by: cast.ben.id },
    })
    const own: Ground = { ...ground, cast: { ...cast, agent: cast.otherAgent } }
    const others = await ask(own, paying(900))
    expectRefusal(await revise(cast.ben, others.id, paying(90)), 'forbidden')
    const mine = await ask(own, paying(900, { team: 'self' }))
    await change(cast.ben, mine.id, paying(90, { team: 'self' }))
    const { token, action } = await collectChanged(own, mine.id)
    expect(await present(own, token, action).catch(({ code }) => code)).toBe('quorum_unmet')
  })
})

describe('a catalogue that lets nobody change the call any more', () => {
  it('counts when the change is signed', async () => {
    const { cast, bank } = ground
    const { id } = await ask(ground, paying(900))
    mustSucceed(await revise(cast.ben, id, paying(90)))
    const executor = cast.authority.client(bank.credential)
    const publish = async (entry: object) => {
      const catalogue = JSON.parse(JSON.stringify([entry]))
      const { request } = mustSucceed(await executor.call('publishCatalogue', { body: { catalogue } }))
      mustSucceed(await cast.ada.consent(request?.id ?? ''))
      mustSucceed(await executor.call('publishCatalogue', { body: { catalogue } }))
    }
    const { executors } = mustSucceed(await cast.ada.page.call('listExecutors'))
    const before = executors.find(({ audience }) => audience === BANK)?.catalogue ?? []
    await publish({ ...PAY, arguments: [] })
    expectRefusal(await sign(cast.ben, id), 'invalid_request')
    const catalogue = JSON.parse(JSON.stringify(before))
    const { request } = mustSucceed(await executor.call('publishCatalogue', { body: { catalogue } }))
    mustSucceed(await cast.ada.consent(request?.id ?? ''))
    mustSucceed(await executor.call('publishCatalogue', { body: { catalogue } }))
  })
})

describe('a race', () => {
  it('between changes, consents and a denial has one winner', async () => {
    const { cast, cleo, dan } = ground
    for (let round = 0; round < 4; round++) {
      const { id, trace } = await ask(ground, paying(900))
      mustSucceed(await revise(cast.ben, id, paying(90)))
      mustSucceed(await revise(cleo, id, paying(80)))
      const answers = await Promise.all([
        sign(cast.ben, id),
        sign(cleo, id),
        dan.consent(id),
        cast.ada.page.call('deny', { params: { id }, body: {} }),
      ])
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
      const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace } }))
      const ends = ['request.changed', 'consent.given', 'consent.denied']
      expect(entries.filter(({ type }) => ends.includes(String(type)))).toHaveLength(1)
    }
  })

  it('in a batch leaves out the request that was changed', async () => {
    const { cast, cleo } = ground
    const [one, two] = [await ask(ground, paying(900)), await ask(ground, paying(901))]
    const { options } = mustSucceed(await cleo.page.call('offerBatch', { body: { requests: [one.id, two.id] } }))
    await change(cast.ben, one.id, paying(90))
    const assertion = (await cleo.authenticator.assert({ challenge: String(options['challenge']) })) as never
    const answered = await cleo.page.call('consentBatch', { body: { requests: [one.id, two.id], assertion } })
    expect(mustSucceed(answered).answers).toMatchObject([
      { verdict: 'refused', code: 'request_denied' },
      { verdict: 'consented' },
    ])
  })
})

describe('the operator’s database access', () => {
  it('brings a request back that was changed: it has no token', async () => {
    const { cast, cleo } = ground
    const { id } = await ask(ground, paying(900))
    await change(cast.ben, id, paying(90))
    await asDatabaseOwner(cast.authority, (sql) => sql`UPDATE requests SET state = 'pending' WHERE id = ${id}`)
    mustSucceed(await cleo.consent(id))
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'request_denied')
  })
})

it('is never what SQL put in the place of what the approver changed', async () => {
  const { cast } = ground
  const { id } = await ask(ground, paying(900))
  mustSucceed(await revise(cast.ben, id, paying(90)))
  const { count } = await asDatabaseOwner(
    cast.authority,
    (sql) => sql`UPDATE revisions SET revised = jsonb_set(revised::jsonb, '{action,arguments,amount}', '90000')
      WHERE former = ${id}`,
  )
  expect(count).toBe(1)
  expectRefusal(await cast.ben.page.call('offerRevision', { params: { id } }), 'not_found')
  mustSucceed(await revise(cast.ben, id, paying(90)))
  mustSucceed(await sign(cast.ben, id))
})
