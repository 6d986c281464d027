/** The real authority, audited over its own HTTP: nothing it does leaves a fact without its cause. */
import type { JsonObject } from '@countersign/verifier'
import { type NoteKey, parseNoteKey } from '@countersign/verifier/proof'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { httpSource } from '../../src/audit/log/source.ts'
import type { Client } from '../../src/client/client.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast, storyOf, WIKI } from '../http/cast.ts'
import { batchChallengeFor, wire } from '../http/passkey-json.ts'
import { settle } from '../ledger/ground.ts'
import { administer, mustSucceed, type Person, postAction } from '../setup/authority.ts'
import { nodeCrypto } from './world.ts'

let cast: Cast
let secret: string
let key: NoteKey
/** The trace of a request that was approved, and whose token nobody fetched. */
let uncollected: string

const chain = (length: number): object => ({
  sub: `${'a'.repeat(31)}:${'b'.repeat(96)}`,
  ...(length > 1 && { act: chain(length - 1) }),
})

beforeAll(async () => {
  cast = await startCast()
  secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
  key = await parseNoteKey(String(cast.authority.services.discovery.metadata()['log_vkey']))
  const { authority, agent, forum, ben } = cast
  const spent = await approvedToken(agent, ben)
  mustSucceed(await forum.client.call('redeem', { body: { token: spent.token } }))
  mustSucceed(await forum.client.call('reportOutcome', { params: { jti: spent.jti }, body: { outcome: 'succeeded' } }))
  await forum.client.call('redeem', { body: { token: spent.token } })
  await approvedToken(agent, ben)
  await propose(agent)
  const denied = await propose(agent)
  mustSucceed(await ben.page.call('deny', { params: { id: denied.id }, body: {} }))
  // As large as a chain may be: its entries have to hold it whole.
  const asked = mustSucceed(
    await agent.propose({ body: { audience: forum.audience, action: postAction(), act: chain(7) as JsonObject } }),
  )
  mustSucceed(await ben.consent(asked.id))
  uncollected = asked.trace
  await withOneGesture(agent, ben, forum.client)
  await settle(authority.services.ledger, authority.store)
})
afterAll(() => cast.authority.stop())

/** One of them is spent, one lives, one nobody fetches, and one is withdrawn before the answer. */
async function withOneGesture(agent: Client, ben: Person, forum: Client): Promise<void> {
  const ids = [await propose(agent), await propose(agent), await propose(agent), await propose(agent)].map(
    ({ id }) => id,
  )
  const [spent = '', alive = '', , withdrawn = ''] = ids
  const assertion = wire(await ben.authenticator.assert({ challenge: await batchChallengeFor(ben.page, ids) }))
  mustSucceed(await agent.call('withdrawRequest', { params: { id: withdrawn } }))
  const { answers } = mustSucceed(await ben.page.call('consentBatch', { body: { requests: ids, assertion } }))
  expect(answers.map(({ verdict }) => verdict)).toEqual(['consented', 'consented', 'consented', 'refused'])
  const { token } = mustSucceed(await agent.call('collectToken', { params: { id: spent } }))
  mustSucceed(await forum.call('redeem', { body: { token } }))
  mustSucceed(await agent.call('collectToken', { params: { id: alive } }))
}

function auditNow() {
  const { authority } = cast
  const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
  const source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential: secret })
  return audit({ source, key, kept: [], crypto: nodeCrypto, now: authority.now() })
}

it('nothing is found while a token is alive, and its consent is checked by itself', async () => {
  const result = await auditNow()
  expect(result.findings).toEqual([])
  expect(result.rebuilt).toBe(true)
  expect(result.tokens.alive).toBeGreaterThan(0)
  // Of the three of one gesture one is spent: its text is served also while an older token lives.
  expect(result.consents).toEqual({ checked: 4, unbound: 0 })
})

it('nothing is found when everything has ended', async () => {
  cast.authority.advance(10_000)
  await cast.authority.services.sweep()
  await settle(cast.authority.services.ledger, cast.authority.store)
  const result = await auditNow()
  expect(result.findings).toEqual([])
  expect(result.tokens).toMatchObject({ alive: 0, issued: result.tokens.checked })
  expect(await storyOf(cast.authority, uncollected)).toEqual(['request.created', 'request.decided', 'consent.given'])
  expect(result.consents).toEqual({ checked: 2, unbound: 0 })
})

it('nothing is found where texts were uncovered and refusals repeated, once and again', async () => {
  const { authority, ada, ben, agent, wiki } = cast
  const spent = await approvedToken(agent, ben, { audience: WIKI })
  mustSucceed(await wiki.client.call('redeem', { body: { token: spent.token } }))
  mustSucceed(await wiki.client.call('reportOutcome', { params: { jti: spent.jti }, body: { outcome: 'succeeded' } }))
  const { id, trace } = await payment()
  for (let minute = 0; minute < 2; minute++) {
    for (let time = 0; time < 3; time++) {
      mustSucceed(await ada.page.call('uncoverRequest', { params: { id } }))
      await wiki.client.call('redeem', { body: { token: spent.token } })
      await wiki.client.call('reportRefusal', { body: { code: 'action_mismatch', name: 'forum.post' } })
      await agent.propose({ body: { audience: WIKI, action: postAction('', { name: 'forum.burn' }) } })
    }
    authority.advance(700)
    await authority.services.sweep()
  }
  await settle(authority.services.ledger, authority.store)
  const { entries } = mustSucceed(await authority.operator.call('trace', { params: { trace } }))
  expect(entries.filter(({ type }) => type === 'payload.uncovered').map(({ count }) => count)).toEqual([
    undefined,
    2,
    undefined,
    2,
  ])
  expect(await repeatedCodes()).toEqual([
    'action_mismatch',
    'policy_denied',
    // A minute later the spent token has expired, too.
    'token_expired',
    'token_redeemed',
  ])
  const result = await auditNow()
  expect(result.findings).toEqual([])
  expect(result.rebuilt).toBe(true)
})

/** A request with a sensitive argument. */
async function payment(): Promise<{ readonly id: string; readonly trace: string }> {
  const audience = 'https://bank.example'
  const pay = { name: 'bank.pay', effect: 'write', arguments: [{ name: 'to', sensitive: true }] }
  await administer(cast.authority, cast.ada, {
    name: 'countersign.executor.add',
    resource: `executor:${audience}`,
    arguments: { audience, title: 'The bank', catalogue: [pay], challenge_keys: [] },
  })
  return propose(cast.agent, { audience, name: 'bank.pay', resource: 'account:1', arguments: { to: 'DE89' } })
}

/** The codes of refusals that stand in the ledger with a count. */
async function repeatedCodes(): Promise<readonly unknown[]> {
  const auditor = cast.authority.client(secret)
  const { entries } = mustSucceed(await auditor.call('listEntries', { query: { type: 'token.refused' } }))
  return [...new Set(entries.filter(({ entry }) => 'count' in entry).map(({ entry }) => entry['code']))].sort()
}
