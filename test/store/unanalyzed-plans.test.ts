/**
 * How PostgreSQL reads tables that have grown since it last analyzed them: as the log follows a busy authority, within
 * the minute before autovacuum comes. Every such statement reads by index what it names.
 */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import { inboxReading } from '../setup/inbox-reading.ts'
import { type NotedStore, startNotedStore } from './noted-store.ts'

const fill = [
  sql`INSERT INTO requests (id, trace, txn, door, state, origin, agent, actor, act, actors, principal, audience, executor_title,
      name, digest, catalogue_entry, policy, policy_version, policies, why, terms, groups, quorum, effect, irreversible, consents, round, created_at, expires_at)
    SELECT rtrim(translate(encode(uuid_send(made.trace), 'base64'), '+/', '-_'), '='), made.trace, 't', 'agent', 'approved',
      'policy', 'agent', 'agent', '{}', '[]', 'dana', 'https://a.example', 'Forum', 'forum.read', 'd', '{"effect":"read"}',
      'p', 1, '[]', '', '{"uses":1}', '[]', 0, 'read', false, 0, 0, n, n
    FROM (SELECT n, gen_random_uuid() AS trace FROM generate_series(1, 6000) AS n) AS made`,
  sql`INSERT INTO entries (type, at, trace, body, leaf)
    SELECT 'request.created', created_at, trace, repeat('d', 500), decode('00', 'hex') FROM requests`,
  sql`INSERT INTO leaves (index, entry, prefix) SELECT row_number() OVER () - 1, id, id FROM entries`,
  sql`INSERT INTO payloads (subject, kind, digest, content, words)
    SELECT id, 'action', 'd', repeat('c', 100), array_to_tsvector(ARRAY['hello']) FROM requests`,
  sql`INSERT INTO consents (request, approver, credential_id, consent, given_at)
    SELECT id, 'ada', 'key', to_json(repeat('c', 100)), created_at FROM requests`,
  sql`INSERT INTO token_texts (jti, claims) SELECT id, to_json(repeat('c', 100)) FROM requests`,
]

const GROWN = ['requests', 'consents', 'entries', 'leaves', 'payloads', 'token_texts']

let noted: NotedStore

beforeAll(async () => {
  noted = await startNotedStore(fill)
}, 240_000)

afterAll(() => noted?.stop())

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Node[]
}

const scannedBy = ({ Plans = [], ...node }: Node): readonly string[] => [
  ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []),
  ...Plans.flatMap(scannedBy),
]

const IDS = Array.from({ length: 90 }, (_, n) => `request-${n}`)
const WORK: readonly [string, (store: Store) => Promise<unknown>][] = [
  [
    'keeps signatures',
    ({ recordSignatures }) => recordSignatures(IDS.map((jti) => ({ jti, signature: 's', kid: 'k' }))),
  ],
  ['measures texts', ({ textSizes }) => textSizes(IDS)],
  ['reads texts', ({ texts }) => texts(IDS)],
  [
    'keeps words',
    ({ grow }) => grow({ tiles: [], activity: [], words: IDS.map((request) => ({ request, words: ['hello'] })) }),
  ],
  ['reads requests', ({ requestsById }) => requestsById(IDS)],
  ['reads who has consented', ({ consentedBy }) => consentedBy(IDS)],
  ['lists an inbox', ({ inbox }) => inbox(inboxReading({ now: 1, decidedSince: 0 }))],
  ['reads what is configured', ({ configurationEntries }) => configurationEntries(0)],
]

it.each(WORK)('reads no table from end to end: %s', async (_, work) => {
  const { database, store, ran } = noted
  ran.length = 0
  await work(store)
  expect(ran).not.toEqual([])
  for (const [{ text }] of [...ran]) {
    // As the plan that is kept for whatever values come.
    const explained = { text: `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`, parameters: [] }
    const [row] = await database.run<{ 'QUERY PLAN': readonly { readonly Plan: Node }[] }>(explained)
    const scanned = (row?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => scannedBy(Plan))
    expect(scanned.filter((table) => GROWN.includes(table))).toEqual([])
  }
})
