/**
 * Followers of the log: missing outcomes, and the erasure of payloads, with what the search index knows of them. A follower's position is a leaf index, moved in
 * the same transaction as its work, so nothing is skipped or done twice, and the hot path keeps no lists. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type { ErasedRequest, ErasureOrder, MissingOutcome, OverdueStore } from '../contract/ledger-store.ts'
import type { EndedRequest } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import {
  entries,
  erasures,
  leaves,
  logCursors,
  payloads,
  redemptions,
  requests,
  tokens,
  tokenTexts,
} from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { appendEntries } from '../sql/entry-rows.ts'
import { endedFields, requestOf } from '../sql/request-fields.ts'
import { beginForgetting } from './fact-index.ts'
import { findEntries, takeEntries } from './find-entries.ts'

const given = sql.placeholder
const requestId = requestOf(sql`${entries.trace}`)
const found = sql`json_array_elements_text(${given('indexes')}::text::json) AS one
  JOIN ${leaves} ON ${leaves.index} = one::bigint JOIN ${entries} ON ${entries.id} = ${leaves.entry}`
const ids = sql`SELECT json_array_elements_text(${given('requests')}::text::json)`

interface Seen {
  readonly index: number
  readonly request: string
}

// ── outcomes ───────────────────────────────────────────────────────────────

const cursorOf = statement<{ index: number }>(sql`
  INSERT INTO ${logCursors} (name, leaf_index) VALUES ('outcome', -1)
  ON CONFLICT (name) DO UPDATE SET leaf_index = ${logCursors.leafIndex} RETURNING ${logCursors.leafIndex} AS "index"`)
const currentCursor = statement<{ index: number }>(
  sql`SELECT ${logCursors.leafIndex} AS "index" FROM ${logCursors} WHERE ${logCursors.name} = 'outcome'`,
)
const moveCursor = statement(
  sql`UPDATE ${logCursors} SET leaf_index = ${given('index')}::bigint WHERE name = 'outcome'`,
)
const redeemedAt = statement<Seen>(sql`
  SELECT ${leaves.index} AS "index", ${requestId} AS "request" FROM ${found}
  WHERE ${entries.at} <= ${given('due')}::bigint ORDER BY ${leaves.index}`)

/** Those of the next `limit` redemptions in the log that are due. */
async function dueAfter(runner: Runner, after: number, due: number, limit: number): Promise<readonly Seen[]> {
  const search = await findEntries(runner, { type: 'token.redeemed' }, { order: 'oldest', after })
  const indexes = await takeEntries(search, limit)
  return indexes.length === 0 ? [] : runner.run(redeemedAt, { indexes, due })
}

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
  const [before] = await database.run(currentCursor)
  if ((await dueAfter(database, before?.index ?? -1, due, 1)).length === 0) return 0
  return database.transaction(async (transaction) => {
    const [cursor] = await transaction.run(cursorOf)
    const seen = await dueAfter(transaction, cursor?.index ?? -1, due, limit)
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

export const isOpenErasure = sql`${erasures.doneAt} IS NULL`
const openErasures = statement<ErasureOrder>(sql`
  SELECT ${fields(erasures, ['doneAt'])} FROM ${erasures} WHERE ${isOpenErasure}
  ORDER BY ${erasures.id} LIMIT ${given('limit')}::integer`)
const takeOrder = statement<Pick<ErasureOrder, 'id' | 'next'>>(sql`
  SELECT ${erasures.id} AS "id", ${erasures.next} AS "next" FROM ${erasures} WHERE ${isOpenErasure}
    AND ${among(erasures.id, 'orders')}
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
interface Candidate extends EndedRequest {
  readonly index: number
  readonly over: boolean
}

const candidatesAt = statement<Candidate>(sql`
  SELECT ${leaves.index} AS "index", ${isOver} AS "over", ${endedFields} FROM ${found}
  JOIN ${requests} ON ${requests.id} = ${requestId} LEFT JOIN ${tokens} ON ${tokens.request} = ${requests.id}
  ORDER BY ${leaves.index}`)
/** The entries that an order concerns. */
function scopeOf({ rule, subject, before }: Omit<ErasureOrder, 'next'>): EntryFilter {
  const all = { type: 'request.created', to: before - 1 }
  if (rule === 'age' || subject === null) return all
  return rule === 'principal' ? { ...all, principal: subject } : { ...all, trace: traceOf(subject) }
}

/** The next `limit` of them in the log; `isLast` where there are no more. */
async function candidatesOf(
  runner: Runner,
  order: Omit<ErasureOrder, 'next'>,
  { next, limit, now }: { readonly next: number; readonly limit: number; readonly now: number },
): Promise<{ readonly candidates: readonly Candidate[]; readonly isLast: boolean }> {
  const search = await findEntries(runner, scopeOf(order), { order: 'oldest', after: next - 1 })
  const indexes = await takeEntries(search, limit)
  const candidates = indexes.length === 0 ? [] : await runner.run(candidatesAt, { indexes, now })
  return { candidates, isLast: indexes.length < limit && search.through === null }
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
const subject = given('subject')
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
  const forget = await beginForgetting(transaction)
  const { candidates, isLast } = await candidatesOf(transaction, order, { next, limit, now })
  const alive = candidates.findIndex(({ over }) => !over)
  const over = candidates.slice(0, alive < 0 ? candidates.length : alive)
  const erased = await erase(transaction, over)
  await forget(erased.map(({ request }) => request.trace))
  await appendEntries(transaction, await Promise.all(erased.map((one) => entryFor(order, one))))
  const isDone = alive < 0 && isLast
  if (isDone && order.rule === 'principal') await transaction.run(erasePayloads, { requests: [order.subject] })
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
