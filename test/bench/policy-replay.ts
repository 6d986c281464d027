/**
 * Replaying 100,000 past requests against a draft, over HTTP as the workbench does, page by page; and the latency of
 * live proposals meanwhile, against that without a replay.
 *
 * The requests are three, opened by an agent and then copied in the database, each with another text in its arguments:
 * prose, SQL and shell text of about 1 KiB, which are read for signals.
 */
import { newSalt } from '@countersign/verifier'
import postgres from 'postgres'
import type { CallOutput } from '../../src/client/call-types.ts'
import { type Client, createClient } from '../../src/client/client.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { TEXTS } from './decide.ts'
import { type Bench, figure, quantile } from './harness.ts'
import { FORUM, mustSucceed, registerParties } from './parties.ts'
import { startProduct } from './product.ts'

const REQUESTS = 100_000
const LENGTH = 1024
/** Live proposals in milliseconds from one to the next. */
const EVERY_MS = 50
const LIVE_WITHOUT = 200

export const policyReplay: Bench = {
  name: 'policy-replay',
  about: 'seconds to replay 100,000 past requests against a draft, and live proposals meanwhile',
  async run({ databases }) {
    const databaseUrl = await databases.fresh()
    const product = await startProduct(databaseUrl)
    try {
      const { agentCredential } = await registerParties(product)
      const agent = createClient({ origin: product.origin, credential: agentCredential })
      for (const at of TEXTS.keys()) mustSucceed(await agent.propose({ body: proposalOf(at) }))
      await copyRequests(databaseUrl)
      const before = await liveUntil(agent, (made) => made < LIVE_WITHOUT)
      const replayed = { seconds: 0, done: false }
      const replaying = replayAll(product.operator).then((seconds) => Object.assign(replayed, { seconds, done: true }))
      const during = await liveUntil(agent, () => !replayed.done)
      await replaying
      return [
        figure({
          name: 'policy-replay',
          unit: 's',
          value: replayed.seconds,
          target: { of: 'value', is: '<', limit: 60 },
        }),
        figure({
          name: 'policy-replay-live-p99',
          unit: 'ms',
          value: quantile(during, 0.99),
          yardstick: quantile(before, 0.99),
        }),
      ]
    } finally {
      await product.stop()
      await databases.drop(databaseUrl)
    }
  },
}

/** With a mark in its text that each copy replaces. */
function proposalOf(at: number) {
  const [member, piece, last] = TEXTS[at] ?? TEXTS[0]
  const text = `${piece.repeat(Math.ceil(LENGTH / piece.length))} ${last} ${MARK};`
  const args = { board: 'eng', thread: 42, [member]: text }
  const action = {
    name: at === 0 ? 'forum.post' : 'forum.read',
    resource: 'forum:eng',
    arguments: args,
    salt: newSalt(),
  }
  return { audience: FORUM, action }
}

const MARK = 'MARK_OF_A_COPY'

/** Sequences of numbers stand for ids and texts. They expired, so that nothing waits for anybody. */
async function copyRequests(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  await sql`ALTER TABLE entries DISABLE TRIGGER entries_placed`
  await sql`
    WITH originals AS MATERIALIZED (
      SELECT id AS original, to_jsonb(r) AS r, row_number() OVER (ORDER BY id) AS place FROM requests AS r WHERE audience = ${FORUM}
    ),
    copies AS (
      SELECT original, r, lpad(n::text, 21, '0') || 'A' AS id, n FROM generate_series(1, ${REQUESTS}::int) AS n
      JOIN originals ON place = n % 3 + 1
    ),
    texts AS (
      SELECT copies.id, n, kind, replace(content, ${MARK}, n::text) AS content
      FROM copies JOIN payloads ON subject = original AND kind = 'action'
    ),
    digested AS (
      SELECT *, 'sha-256:' || rtrim(translate(encode(sha256(convert_to(content, 'UTF8')), 'base64'), '+/', '-_'), '=') AS digest FROM texts
    ),
    stored AS (
      INSERT INTO payloads (subject, kind, digest, content) SELECT id, kind, digest, content FROM digested
    ),
    -- Of an early transaction, so that the log does not take them in.
    named AS (
      INSERT INTO entries (id, type, at, trace, body, leaf, xid) OVERRIDING SYSTEM VALUE
      SELECT -n, 'request.created', 0, encode(decode(id || '==', 'base64'), 'hex')::uuid, format('{"payloads":["%s"]}', digest), '', '3'
      FROM digested
    )
    INSERT INTO requests SELECT (jsonb_populate_record(NULL::requests, r || jsonb_build_object(
      'id', id, 'txn', id, 'trace', encode(decode(id || '==', 'base64'), 'hex')::uuid, 'state', 'expired', 'created_at', (r->>'created_at')::bigint - n % 86400
    ))).* FROM copies`
  await sql`ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_placed`
  await sql`ANALYZE`
  await sql.end()
}

/** Asks as long as it is wanted, and notes how long each answer took. */
async function liveUntil(agent: Client, isWanted: (made: number) => boolean): Promise<readonly number[]> {
  const times: number[] = []
  while (isWanted(times.length)) {
    const start = performance.now()
    mustSucceed(await agent.propose({ body: proposalOf(1) }))
    const took = performance.now() - start
    times.push(took)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - took)))
  }
  return times
}

const DRAFT = DEFAULT_POLICY.replace('@id("reads")', '@id("reads") @approvers("admin")')

type Page = CallOutput<'replayDraft'>

async function replayAll(operator: Client): Promise<number> {
  const start = performance.now()
  let examined = 0
  let after: Page['next'] = null
  do {
    const body = { text: DRAFT, days: 30, ...(after === null ? {} : { after }) }
    const page: Page = mustSucceed(await operator.call('replayDraft', { body }))
    examined += page.examined
    after = page.next
  } while (after !== null)
  if (examined < REQUESTS) throw new Error(`Only ${examined} requests were replayed`)
  return (performance.now() - start) / 1000
}
