/** What the passing of time and the law make a fact: outcomes that never came, payloads erased; and refused attempts. */
import { parseNoteKey, parseTlogProof, verifyTlogProof } from '@countersign/verifier/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast, storyOf } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { administer, mustSucceed, type TestAuthority } from '../setup/authority.ts'
import { settle } from './ground.ts'

let cast: Cast
let auditor: Client
beforeAll(async () => {
  cast = await startCast({ settings: { COUNTERSIGN_OUTCOME_WITHIN_SECONDS: '60', COUNTERSIGN_RETENTION_DAYS: '30' } })
  auditor = cast.authority.client(await credentialFor(cast.authority, cast.ada, 'auditor', 'revision'))
})
afterAll(() => cast.authority.stop())

/** What the process does by itself, done now. */
async function pass({ services, store }: Pick<TestAuthority, 'services' | 'store'>): Promise<void> {
  await settle(services.ledger, store)
  for (let sweeps = 0; sweeps < 3; sweeps++) await services.sweep()
  await settle(services.ledger, store)
}
const spent = async () => {
  const approved = await approvedToken(cast.agent, cast.ben)
  mustSucceed(await cast.forum.client.call('redeem', { body: { token: approved.token } }))
  return approved
}
const payloadsOf = (request: string) =>
  asDatabaseOwner(
    cast.authority,
    (sql) => sql`SELECT kind FROM payloads WHERE subject = ${request}
      UNION ALL SELECT 'text' FROM token_texts JOIN tokens USING (jti) WHERE request = ${request}`,
  )
const erase = (args: Record<string, string | number>) =>
  administer(cast.authority, cast.ada, {
    name: 'countersign.payload.erase',
    resource: `payloads:${args['rule']}:${args['request'] ?? args['principal'] ?? args['older_than_days']}`,
    arguments: args,
  })
const entryOf = async (trace: string, type: string) => {
  const query = { trace, type }
  return mustSucceed(await auditor.call('listEntries', { query })).entries[0]
}

describe('an outcome that never came', () => {
  it('is noted once, when its time is over, and may still be reported', async () => {
    const [silent, reported] = [await spent(), await spent()]
    const report = { body: { outcome: 'succeeded' as const } }
    mustSucceed(await cast.forum.client.call('reportOutcome', { params: { jti: reported.jti }, ...report }))
    await pass(cast.authority)
    expect(await storyOf(cast.authority, silent.request.trace)).not.toContain('outcome.missing')
    cast.authority.advance(61)
    await pass(cast.authority)
    await pass(cast.authority)
    const types = await storyOf(cast.authority, silent.request.trace)
    expect(types.filter((type) => type === 'outcome.missing')).toHaveLength(1)
    expect(await entryOf(silent.request.trace, 'outcome.missing')).toMatchObject({ entry: { jti: silent.jti, use: 1 } })
    expect(await storyOf(cast.authority, reported.request.trace)).not.toContain('outcome.missing')
    mustSucceed(await cast.forum.client.call('reportOutcome', { params: { jti: silent.jti }, ...report }))
  })

  it('is not asked of the authority itself', async () => {
    const found = mustSucceed(await auditor.call('listEntries', { query: { type: 'outcome.missing' } })).entries
    expect(found.map(({ entry }) => entry['executor'])).not.toContain(cast.authority.config.origin)
  })
})

describe('erasure', () => {
  it('of a request takes its payloads and its token’s text, leaves its entries, and every proof holds', async () => {
    const { request, action, jti } = await spent()
    await pass(cast.authority)
    const before = mustSucceed(await auditor.call('listEntries', { query: { trace: request.trace, order: 'oldest' } }))
    const index = String(before.entries[0]?.index)
    expect((await payloadsOf(request.id)).map(({ kind }) => kind).sort()).toEqual(['action', 'text'])
    expect(
      mustSucceed(await auditor.call('listEntries', { query: { resource: action.resource } })).entries,
    ).not.toEqual([])
    await erase({ rule: 'request', request: request.id })
    await pass(cast.authority)
    expect(await payloadsOf(request.id)).toEqual([])
    const erased = await entryOf(request.trace, 'payload.erased')
    expect(erased?.entry).toMatchObject({ rule: 'request', jti, erased: 1, request: request.id })
    expect(erased?.entry['payloads']).toEqual(before.entries[0]?.entry['payloads'])
    const after = mustSucceed(await auditor.call('listEntries', { query: { trace: request.trace, order: 'oldest' } }))
    expect(after.entries.slice(0, before.entries.length)).toEqual(before.entries)
    const ofResource = mustSucceed(
      await auditor.call('listEntries', { query: { resource: action.resource, limit: '500' } }),
    )
    expect(ofResource.entries.map(({ entry }) => entry['trace'])).not.toContain(request.trace)
    const proof = parseTlogProof(String(mustSucceed(await auditor.call('proof', { params: { id: index } }))))
    const leaf = new Uint8Array(Buffer.from(String(before.entries[0]?.leaf).slice('sha-256:'.length), 'base64url'))
    const key = await parseNoteKey(String(cast.authority.services.discovery.metadata()['log_vkey']))
    await expect(verifyTlogProof(proof, leaf, key)).resolves.toMatchObject({ index: Number(index) })
    const { artifacts } = mustSucceed(await auditor.call('artifacts', { query: { limit: '500' } }))
    expect(artifacts.find((artifact) => artifact.jti === jti)).toMatchObject({ claims: null, signature: null })
  })

  it('waits for what is still alive', async () => {
    const waiting = await propose(cast.agent)
    await erase({ rule: 'request', request: waiting.id })
    await pass(cast.authority)
    expect(await payloadsOf(waiting.id)).toHaveLength(1)
    cast.authority.advance(1000)
    await pass(cast.authority)
    expect(await payloadsOf(waiting.id)).toEqual([])
  })

  it('of a principal takes all that was asked for them', async () => {
    const { request } = await spent()
    await erase({ rule: 'principal', principal: 'helpdesk-agent' })
    await pass(cast.authority)
    expect(await payloadsOf(request.id)).toEqual([])
    expect(await entryOf(request.trace, 'payload.erased')).toMatchObject({ entry: { rule: 'principal' } })
  })

  it.each([{ rule: 'age', older_than_days: 0 }, { rule: 'request', request: 'short' }, { rule: 'everything' }])(
    'refuses %j',
    async (args) => {
      await expect(erase(args as never)).rejects.toThrow(/invalid_request/)
    },
  )
})

describe('a refused attempt', () => {
  const report = (client: Client, more: object = {}) =>
    client.call('reportRefusal', { body: { code: 'action_mismatch', name: 'forum.post', ...more } })

  it('stands on the trace of the request it belongs to', async () => {
    const { request, jti } = await approvedToken(cast.agent, cast.ben)
    expect(mustSucceed(await report(cast.forum.client, { jti })).trace).toBe(request.trace)
    expect(mustSucceed(await report(cast.forum.client, { request: request.id })).trace).toBe(request.trace)
    expect(mustSucceed(await report(cast.forum.client)).trace).not.toBe(request.trace)
  })

  it('of another executor’s token stands on a trace of its own', async () => {
    const { request, jti } = await approvedToken(cast.agent, cast.ben)
    expect(mustSucceed(await report(cast.wiki.client, { jti })).trace).not.toBe(request.trace)
    expect(await storyOf(cast.authority, request.trace)).not.toContain('token.refused')
  })
})

// Last, since nobody's session outlives it.
describe('retention', () => {
  it('comes by itself when the retention is over, and not before', async () => {
    const { request } = await spent()
    cast.authority.advance(29 * 86_400)
    await pass(cast.authority)
    expect(await payloadsOf(request.id)).toHaveLength(2)
    cast.authority.advance(2 * 86_400)
    await pass(cast.authority)
    expect(await payloadsOf(request.id)).toEqual([])
    const erased = await entryOf(request.trace, 'payload.erased')
    expect(erased?.entry).toMatchObject({ rule: 'age', order: 'retention' })
  })
})
