/**
 * What a page of the list of requests reads among many: counted in blocks by PostgreSQL itself, so that the bound is the
 * same on every machine. Reading all of the table would take a multiple of it.
 */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RequestFilter, RequestScope } from '../../src/domain/approval/request-filter.ts'
import { bind } from '../../src/store/driver/sql-statement.ts'
import { NOW } from './fixtures.ts'
import { type NotedStore, startNotedStore } from './noted-store.ts'

const REQUESTS = 60_000

const fill = [
  sql`INSERT INTO requests (id, trace, txn, door, state, origin, agent, actor, act, actors, principal, audience, executor_title,
      name, digest, catalogue_entry, policy, policy_version, policies, why, terms, groups, quorum, effect, irreversible, consents, round, created_at, expires_at)
    SELECT rtrim(translate(encode(uuid_send(made.trace), 'base64'), '+/', '-_'), '='), made.trace, 't', 'agent',
      CASE WHEN n % 500 = 0 THEN 'denied' ELSE 'approved' END, CASE WHEN n % 50 = 0 THEN 'human' ELSE 'policy' END,
      CASE WHEN n % 9000 = 0 THEN 'rare-agent' ELSE 'busy-agent' END, 'busy-agent', '{}', '[]', 'dana',
      CASE WHEN n % 2 = 0 THEN 'https://a.example' ELSE 'https://b.example' END, 'Forum', 'forum.post', 'd',
      '{"name":"forum.post","effect":"write","reversible":true}', 'p', 1, '[]', '',
      '{"approvers":[{"groups":["approver"],"count":1}],"quorum":1,"ttlSeconds":1,"uses":1,"actor":null,"selfApproval":false}', '["approver"]', 1,
      CASE WHEN n % 7000 = 0 THEN 'destructive' ELSE 'write' END, n % 7000 = 0, 0, 0,
      ${sql.raw(String(NOW))} + n / 10, ${sql.raw(String(NOW))} + n / 10 + 60
    FROM (SELECT n, gen_random_uuid() AS trace FROM generate_series(1, ${sql.raw(String(REQUESTS))}) AS n) AS made`,
  sql`INSERT INTO entries (type, at, trace, body, leaf)
    SELECT 'request.created', created_at, trace, '{"payloads":["d"]}', decode('00', 'hex') FROM requests`,
  sql`INSERT INTO payloads (subject, kind, digest, content, words) SELECT id, 'action', 'd',
      '{"content":{"name":"forum.post","resource":"r","arguments":{}}}',
      array_to_tsvector(ARRAY['hello'] || CASE WHEN created_at % 3000 = 0 THEN ARRAY['needle'] ELSE ARRAY[]::text[] END)
    FROM requests`,
  sql`INSERT INTO tokens (jti, request, agent, audience, status_list, status_index, uses, issued_at, expires_at, claims_digest, added)
    SELECT 'j' || id, id, agent, audience, 0, 0, 1, created_at, created_at + 60, 'd', 0 FROM requests`,
  sql`INSERT INTO redemptions (jti, use, request, audience, redeemed_at, outcome, reported_at)
    SELECT 'j' || id, 1, id, audience, created_at, CASE WHEN created_at % 2000 = 0 THEN 'failed' ELSE 'succeeded' END, created_at
    FROM requests`,
  sql`INSERT INTO consents (request, approver, credential_id, consent, given_at)
    SELECT id, CASE WHEN created_at % 10 = 0 THEN 'rare-person' ELSE 'busy-person' END, 'c', '{}', created_at
    FROM requests WHERE origin = 'human'`,
  sql`ANALYZE`,
]

let noted: NotedStore

beforeAll(async () => {
  noted = await startNotedStore(fill)
}, 240_000)

afterAll(() => noted?.stop())

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Node[]
}

const SMALL: readonly string[] = ['consents', 'grants', 'leaves']

const nodesOf = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** The blocks that a page read, and the tables that it read from end to end; those of consents and of grants are small here, and no entry has a leaf. */
async function costOf(filter: RequestFilter, scope: RequestScope) {
  const { database, store, ran } = noted
  ran.length = 0
  const page = await store.listRequests({ filter, scope, after: null, limit: 50, now: NOW })
  let blocks = 0
  const scanned: string[] = []
  for (const [{ text, parameters }, values] of [...ran]) {
    const explained = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, parameters }
    const [row] = await database.run<{ 'QUERY PLAN': readonly { readonly Plan: Node }[] }>(explained, values)
    expect(bind(parameters, values)).not.toContain(undefined)
    for (const { Plan } of row?.['QUERY PLAN'] ?? []) {
      blocks += Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']
      const whole = nodesOf(Plan).filter((node) => node['Node Type'] === 'Seq Scan')
      scanned.push(...whole.map((node) => node['Relation Name'] ?? '').filter((name) => !SMALL.includes(name)))
    }
  }
  return { found: page.requests.length, next: page.next, blocks, scanned }
}

const CASES: readonly [string, RequestFilter, RequestScope, number][] = [
  ['everything', {}, {}, 50],
  ['a busy agent', { agent: 'busy-agent' }, {}, 50],
  ['a rare agent', { agent: 'rare-agent' }, {}, 6],
  ['a busy agent, of its executor alone', { agent: 'busy-agent' }, { executor: 'https://a.example' }, 50],
  ['denied', { state: 'denied' }, {}, 50],
  ['by people', { origin: 'human' }, {}, 50],
  ['a group', {}, { groups: ['approver'] }, 50],
  ['destructive, of a busy agent', { agent: 'busy-agent', danger: 'destructive' }, {}, 8],
  ['failed', { outcome: 'failed', agent: 'busy-agent' }, {}, 30],
  ['a rare word', { words: ['needle'] }, {}, 20],
  ['a common word', { words: ['hel'] }, {}, 50],
  ['a person', { approver: 'rare-person' }, {}, 50],
  ['nobody’s', { approver: 'nobody' }, {}, 0],
  ['a span long ago', { to: NOW + 50 }, {}, 50],
]

it.each(CASES)('reads few blocks for a page: %s', async (_, filter, scope, least) => {
  const { found, blocks, scanned } = await costOf(filter, scope)
  expect(found).toBeGreaterThanOrEqual(least)
  expect(scanned).toEqual([])
  expect(blocks).toBeLessThan(6500)
})

it('examines a bounded number where nothing matches, and says where to go on', async () => {
  const { found, next, blocks } = await costOf({ outcome: 'unused', agent: 'busy-agent' }, {})
  expect(found).toBe(0)
  expect(next).not.toBeNull()
  expect(blocks).toBeLessThan(160_000)
})
