/** What auditors read, through the real client: found, proved, exported, and refused to everybody else. */
import { createHash } from 'node:crypto'
import { canonicalize } from '@countersign/verifier'
import {
  createRange,
  openCheckpoint,
  parseBundle,
  parseNoteKey,
  parseTlogProof,
  sameHash,
  tilePath,
  tilesOf,
  tileWidth,
  verifyTlogProof,
} from '@countersign/verifier/proof'
import { compactVerify, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast } from '../http/cast.ts'
import { bearer } from '../http/raw.ts'
import { FORUM, mustSucceed, pageOf } from '../setup/authority.ts'
import { settle } from './ground.ts'

let cast: Cast
let secret: string
let auditor: Client
let spent: Awaited<ReturnType<typeof approvedToken>>
let live: Awaited<ReturnType<typeof approvedToken>>

beforeAll(async () => {
  cast = await startCast()
  secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
  auditor = cast.authority.client(secret)
  spent = await approvedToken(cast.agent, cast.ben)
  mustSucceed(await cast.forum.client.call('redeem', { body: { token: spent.token } }))
  mustSucceed(
    await cast.forum.client.call('reportOutcome', {
      params: { jti: spent.jti },
      body: { outcome: 'failed', detail: 'No such thread' },
    }),
  )
  live = await approvedToken(cast.agent, cast.ben)
  await settle(cast.authority.services.ledger, cast.authority.store)
})
afterAll(() => cast.authority.stop())

const raw = (path: string, headers: Record<string, string> = bearer(secret)) =>
  cast.authority.fetch(cast.authority.config.origin + path, { headers })
const logKey = async () => parseNoteKey(String(cast.authority.services.discovery.metadata()['log_vkey']))

describe('the log, as tlog-tiles', () => {
  it('is rebuilt from its tiles to the root that it signed', async () => {
    const note = await (await raw('/log/checkpoint')).text()
    const { size, root, origin } = await openCheckpoint(note, await logKey())
    expect(origin).toBe(cast.authority.services.discovery.metadata()['log_origin'])
    const range = createRange((data, into) => into.set(createHash('sha256').update(data).digest()))
    for (const address of [...tilesOf(size)].filter(({ level }) => level === 0)) {
      const bundle = await raw(`/log/${tilePath({ ...address, level: 'entries' })}`)
      for (const entry of parseBundle(new Uint8Array(await bundle.arrayBuffer()))) range.appendEntry(entry)
      const hashes = await raw(`/log/${tilePath(address)}`)
      expect(hashes.headers.get('content-type')).toBe('application/octet-stream')
      expect((await hashes.arrayBuffer()).byteLength).toBe(address.width * 32)
    }
    expect(range.size()).toBe(size)
    expect(sameHash(range.root(), root)).toBe(true)
  })

  it('gives narrower tiles too, and nothing beyond its checkpoint', async () => {
    const { size } = await openCheckpoint(await (await raw('/log/checkpoint')).text(), await logKey())
    expect((await raw('/log/tile/0/000.p/3')).headers.get('cache-control')).toBe('private, max-age=60')
    expect(await (await raw('/log/tile/0/000.p/3')).arrayBuffer()).toHaveProperty('byteLength', 96)
    const wide = tileWidth(0, 0, size) + 1
    for (const path of [
      `tile/0/000.p/${wide}`,
      'tile/0/000',
      'tile/0/x001/000',
      'tile/7/000.p/1',
      'tile/entries/009',
    ]) {
      expect({ path, status: (await raw(`/log/${path}`)).status }).toEqual({ path, status: 404 })
    }
    for (const path of [
      'tile/0/0',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/x/000',
      'tile/0/000/extra',
      'tile/00/000',
    ]) {
      expect({ path, status: (await raw(`/log/${path}`)).status }).toEqual({ path, status: 404 })
    }
  })

  it('is closed to all but auditors', async () => {
    for (const path of ['/log/checkpoint', '/log/tile/0/000.p/1', '/log/tile/entries/000.p/1', '/ledger/proofs/0']) {
      expect((await raw(path, {})).status).toBe(401)
      expect((await raw(path, bearer(cast.agentSecret))).status).toBe(403)
    }
  })
})

describe('a proof', () => {
  it('holds offline, by index and by the leaf a token names', async () => {
    const leaf = JSON.parse(Buffer.from(String(spent.token.split('.')[1]), 'base64url').toString()).log.leaf
    const response = await raw(`/ledger/proofs/${encodeURIComponent(leaf)}`)
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="entry-\d+\.tlog-proof"$/)
    const proof = parseTlogProof(await response.text())
    const hash = new Uint8Array(Buffer.from(String(leaf).slice('sha-256:'.length), 'base64url'))
    const { index } = await verifyTlogProof(proof, hash, await logKey())
    expect(JSON.parse(Buffer.from(proof.extra ?? []).toString())).toMatchObject({
      type: 'token.issued',
      jti: spent.jti,
    })
    const again = mustSucceed(await auditor.call('proof', { params: { id: String(index) } }))
    expect(parseTlogProof(String(again)).index).toBe(index)
  })

  it('is refused for what the log does not have', async () => {
    for (const id of ['99999999', `sha-256:${'A'.repeat(43)}`, '-1', '01', 'x']) {
      expect(await auditor.call('proof', { params: { id } })).toMatchObject({ ok: false, status: 404 })
    }
  })
})

describe('entries', () => {
  const find = async (query: object) => mustSucceed(await auditor.call('listEntries', { query })).entries
  const typesOf = (entries: Awaited<ReturnType<typeof find>>) => entries.map(({ entry }) => entry['type'])

  it('are found by each thing they name', async () => {
    const story = await find({ trace: spent.request.trace, order: 'oldest' })
    expect(typesOf(story)).toEqual([
      'request.created',
      'request.decided',
      'consent.given',
      'token.issued',
      'token.redeemed',
      'outcome.reported',
    ])
    expect(typesOf(await find({ action: spent.request.digest, order: 'oldest' }))).toEqual(typesOf(story))
    expect(typesOf(await find({ outcome: 'failed' }))).toEqual(['outcome.reported'])
    expect(typesOf(await find({ approver: cast.ben.id, type: 'consent.given' }))).toHaveLength(2)
    for (const query of [
      { agent: 'helpdesk-agent' },
      { principal: 'helpdesk-agent' },
      { executor: FORUM, name: 'forum.post' },
      { name: 'forum.post' },
      { resource: spent.action.resource },
      { text: 'forum.post' },
    ]) {
      const found = await find({ ...query, limit: '500' })
      expect({ query, has: typesOf(found).includes('token.redeemed') }).toEqual({ query, has: true })
    }
    expect(typesOf(await find({ text: spent.jti, order: 'oldest' }))).toEqual(typesOf(story))
    expect(typesOf(await find({ text: spent.request.id, order: 'oldest' }))).toEqual(typesOf(story))
    expect(await find({ resource: 'forum:nowhere' })).toEqual([])
    expect(await find({ origin: 'policy' })).toEqual([])
    expect(await find({ text: 'helpdesk-agent', agent: 'other-agent' })).toEqual([])
    expect(await find({ action: spent.request.digest, trace: live.request.trace })).toEqual([])
    expect(typesOf(await find({ text: spent.jti, type: 'token.redeemed' }))).toEqual(['token.redeemed'])
  })

  it('are found by time', async () => {
    const now = cast.authority.now()
    expect(await find({ from: String(now + 120) })).toEqual([])
    expect(await find({ to: String(now - 3600) })).toEqual([])
    expect((await find({ from: String(now - 600), to: String(now + 1), limit: '500' })).length).toBeGreaterThan(12)
  })

  it('come in pages that join, either way', async () => {
    for (const order of ['newest', 'oldest'] as const) {
      const whole = (await find({ order, limit: '500' })).map(({ index }) => index)
      const paged: number[] = []
      for (let after: string | undefined; ; ) {
        const page = mustSucceed(await auditor.call('listEntries', { query: { order, limit: '7', after } }))
        paged.push(...page.entries.map(({ index }) => index))
        if (page.next === null) break
        after = String(page.next)
      }
      expect(paged).toEqual(whole)
    }
  })

  it.each([
    { limit: '501' },
    { limit: 'many' },
    { trace: 'short' },
    { unknown: 'x' },
    { from: '-1' },
    { agent: 'a\u0000b' },
  ])('refuse %j', async (query) => {
    expect(await auditor.call('listEntries', { query })).toMatchObject({ ok: false, status: 400 })
  })

  it('are exported whole, as JSON Lines and as CSV', async () => {
    const lines = (await (await raw('/ledger/export?format=jsonl')).text()).trimEnd().split('\n')
    const all = await find({ order: 'oldest', limit: '500' })
    expect(lines.map((line) => JSON.parse(line))).toEqual(all)
    const response = await raw(`/ledger/export?format=csv&trace=${spent.request.trace}`)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const rows = (await response.text()).trimEnd().split('\r\n')
    expect(rows[0]).toMatch(/^index,leaf,at,type,.*,approved_by,trace_outcome,entry$/)
    expect(rows).toHaveLength(7)
    // An id that begins with a hyphen is marked, so that no spreadsheet takes it for a formula.
    const ended = new RegExp(`,"'?${cast.ben.id}","failed","{`)
    expect(rows.slice(1).filter((row) => ended.test(row))).toHaveLength(6)
  })

  it('say how their trace ended and who approved it, in every one of them', async () => {
    for (const { approved_by, trace_outcome } of await find({ trace: spent.request.trace }))
      expect({ approved_by, trace_outcome }).toEqual({ approved_by: [cast.ben.id], trace_outcome: 'failed' })
    for (const { approved_by, trace_outcome } of await find({ trace: live.request.trace }))
      expect({ approved_by, trace_outcome }).toEqual({ approved_by: [cast.ben.id], trace_outcome: null })
  })

  it.each([
    ['', undefined],
    ['agent=helpdesk-agent', undefined],
    ['type=token.issued&agent=helpdesk-agent', undefined],
    ['agent=nobody', 0],
    ['to=1', 0],
    ['words=hello', null],
    ['text=helpdesk-agent', null],
  ])('are counted before an export of %j, where that is quick', async (query, expected) => {
    const response = await raw(`/ledger/export?${query}`)
    const lines = (await response.text()).split('\n').length - 1
    const counted = response.headers.get('countersign-entries')
    expect(counted).toBe(expected === null ? null : String(expected ?? lines))
  })

  it('are counted for a chart', async () => {
    const now = cast.authority.now()
    const query = { from: String(now - 3600), to: String(now + 60), buckets: '30' }
    const { buckets, bucket_seconds } = mustSucceed(await auditor.call('activity', { query }))
    expect(bucket_seconds % 60).toBe(0)
    const total = buckets.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0)
    expect(total).toBe((await find({ limit: '500' })).length)
    const backwards = { query: { from: '100', to: '100' } }
    expect(await auditor.call('activity', backwards)).toMatchObject({ ok: false, status: 400 })
  })
})

describe('artifacts', () => {
  it('are the texts of tokens that are over, from which the token is verified again', async () => {
    const { artifacts } = mustSucceed(await auditor.call('artifacts'))
    const found = artifacts.find(({ jti }) => jti === spent.jti)
    const { keys } = mustSucceed(await auditor.call('ledgerKeys'))
    const key = keys.find(({ kid }) => kid === found?.kid)
    const header = Buffer.from(JSON.stringify({ alg: key?.alg, kid: key?.kid, typ: 'approval+jwt' }))
    const claims = Buffer.from(JSON.stringify(found?.claims))
    const jws = `${header.toString('base64url')}.${claims.toString('base64url')}.${found?.signature}`
    expect(jws).toBe(spent.token)
    await compactVerify(jws, await importJWK({ ...key?.public_jwk } as never, key?.alg))
    expect(artifacts.map(({ jti }) => jti)).not.toContain(live.jti)
  })

  it('of a token that lives come when it has ended', async () => {
    const before = mustSucceed(await auditor.call('artifacts'))
    cast.authority.advance(700)
    const query = { after: String(before.next) }
    const { artifacts } = mustSucceed(await auditor.call('artifacts', { query }))
    expect(artifacts.map(({ jti }) => jti)).toEqual([live.jti])
    cast.authority.advance(-700)
  })
})

describe('what executors reported', () => {
  it('is found by its trace, and hashes to what the entry in the log says', async () => {
    const { trace } = spent.request
    const { outcomes } = mustSucceed(await auditor.call('outcomes', { params: { trace } }))
    expect(outcomes).toMatchObject([{ result: null, detail: 'No such thread', masked: false }])
    const [{ salt = '', result = null, detail = null, digest } = {}] = outcomes
    const payload = { typ: 'countersign/payload/v1', kind: 'outcome', salt, content: { detail, result } }
    const hash = createHash('sha256')
      .update(canonicalize(payload as never))
      .digest('base64url')
    expect(digest).toBe(`sha-256:${hash}`)
    const { entries } = mustSucceed(await auditor.call('listEntries', { query: { trace, type: 'outcome.reported' } }))
    expect(entries.map(({ entry }) => entry['payloads'])).toEqual([[digest]])
  })

  it('is nothing where nothing was reported', async () => {
    const { trace } = live.request
    expect(mustSucceed(await auditor.call('outcomes', { params: { trace } })).outcomes).toEqual([])
  })
})

it('is no business of agents, executors, operators, or approvers without that role', async () => {
  const others = [cast.agent, cast.forum.client, cast.authority.operator, cast.ben.page, pageOf(cast.authority)]
  for (const other of others) {
    for (const id of ['listEntries', 'artifacts', 'ledgerKeys', 'checkpoint'] as const) {
      expect([401, 403]).toContain((await other.call(id)).status)
    }
  }
})

it('takes in what is written while auditors read', async () => {
  await propose(cast.agent)
  expect(await settle(cast.authority.services.ledger, cast.authority.store)).toBe(2)
})
