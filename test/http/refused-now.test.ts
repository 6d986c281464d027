/** A request that the policy in force refuses now: nobody is asked to consent to it, and everybody who waits is told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { consentTo, mustSucceed } from '../setup/authority.ts'
import { type Cast, propose, publishRules, startCast } from './cast.ts'
import { wire } from './passkey-json.ts'
import { cookieFor } from './refusals.ts'
import { releaseSwitch } from './switches.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())
beforeEach(() => publish(ASKS))

const ASKS = '@approvers("approver") permit (principal, action, resource is Resource);'
const FORBIDS = `${ASKS} @reason("The forum is frozen.") forbid (principal, action, resource is Resource);`
const ASKS_TWO = '@approvers("approver") @quorum("2") permit (principal, action, resource is Resource);'

const publish = (rules: string) => publishRules(cast, rules)

async function page(id: string) {
  const headers = { cookie: await cookieFor(cast, cast.ben) }
  return (await cast.authority.fetch(`${cast.authority.config.origin}/approve/${id}`, { headers })).text()
}

const collect = (id: string) => cast.agent.call('collectToken', { params: { id } })
const view = async (id: string) => mustSucceed(await cast.agent.call('viewRequest', { params: { id } }))
const refusalsOf = async (trace: string) => {
  const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace } }))
  return entries
    .filter(({ type }) => type === 'token.refused')
    .map(({ approver, agent, code }) => [approver ?? agent, code])
}

describe.each([
  ['forbids the call', FORBIDS, 'It was possible before; it is not now.'],
  ['asks more people', ASKS_TWO, 'The policy now asks for other or more people'],
])('a policy that %s while a request waits', (_, policy, why) => {
  it('is on the page of the request, which offers no approval', async () => {
    const { id } = await propose(cast.agent)
    expect(await page(id)).toMatch(/data-approve=""/)
    await publish(policy)
    const refused = await page(id)
    expect(refused).toContain('The policy in force forbids this now.')
    expect(refused).toContain(why)
    expect(refused).not.toMatch(/data-approve=""|If you approve/)
    expect(refused).toMatch(/data-deny=""/)
    await publish(ASKS)
    expect(await page(id)).toMatch(/data-approve=""/)
  })

  it('refuses a consent that was offered before, and a new offer; the ledger has the consent', async () => {
    const { id, trace } = await propose(cast.agent)
    const { options } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
    await publish(policy)
    const assertion = await cast.ben.authenticator.assert({ challenge: String(options['challenge']) })
    const sent = await cast.ben.page.call('consent', { params: { id }, body: { assertion: wire(assertion) } })
    expectRefusal(sent, 'policy_denied')
    expect(await refusalsOf(trace)).toEqual([[cast.ben.id, 'policy_denied']])
    expectRefusal(await consentTo(cast.ben.page, cast.ben.authenticator, id), 'policy_denied')
    expect(await cast.authority.store.consents(id)).toEqual([])
    await publish(ASKS)
    mustSucceed(await cast.ben.consent(id))
    mustSucceed(await collect(id))
  })

  it('keeps it out of a gesture for several', async () => {
    const ids = [(await propose(cast.agent)).id, (await propose(cast.agent)).id]
    await publish(policy)
    expectRefusal(await cast.ben.page.call('offerBatch', { body: { requests: ids } }), 'policy_denied')
  })

  it('is told to the agent that looks, and to the one that waits for the token', async () => {
    const { id, trace } = await propose(cast.agent)
    expect((await view(id)).policy_denied).toBeUndefined()
    expectRefusal(await collect(id), 'request_pending')
    await publish(policy)
    expect(await view(id)).toMatchObject({ state: 'pending', policy_denied: expect.stringContaining(why) })
    expectRefusal(await collect(id), 'policy_denied')
    expect(await refusalsOf(trace)).toEqual([['helpdesk-agent', 'policy_denied']])
  })

  it('is on the page of what was approved before, in the place of what the agent may do', async () => {
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    expect(await page(id)).toContain('may now do exactly this')
    await publish(policy)
    const refused = await page(id)
    expect(refused).toContain('Approved, but forbidden now')
    expect(refused).not.toContain('may now do exactly this')
  })
})

it('a kill switch is on the page, in the place of what an approval would do', async () => {
  const approved = await propose(cast.agent)
  mustSucceed(await cast.ben.consent(approved.id))
  const waiting = await propose(cast.agent)
  const { id: killswitch } = mustSucceed(
    await cast.authority.operator.call('engageKillSwitch', { body: { selector: {}, reason: 'Look first' } }),
  )
  const [usable, open] = [await page(approved.id), await page(waiting.id)]
  expect(usable).toContain('Approved, but stopped now')
  expect(usable).toContain(`href="/kill/${killswitch}"`)
  expect(usable).not.toContain('may now do exactly this')
  expect(open).toContain('it can be denied, but not approved')
  expect(open).not.toContain('If you approve')
  await releaseSwitch(cast.authority, cast.ada, killswitch)
  expect(await page(approved.id)).toContain('may now do exactly this')
  expect(await page(waiting.id)).toContain('If you approve')
})

it('a kill switch is told to the agent that waits for the token; after its release the request waits on', async () => {
  const { id } = await propose(cast.agent)
  const body = { selector: { action: 'forum.post' }, reason: 'Stop' }
  const engaged = mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body }))
  expectRefusal(await collect(id), 'killed')
  await releaseSwitch(cast.authority, cast.ada, engaged.id)
  expectRefusal(await collect(id), 'request_pending')
})
