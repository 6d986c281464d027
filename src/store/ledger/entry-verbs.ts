/**
 * Entries and payloads: how a fact's statement writes them along, and how the ledger is read back.
 *
 * In: prepared entries and payloads. Out: SQL that adds them to a statement if its `decided` has a row; stored entries.
 * Ids follow arrival, not commit: a reader may see 8 before 7. Sequencing is a later step. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { PreparedEntry, StoredEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Store } from '../contract/store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { name, statement, type Value } from '../driver/sql-statement.ts'
import { entries, idempotencyKeys, offers, payloads, sessions } from '../schema/tables.ts'

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

/** Inserts the payloads of the parameter `payloads` if `condition` holds. */
export const insertPayloads = (condition: SQL): SQL => {
  const { subject, kind, digest, content } = payloads
  return sql`INSERT INTO ${payloads} (${sql.join([subject, kind, digest, content].map(name), sql`, `)})
    SELECT payload.subject, payload.kind, payload.digest, payload.content
    FROM json_to_recordset(${given('payloads')}::text::json)
      AS payload (subject text, kind text, digest text, content text)
    WHERE ${condition}`
}

/** What makes a fact's entries depend on the fact: `decided` is the name of the deciding part of every statement. */
export const ifDecided = sql`EXISTS (SELECT FROM decided)`

/** The parameter `entries`. */
export const entryRows = (list: readonly PreparedEntry[]): Value => list.map(entryRow)

/** One entry as JSON. */
export const entryRow = ({ type, at, trace, body, leaf }: PreparedEntry) => ({ type, at, trace, body, leaf: hex(leaf) })

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as the statements take them, within JSON. */
export function hex(bytes: Uint8Array): string {
  let digits = ''
  for (const byte of bytes) digits += HEX[byte]
  return digits
}

/** The parameter `payloads`. */
export const payloadRows = (list: readonly Payload[]): Value => list.map(payloadRow)

/** One payload as JSON. */
export const payloadRow = ({ subject, kind, digest, content }: Payload) => ({ subject, kind, digest, content })

/** `pg_notify` of a topic, for the final SELECT of a statement: the announcement leaves with the commit. */
export const announce = (topic: SQL): SQL => sql`pg_notify('countersign', ${topic})`

const append = statement(insertEntries(sql`true`))
const keep = statement(insertPayloads(sql`true`))

/** Writes entries within a transaction, or on their own. */
export async function appendTo(runner: Runner, list: readonly PreparedEntry[]): Promise<void> {
  if (list.length > 0) await runner.run(append, { entries: entryRows(list) })
}

export async function keepPayloads(runner: Runner, list: readonly Payload[]): Promise<void> {
  if (list.length > 0) await runner.run(keep, { payloads: payloadRows(list) })
}

const stored = sql`${entries.id} AS "id", ${entries.body} AS "body", ${entries.leaf} AS "leaf" FROM ${entries}`
const ofTrace = statement<StoredEntry>(
  sql`SELECT ${stored} WHERE ${entries.trace} = ${given('trace')}::uuid ORDER BY ${entries.id}`,
)
const after = statement<StoredEntry>(
  sql`SELECT ${stored} WHERE ${entries.id} > ${given('after')} ORDER BY ${entries.id} LIMIT ${given('limit')}`,
)

const DAY_SECONDS = 86_400
const sweepAway = statement(sql`
  WITH old_sessions AS (DELETE FROM ${sessions} WHERE ${sessions.expiresAt} <= ${given('now')}),
  old_offers AS (DELETE FROM ${offers} WHERE ${offers.expiresAt} <= ${given('now')})
  DELETE FROM ${idempotencyKeys} WHERE ${idempotencyKeys.createdAt} < ${given('dayBefore')}`)

export const ledgerVerbs = (
  database: Database,
): Pick<Store, 'appendEntries' | 'entriesOfTrace' | 'entriesAfter' | 'sweep'> => ({
  appendEntries: (list) => appendTo(database, list),
  entriesOfTrace: async (trace) => (await database.run(ofTrace, { trace })).map(plain),
  entriesAfter: async (page) => (await database.run(after, page)).map(plain),
  async sweep(now) {
    await database.run(sweepAway, { now, dayBefore: now - DAY_SECONDS })
  },
})

// One driver gives a Buffer, the other a Uint8Array.
const plain = ({ id, body, leaf }: StoredEntry): StoredEntry => ({ id, body, leaf: new Uint8Array(leaf) })
