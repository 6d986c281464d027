/**
 * Followers of the log: missing outcomes, and the erasure of payloads. A follower's position is a leaf index, moved in
 * the same transaction as its work, so nothing is skipped or done twice, and the hot path keeps no lists. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { ErasedRequest, ErasureOrder, MissingOutcome, OverdueStore } from '../contract/ledger-store.ts'
import type { EndedRequest } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import {
  entryIndex,
  erasures,
  logCursors,
  payloads,
  redemptions,
  requests,
  tokens,
  tokenTexts,
} from '../schema/tables.ts'
import { appendEntries } from '../sql/entry-rows.ts'
import { endedFields, requestOf, traceOf } from '../sql/request-fields.ts'

const given = sql.placeholder
const requestId = requestOf(sql`${entryIndex.trace}`)
const ids = sql`SELECT json_array_elements_text(${given('requests')}::text::json)`

interface Seen {
  readonly index: number
  readonly request: string
}

// ── outcomes ───────────────────────────────────────────────────────────────

const cursorOf = statement<{ index: number }>(sql`
  INSERT INTO ${logCursors} (name, leaf_index) VALUES ('outcome', -1)
  ON CONFLICT (name) DO UPDATE SET leaf_index = ${logCursors.leafIndex} RETURNING ${logCursors.leafIndex} AS "index"`)
const moveCursor = statement(
  sql`UPDATE ${logCursors} SET leaf_index = ${given('index')}::bigint WHERE name = 'outcome'`,
)
const redeemedAfter = (after: SQL) =>
  statement<Seen>(sql`
  SELECT seen.index AS "index", seen.request AS "request" FROM (
    SELECT ${entryIndex.leafIndex} AS index, ${entryIndex.at} AS at, ${requestId} AS request FROM ${entryIndex}
    WHERE ${entryIndex.type} = 'token.redeemed' AND ${entryIndex.leafIndex} > ${after}
    ORDER BY ${entryIndex.leafIndex} LIMIT ${given('limit')}::integer
  ) AS seen WHERE seen.at <= ${given('due')}::bigint ORDER BY seen.index`)
const isAnyDue = redeemedAfter(sql`COALESCE((SELECT leaf_index FROM ${logCursors} WHERE name = 'outcome'), -1)`)
const dueAfter = redeemedAfter(sql`${given('index')}::bigint`)

const noteMissing = statement<MissingOutcome>(sql`
  WITH missing AS (
    UPDATE ${redemptions} SET missing_at = ${given('now')}::bigint
    WHERE jti IN (SELECT ${tokens.jti} FROM ${tokens} WHERE ${tokens.request} IN (${ids}))
      AND outcome IS NULL AND missing_at IS NULL AND redeemed_at <= ${given('due')}::bigint
      AND audience <> ${given('own')}
    RETURNING jti, use, request
  )
  SELECT missing.jti AS "jti", missing.use AS "use", ${endedFields} FROM missing
  JOIN ${requests} ON ${requests.id} = missing.request`)

async function missOutcomes(database: Database, input: Parameters<OverdueStore['missOutcomes']>[0]): Promise<number> {
  const { own, now, due, limit, entryFor } = input
  if ((await database.run(isAnyDue, { due, limit: 1 })).length === 0) return 0
  return database.transaction(async (transaction) => {
    const [cursor] = await transaction.run(cursorOf)
    const seen = await transaction.run(dueAfter, { index: cursor?.index ?? -1, due, limit })
    const last = seen.at(-1)
    if (!last) return 0
    const missing = await transaction.run(noteMissing, { requests: seen.map(({ request }) => request), own, now, due })
    await appendEntries(transaction, await Promise.all(missing.map(entryFor)))
    await transaction.run(moveCursor, { index: last.index })
    return missing.length
  })
}

const requestOfToken = statement<{ request: string }>(
  sql`SELECT ${tokens.request} AS "request" FROM ${tokens} WHERE ${tokens.jti} = ${given('jti')}`,
)

// ── erasure ────────────────────────────────────────────────────────────────

const openErasures = statement<ErasureOrder>(sql`
  SELECT ${fields(erasures, ['doneAt'])} FROM ${erasures} WHERE ${erasures.doneAt} IS NULL
  ORDER BY ${erasures.id} LIMIT ${given('limit')}::integer`)
const takeOrder = statement<Pick<ErasureOrder, 'id' | 'next'>>(sql`
  SELECT ${erasures.id} AS "id", ${erasures.next} AS "next" FROM ${erasures} WHERE ${erasures.doneAt} IS NULL
    AND ${erasures.id} IN (SELECT json_array_elements_text(${given('orders')}::text::json))
  ORDER BY ${erasures.id} LIMIT 1 FOR UPDATE SKIP LOCKED`)
const moveOrder = statement(sql`UPDATE ${erasures} SET next = ${given('next')}::bigint,
  done_at = ${given('doneAt')}::bigint WHERE id = ${given('id')}`)
const extendRetention = statement(sql`
  INSERT INTO ${erasures} (id, rule, before, next) VALUES ('retention', 'age', ${given('before')}::bigint, 0)
  ON CONFLICT (id) DO UPDATE SET before = excluded.before, done_at = NULL WHERE ${erasures.before} + 60 <= excluded.before`)

const isOver = sql`(${requests.state} NOT IN ('pending', 'approved') OR ${requests.expiresAt} <= ${given('now')}::bigint
    OR ${tokens.jti} IS NOT NULL)
  AND (${tokens.jti} IS NULL OR ${tokens.expiresAt} <= ${given('now')}::bigint OR ${tokens.uses} <=
    (SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti}))`
const candidates = (condition: SQL) =>
  statement<EndedRequest & { readonly index: number; readonly over: boolean }>(sql`
  SELECT ${entryIndex.leafIndex} AS "index", ${isOver} AS "over", ${endedFields} FROM ${entryIndex}
  JOIN ${requests} ON ${requests.id} = ${requestId} LEFT JOIN ${tokens} ON ${tokens.request} = ${requests.id}
  WHERE ${entryIndex.type} = 'request.created' AND ${entryIndex.leafIndex} >= ${given('next')}::bigint
    AND ${entryIndex.at} < ${given('before')}::bigint AND ${condition}
  ORDER BY ${entryIndex.leafIndex} LIMIT ${given('limit')}::integer`)

const subject = given('subject')
const CANDIDATES = {
  age: candidates(sql`true`),
  principal: candidates(sql`${entryIndex.principal} = ${subject}`),
  request: candidates(sql`${entryIndex.trace} = ${traceOf(sql`${subject}`)}`),
}

/** The proof of configuration: the action of a change that was made, and what a first admin was shown. SPEC 10.4. */
const isProof = sql`(${payloads.kind} = 'registered' OR ${payloads.kind} = 'action' AND EXISTS (
  SELECT FROM ${requests} JOIN ${redemptions} ON ${redemptions.request} = ${requests.id}
  WHERE ${requests.id} = ${payloads.subject} AND ${requests.name} LIKE 'countersign.%'))`
const erasable = (scope: SQL) =>
  statement<{ readonly kind: string; readonly count: number; readonly requests: number }>(sql`
  WITH found AS (SELECT ${requests.id} AS id FROM ${requests} WHERE ${requests.createdAt} < ${given('before')}::bigint
    AND ${scope} ORDER BY ${requests.createdAt} LIMIT ${given('limit')}::integer),
  kept AS (SELECT ${payloads.subject} AS subject, ${payloads.kind} AS kind FROM found
    JOIN ${payloads} ON ${payloads.subject} = found.id WHERE NOT ${isProof})
  SELECT kind AS "kind", count(*)::integer AS "count", (SELECT count(DISTINCT subject)::integer FROM kept) AS "requests"
  FROM kept GROUP BY kind ORDER BY kind`)
const ERASABLE = {
  age: erasable(sql`true`),
  principal: erasable(sql`${requests.principal} = ${subject}`),
  request: erasable(sql`${requests.id} = ${subject}`),
}

async function countErasable(database: Database, input: Parameters<OverdueStore['countErasable']>[0]) {
  const { rule, subject: of, before, limit } = input
  const rows = await database.run(ERASABLE[rule], { before, limit, ...(rule === 'age' ? {} : { subject: of }) })
  return { requests: rows[0]?.requests ?? 0, payloads: rows.map(({ kind, count }) => ({ kind, count })) }
}

const erasePayloads = statement<{ subject: string; digest: ErasedRequest['digests'][number] }>(sql`
  DELETE FROM ${payloads} WHERE ${payloads.subject} IN (${ids}) AND NOT ${isProof}
  RETURNING ${payloads.subject} AS "subject", ${payloads.digest} AS "digest"`)
const eraseTexts = statement<{ request: string; jti: string }>(sql`
  WITH ended AS (SELECT jti, request FROM ${tokens} WHERE ${tokens.request} IN (${ids})),
  signatures AS (UPDATE ${redemptions} SET signature = NULL
    WHERE jti IN (SELECT jti FROM ended) AND signature IS NOT NULL),
  texts AS (DELETE FROM ${tokenTexts} WHERE jti IN (SELECT jti FROM ended) RETURNING jti)
  SELECT ended.request AS "request", ended.jti AS "jti" FROM texts JOIN ended ON ended.jti = texts.jti`)

async function erase(transaction: Runner, over: readonly EndedRequest[]): Promise<readonly ErasedRequest[]> {
  const wanted = { requests: over.map(({ id }) => id) }
  const [gone, texts] = [await transaction.run(erasePayloads, wanted), await transaction.run(eraseTexts, wanted)]
  return over
    .map((request) => ({
      request,
      digests: gone.filter((row) => row.subject === request.id).map(({ digest }) => digest),
      jti: texts.find((row) => row.request === request.id)?.jti ?? null,
    }))
    .filter(({ digests, jti }) => digests.length > 0 || jti !== null)
}

async function erasePortion(transaction: Runner, input: Parameters<OverdueStore['erasePortion']>[0]) {
  const { now, limit, entryFor } = input
  const [taken] = await transaction.run(takeOrder, { orders: input.orders.map(({ id }) => id) })
  const order = input.orders.find(({ id }) => id === taken?.id)
  if (!taken || !order) return null
  const { next } = taken
  const { before, subject: of } = order
  const values = { next, before, limit, now, ...(order.rule === 'age' ? {} : { subject: of }) }
  const found = await transaction.run(CANDIDATES[order.rule], values)
  const alive = found.findIndex(({ over }) => !over)
  const over = found.slice(0, alive < 0 ? found.length : alive)
  const erased = await erase(transaction, over)
  await appendEntries(transaction, await Promise.all(erased.map((one) => entryFor(order, one))))
  const isDone = alive < 0 && found.length < limit
  if (isDone && order.rule === 'principal') await transaction.run(erasePayloads, { requests: [of] })
  await transaction.run(moveOrder, {
    id: order.id,
    next: (over.at(-1)?.index ?? next - 1) + 1,
    doneAt: isDone ? now : null,
  })
  return over.length
}

export const followingVerbs = (database: Database) =>
  ({
    missOutcomes: (input) => missOutcomes(database, input),
    requestOfToken: async (jti) => (await database.run(requestOfToken, { jti }))[0]?.request,
    async extendRetention(before) {
      await database.run(extendRetention, { before })
    },
    countErasable: (input) => countErasable(database, input),
    openErasures: ({ limit }) => database.run(openErasures, { limit }),
    erasePortion: (input) => database.transaction((transaction) => erasePortion(transaction, input)),
  }) satisfies Partial<OverdueStore>
