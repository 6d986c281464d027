/** Rules about earlier calls, through the API: a budget, read before write, three failures. */
import { newSalt } from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import {
  addAgent,
  addExecutor,
  enrolBy,
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { asDatabaseOwner } from './database.ts'
import { expectRefusal } from './watch.ts'

vi.mock('../../src/domain/policy/default-policy.ts', () => ({
  DEFAULT_POLICY: `
// @fact spent = sum payment EUR allowed of "payment.*" within 1 day per principal
// @fact read = count succeeded of "file.read" same resource within 1 hour per agent
// @fact failures = count failed of "deploy.*" within 1 hour per agent
// @fact waiting = count of "mail.*" within 1 hour per agent
// @fact denied = last denied of "mail.*" within 1 hour per agent

@id("settings") @approvers("admin") @self("yes") permit (principal, action, resource is Setting);
@id("small payments") permit (principal, action == Action::"payment.send", resource)
when { !context.signals.unparsed && context.signals.payment_currency == "EUR" }
when { context.history.spent + context.signals.payment_amount <= 50000 };
@id("payments") @approvers("approver") permit (principal, action == Action::"payment.send", resource)
unless { !context.signals.unparsed && context.signals.payment_currency == "EUR" && context.history.spent + context.signals.payment_amount <= 50000 };
@id("reads") permit (principal, action == Action::"file.read", resource);
@id("read before write") @approvers("approver") permit (principal, action == Action::"file.write", resource)
when { context.history.read > 0 };
@id("deploys") permit (principal, action == Action::"deploy.run", resource);
@id("three failures stop") @reason("Three deployments failed within an hour.")
forbid (principal, action == Action::"deploy.run", resource) when { context.history.failures >= 3 };
@id("mails") @approvers("approver") permit (principal, action == Action::"mail.send", resource)
when { context.history.waiting < 2 && !context.history.denied };
`,
}))

const BANK = 'https://bank.example'
const CATALOGUE = ['payment.send', 'file.write', 'deploy.run', 'mail.send', 'file.read'].map((name) => ({
  name,
  effect: name === 'file.read' ? ('read' as const) : ('write' as const),
}))
const SETTINGS = {
  COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '100000',
  COUNTERSIGN_PENDING_PER_AGENT: '10000',
  COUNTERSIGN_PENDING_PER_GROUP: '10000',
}

let authority: TestAuthority
let second: TestAuthority
let bank: Client
let ben: Person
const secrets: string[] = []
beforeAll(async () => {
  authority = await startAuthority({ settings: SETTINGS })
  const { config, databaseUrl } = authority
  second = await startAuthority({
    databaseUrl: String(databaseUrl),
    settings: { ...SETTINGS, COUNTERSIGN_ORIGIN: config.origin },
  })
  for (let count = 0; count < 9; count++) secrets.push(await addAgent(authority, `agent-${count}`))
  bank = authority.client((await addExecutor(authority, BANK, CATALOGUE)).credential)
  ben = await enrolBy(authority, await enrolFirstAdmin(authority), 'Ben Approver')
})
afterAll(async () => {
  await second.stop()
  await authority.stop()
})

/** An agent that nobody else uses, at one process or the other. */
function newAgent(): { readonly here: Client; readonly there: Client } {
  const secret = secrets.pop() ?? ''
  return { here: authority.client(secret), there: second.client(secret) }
}

const ask = (agent: Client, name: string, given: object, resource = 'it') =>
  agent.propose({ body: { audience: BANK, action: { name, resource, arguments: { ...given }, salt: newSalt() } } })
const pay = (agent: Client, amount: number | string, currency = 'EUR') =>
  ask(agent, 'payment.send', { amount, currency, to: 'shop' })
const stateOf = async (opened: ReturnType<typeof ask>) => mustSucceed(await opened).state

async function run(token: unknown, outcome: 'succeeded' | 'failed') {
  mustSucceed(await bank.call('redeem', { body: { token: String(token) } }))
  const { jti = '' } = decodeJwt(String(token))
  mustSucceed(await bank.call('reportOutcome', { params: { jti }, body: { outcome } }))
}

describe('calls that wait', () => {
  it('count, and make room when they are withdrawn; a denial is remembered', async () => {
    const { here } = newAgent()
    const mail = () => ask(here, 'mail.send', {})
    const [first, other] = [mustSucceed(await mail()), mustSucceed(await mail())]
    expectRefusal(await mail(), 'policy_denied')
    mustSucceed(await here.call('withdrawRequest', { params: { id: first.id } }))
    expect(await stateOf(mail())).toBe('pending')
    mustSucceed(await ben.page.call('deny', { params: { id: other.id }, body: {} }))
    expectRefusal(await mail(), 'policy_denied')
  })
})

describe('500 EUR a day without a person', () => {
  it('are spent in parts, then people are asked', async () => {
    const { here, there } = newAgent()
    expect(await stateOf(pay(here, 300))).toBe('approved')
    expect(await stateOf(pay(there, '200.01'))).toBe('pending')
    expect(await stateOf(pay(there, '200.00'))).toBe('approved')
    expect(await stateOf(pay(here, '0.01'))).toBe('pending')
    expect(await stateOf(pay(here, -5))).toBe('pending')
    expect(await stateOf(pay(here, 1, 'USD'))).toBe('pending')
  })

  it('hold for each call that was within them, at collection and redemption too', async () => {
    const { here } = newAgent()
    const opened = [mustSucceed(await pay(here, 250)), mustSucceed(await pay(here, 250))]
    for (const { token } of opened) await run(token, 'succeeded')
    expect(await stateOf(pay(here, 1))).toBe('pending')
  })

  it('are not exceeded by twenty calls at once at two processes', async () => {
    const { here, there } = newAgent()
    const states = await Promise.all(
      Array.from({ length: 20 }, (_, at) => stateOf(pay(at % 2 === 0 ? here : there, 100))),
    )
    expect(states.filter((state) => state === 'approved')).toHaveLength(5)
    expect(states.filter((state) => state === 'pending')).toHaveLength(15)
  })

  it('do not come back where SQL resets what was counted', async () => {
    const { here } = newAgent()
    expect(await stateOf(pay(here, 500))).toBe('approved')
    expect(await stateOf(pay(here, 500))).toBe('pending')
    await asDatabaseOwner(authority, async (sql) => {
      await sql`DELETE FROM history_totals`
      await sql`DELETE FROM history_calls`
    })
    expectRefusal(await pay(here, 500), 'policy_denied')
    expect(authority.services.findings()).toContainEqual(expect.objectContaining({ kind: 'history' }))
  })

  it('are there again the next day', async () => {
    const { here } = newAgent()
    expect(await stateOf(pay(here, 500))).toBe('approved')
    expect(await stateOf(pay(here, 1))).toBe('pending')
    for (const clock of [authority, second]) clock.advance(86_400 + 2 * 1440)
    expect(await stateOf(pay(here, 500))).toBe('approved')
  })
})

describe('read before write', () => {
  it('opens a write to what the same agent has read, and to nothing else', async () => {
    const { here } = newAgent()
    const write = (resource: string, agent = here) => ask(agent, 'file.write', {}, resource)
    expectRefusal(await write('a'), 'policy_denied')
    const { token } = mustSucceed(await ask(here, 'file.read', {}, 'a'))
    expectRefusal(await write('a'), 'policy_denied')
    await run(token, 'succeeded')
    expect(await stateOf(write('a'))).toBe('pending')
    expectRefusal(await write('b'), 'policy_denied')
    expectRefusal(await write('a', newAgent().here), 'policy_denied')
  })
})

describe('three failures', () => {
  it('stop an agent until their hour has passed, and void what it holds', async () => {
    const { here } = newAgent()
    const held = mustSucceed(await ask(here, 'deploy.run', {}))
    for (let count = 0; count < 3; count++) {
      expect(await stateOf(ask(here, 'deploy.run', {}))).toBe('approved')
      await run(mustSucceed(await ask(here, 'deploy.run', {})).token, 'failed')
    }
    const refused = await ask(here, 'deploy.run', {})
    expectRefusal(refused, 'policy_denied')
    expect(refused).toMatchObject({
      problem: { detail: expect.stringContaining('Three deployments failed within an hour.') },
    })
    expectRefusal(await bank.call('redeem', { body: { token: String(held.token) } }), 'policy_denied')
    for (const clock of [authority, second]) clock.advance(3600 + 120)
    expect(await stateOf(ask(here, 'deploy.run', {}))).toBe('approved')
  })
})
