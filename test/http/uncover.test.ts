/** What a catalogue calls sensitive: masked for every reader, uncovered by a call that the ledger records first. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import { settle } from '../ledger/ground.ts'
import {
  addAgent,
  addExecutor,
  administer,
  enrolBy,
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { dpopKey } from './dpop.ts'

const BANK = 'https://bank.example'
const IBAN = 'DE89370400440532013000'
const CATALOGUE = [
  {
    name: 'bank.pay',
    effect: 'write' as const,
    reversible: false,
    title: 'Pay {amount} to {to.iban}',
    arguments: [
      { name: 'to.iban', sensitive: true },
      { name: 'memo', sensitive: true },
    ],
  },
]
const ACTION = {
  name: 'bank.pay',
  resource: 'account:1',
  arguments: { amount: 5, to: { name: 'Dana', iban: IBAN }, memo: 'Thirdmemo' },
}

let authority: TestAuthority
let agent: Client
let bank: Client
let sam: Person
let kim: Person
let tool: Client
let broken = false

beforeAll(async () => {
  authority = await startAuthority({
    withStore: (store) => ({
      ...store,
      noteFact: (input) => (broken ? Promise.reject(new StoreUnavailable('gone')) : store.noteFact(input)),
    }),
  })
  bank = authority.client((await addExecutor(authority, BANK, CATALOGUE)).credential)
  agent = authority.client(await addAgent(authority, 'pay-agent', { principals: ['dana'] }))
  sam = await enrolFirstAdmin(authority, 'Sam Wu')
  kim = await enrolBy(authority, sam, 'Kim', ['auditor'])
  const add = { kind: 'auditor', subject: 'outside', expires_in_days: 9 }
  const made = await administer(authority, sam, {
    name: 'countersign.credential.add',
    resource: 'credential:auditor:outside',
    arguments: add,
  })
  tool = authority.client(made.credential ?? '')
})
afterAll(() => authority.stop())

async function pay(): Promise<{ readonly id: string; readonly trace: string }> {
  const action = { ...ACTION, salt: newSalt() }
  const preview = { changes: [{ label: 'Balance', before: '9', after: `4, to ${IBAN}` }] }
  return mustSucceed(await agent.propose({ body: { audience: BANK, action, preview, reason: `Dana gave ${IBAN}` } }))
}

const content = async (reader: Client, id: string) =>
  mustSucceed(await reader.call('requestContent', { params: { id } }))
const uncover = (reader: Client, id: string) => reader.call('uncoverRequest', { params: { id } })

async function facts(trace: string) {
  const { entries } = mustSucceed(await authority.operator.call('trace', { params: { trace } }))
  return entries.filter(({ type }) => type === 'payload.uncovered')
}

it('is masked in lists and in the request, with all that may repeat it', async () => {
  const { id, trace } = await pay()
  for (const reader of [kim.page, sam.page, tool]) {
    const shown = await content(reader, id)
    expect(shown).toMatchObject({
      resource: 'account:1',
      arguments: { amount: 5, to: { name: 'Dana' } },
      preview: { by: 'agent', content: null },
      reason: null,
      masked: ['to.iban', 'memo'],
      uncovered: [],
    })
    const listed = mustSucceed(await reader.call('listRequests', { query: { agent: 'pay-agent' } }))
    for (const text of [JSON.stringify(shown), JSON.stringify(listed)]) {
      expect(text).not.toContain(IBAN)
      expect(text).not.toContain('Thirdmemo')
    }
  }
  expect(await facts(trace)).toEqual([])
})

it('is masked in the bounds of a grant, and uncovered with them', async () => {
  const key = await dpopKey(authority.now)
  const { memo: _, ...fixed } = ACTION.arguments
  const action = { ...ACTION, arguments: fixed, salt: newSalt() }
  const bounds = { uses: 3, arguments: { memo: { oneOf: ['Thirdmemo', 'Rent'] } } }
  const headers = { dpop: await key.proof('POST', `${authority.config.origin}/requests`) }
  const { id } = mustSucceed(await agent.call('openRequest', { body: { audience: BANK, action, bounds }, headers }))
  await sam.consent(id)
  const listed = mustSucceed(await sam.page.call('listRequests', { query: { agent: 'pay-agent' } }))
  expect(listed.requests.find((row) => row.id === id)?.summary).toContain('Several times')
  const shown = await content(sam.page, id)
  expect(shown).toMatchObject({ bounds: { uses: 3 }, masked: ['to.iban', 'memo'] })
  const grants = mustSucceed(await sam.page.call('listGrants', {}))
  expect(grants.grants).toMatchObject([{ id, bounds: { uses: 3 } }])
  for (const text of [listed, shown, grants].map((value) => JSON.stringify(value)))
    expect(text).not.toContain('Thirdmemo')
  expect(mustSucceed(await uncover(sam.page, id)).bounds).toEqual(bounds)
})

it('is not found by guessing it', async () => {
  const { id } = await pay()
  await settle(authority.services.ledger, authority.store)
  const found = async (words: string) =>
    mustSucceed(await tool.call('listRequests', { query: { words } })).requests.map((row) => row.id)
  expect(await found('bank pay account')).toContain(id)
  for (const guess of ['DE89', 'thirdmemo', 'dana', 'gave']) expect(await found(guess)).toEqual([])
  const ledger = mustSucceed(await tool.call('listEntries', { query: { words: 'DE89' } }))
  expect(ledger.entries).toEqual([])
})

it('has one value: a call that shows people another than the executor reads is refused', async () => {
  const decoy = { ...ACTION, salt: newSalt(), arguments: { ...ACTION.arguments, 'to.iban': 'DE00' } }
  const refused = await agent.propose({ body: { audience: BANK, action: decoy } })
  expect(refused).toMatchObject({ status: 400, problem: { code: 'invalid_request' } })
  expect(refused).toMatchObject({ problem: { detail: expect.stringContaining('two values for to.iban') } })
})

it('is not in what the executor reports, nor in the words of a denial', async () => {
  const approved = await pay()
  const denied = await pay()
  await sam.consent(approved.id)
  const { token } = mustSucceed(await agent.call('collectToken', { params: { id: approved.id } }))
  const { jti } = mustSucceed(await bank.call('redeem', { body: { token } }))
  const report = { use: 1, outcome: 'failed' as const, detail: `No account ${IBAN}` }
  mustSucceed(await bank.call('reportOutcome', { params: { jti }, body: report }))
  const no = { reason: `Never to ${IBAN}` }
  mustSucceed(await sam.page.call('deny', { params: { id: denied.id }, body: no }))
  await settle(authority.services.ledger, authority.store)
  const outcomes = async (reader: Client) =>
    mustSucceed(await reader.call('outcomes', { params: { trace: approved.trace } })).outcomes
  expect(await outcomes(tool)).toMatchObject([{ salt: null, result: null, detail: null, masked: true }])
  const { trace } = denied
  const found = [
    await tool.call('listEntries', { query: { trace } }),
    await tool.call('trace', { params: { trace } }),
    await sam.page.call('trace', { params: { trace } }),
    await authority.operator.call('trace', { params: { trace } }),
  ]
  expect(found.map(({ ok }) => ok)).toEqual([true, true, true, true])
  for (const one of found) expect(JSON.stringify(one)).not.toContain('Never')
  expect(mustSucceed(await agent.call('trace', { params: { trace } })).denial?.reason).toBe(no.reason)

  mustSucceed(await uncover(tool, approved.id))
  expect(await outcomes(tool)).toMatchObject([{ detail: report.detail, masked: false }])
  expect(await outcomes(kim.page)).toMatchObject([{ masked: true }])
})

it('is uncovered by a fact that names the reader, for that reader alone and for ten minutes', async () => {
  const { id, trace } = await pay()
  const whole = { arguments: ACTION.arguments, reason: `Dana gave ${IBAN}`, masked: [], uncovered: ['to.iban', 'memo'] }
  const answer = mustSucceed(await uncover(kim.page, id))
  expect(answer).toMatchObject(whole)
  expect(answer.request.summary).toBe(`Pay 5 to ${IBAN}`)
  const [fact] = await facts(trace)
  expect(fact).toMatchObject({ request: id, approver: kim.id, arguments: ['to.iban', 'memo'], agent: 'pay-agent' })
  expect(fact?.['until']).toBe(Number(fact?.['at']) + 600)
  expect(await content(kim.page, id)).toMatchObject(whole)
  expect(await content(tool, id)).toMatchObject({ uncovered: [], masked: ['to.iban', 'memo'] })
  mustSucceed(await uncover(tool, id))
  expect((await facts(trace))[1]).toMatchObject({ by: 'auditor', credential: expect.any(String) })
  authority.advance(600)
  expect(await content(kim.page, id)).toMatchObject({ uncovered: [], reason: null })
})

it('is one fact however often at once, and the rest is counted', async () => {
  const { id, trace } = await pay()
  const all = await Promise.all(Array.from({ length: 6 }, () => uncover(kim.page, id)))
  expect(all.every((answer) => answer.ok)).toBe(true)
  expect(await facts(trace)).toHaveLength(1)
  authority.advance(600)
  await authority.services.sweep()
  expect((await facts(trace)).map(({ count }) => count)).toEqual([undefined, 5])
  authority.advance(60)
  expect(await content(kim.page, id)).toMatchObject({ uncovered: [] })
  mustSucceed(await uncover(kim.page, id))
  expect(await facts(trace)).toHaveLength(3)
})

it('stays masked where the fact cannot be written', async () => {
  const { id, trace } = await pay()
  broken = true
  const answer = await uncover(kim.page, id)
  broken = false
  expect(answer).toMatchObject({ ok: false, status: 503 })
  expect(JSON.stringify(answer)).not.toContain(IBAN)
  expect(await content(kim.page, id)).toMatchObject({ uncovered: [] })
  expect(await facts(trace)).toEqual([])
})

it('says that it was erased, and then there is nothing to uncover', async () => {
  const { id, trace } = await pay()
  mustSucceed(await sam.consent(id))
  authority.advance(3600)
  await settle(authority.services.ledger, authority.store)
  const erase = { rule: 'request', request: id }
  await administer(authority, sam, {
    name: 'countersign.payload.erase',
    resource: `payloads:request:${id}`,
    arguments: erase,
  })
  await authority.services.sweep()
  const gone = { arguments: null, resource: null, reason: null, masked: [], request: { erased: true } }
  expect(await content(kim.page, id)).toMatchObject(gone)
  expect(mustSucceed(await uncover(kim.page, id))).toMatchObject(gone)
  expect(await facts(trace)).toEqual([])
})
