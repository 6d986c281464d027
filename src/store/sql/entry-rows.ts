/**
 * Ledger entries, payloads and notices as parts of a statement, which adds them if its `decided` has a row; or written
 * on their own within the transaction of their fact. SPEC 8, 13.
 */
import { type SQL, sql } from 'drizzle-orm'
import { hex } from '../../domain/hex.ts'
import type { ResultKind } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Notice } from '../../domain/notify/plan.ts'
import type { Runner } from '../driver/database.ts'
import { insertMany, name, statement, type Value } from '../driver/sql-statement.ts'
import { entries, notices, payloads, webhooks } from '../schema/tables.ts'

const given = sql.placeholder

/** Inserts the entries of the parameter `entries`, in their order, if `condition` holds. */
export const insertEntries = (condition: SQL): SQL => {
  const { type, at, trace, body, leaf } = entries
  return sql`INSERT INTO ${entries} (${sql.join([type, at, trace, body, leaf].map(name), sql`, `)})
    SELECT entry.type, entry.at, entry.trace, entry.body, decode(entry.leaf, 'hex')
    FROM ROWS FROM (json_to_recordset(${given('entries')}::text::json)
      AS (type text, at bigint, trace uuid, body text, leaf text))
      WITH ORDINALITY AS entry (type, at, trace, body, leaf, position)
    WHERE ${condition} ORDER BY entry.position`
}

/** Inserts the payloads of the parameter `payloads` if `condition`, in which a row is `many`, holds. */
export const insertPayloads = (condition: SQL): SQL => insertMany(payloads, 'payloads', ['words'], condition)

/** Inserts the notices of the parameter `notices` if `condition` holds. */
export const insertNotices = (condition: SQL): SQL => insertMany(notices, 'notices', ['id'], condition)

/**
 * The notice of what became of a request, where a webhook wants such: `subject` of each row of `decided` that meets the
 * condition. The instant is the parameter `now`.
 */
export const insertResultNotices = (kind: ResultKind, subject: SQL, condition: SQL = sql`true`): SQL => sql`
  INSERT INTO ${notices} (kind, subject, due_at)
  SELECT ${sql.raw(`'${kind}'`)}, ${subject}, ${sql.placeholder('now')}::bigint FROM decided
  WHERE ${condition} AND EXISTS (SELECT FROM ${webhooks}
    WHERE ${webhooks.removedAt} IS NULL AND ${webhooks.events} @> ${sql.raw(`'["${kind}"]'`)}::jsonb)`

/** True when the deciding part of a statement, always named `decided`, has a row: entries depend on their fact. */
export const ifDecided = sql`EXISTS (SELECT FROM decided)`

export const entryRows = (list: readonly PreparedEntry[]): Value => list.map(entryRow)

export const entryRow = ({ type, at, trace, body, leaf }: PreparedEntry) => ({ type, at, trace, body, leaf: hex(leaf) })

export const payloadRows = (list: readonly Payload[]): Value => list.map(payloadRow)

export const payloadRow = ({ subject, kind, digest, content }: Payload) => ({ subject, kind, digest, content })

/** `pg_notify` of a topic, for the final SELECT of a statement: the announcement leaves with the commit. */
export const announce = (topic: SQL): SQL => sql`pg_notify('countersign', ${topic})`

const append = statement(insertEntries(sql`true`))
const keep = statement(insertPayloads(sql`true`))
const put = statement(insertNotices(sql`true`))

/** Writes entries within a transaction, or on their own. */
export async function appendEntries(runner: Runner, list: readonly PreparedEntry[]): Promise<void> {
  if (list.length > 0) await runner.run(append, { entries: entryRows(list) })
}

/** Notices are written in the transaction of their fact. */
export async function putInOutbox(runner: Runner, list: readonly Notice[]): Promise<void> {
  if (list.length > 0) await runner.run(put, { notices: list })
}

export async function keepPayloads(runner: Runner, list: readonly Payload[]): Promise<void> {
  if (list.length > 0) await runner.run(keep, { payloads: payloadRows(list) })
}
