/**
 * Payloads held against the ledger: what its entries name, and the contents that are exactly that. SPEC 8.
 *
 * The first entry of a fact in the log counts: entries can be added to the database, and no leaf is moved.
 */
import { type SQL, sql } from 'drizzle-orm'
import { enrolledApprover } from '../schema/configuration-entries.ts'
import { entries, leaves, payloads, requests } from '../schema/tables.ts'
import { digestOf, requestOf, traceOf } from './request-fields.ts'

// A body is canonical, and no member before has one of these names.
const said = sql`SELECT ${entries.id} AS id, ${entries.type} AS type,
    CASE WHEN strpos(${entries.body}, '"use":') > 0 THEN substring(${entries.body} FROM '"use":[0-9]+') END AS use,
    strpos(${entries.body}, '"outcome":"indeterminate"') > 0 AS is_unsure,
    nullif(split_part(split_part(${entries.body}, '"payloads":[', 2), ']', 1), '') AS digests,
    (SELECT ${leaves.index} FROM ${leaves} WHERE ${leaves.entry} = ${entries.id}) AS leaf FROM ${entries}`

/** Of these entries the first of each type; of a token's outcomes the first of each use, and the first that was known. */
const firstOf = (condition: SQL): SQL => sql`(SELECT DISTINCT ON (type, use, is_unsure) type, digests
  FROM (${said} WHERE ${condition}) AS said ORDER BY type, use, is_unsure, leaf NULLS LAST, id)`

/** The digests that these entries name, each in quotes. */
const namedBy = (condition: SQL): SQL => sql`(SELECT string_agg(digests, ',') FROM ${firstOf(condition)} AS first)`

const naming = sql`CASE ${payloads.kind} WHEN 'denial' THEN 'consent.denied' WHEN 'purpose' THEN 'session.opened'
  WHEN 'killswitch' THEN 'killswitch.engaged' WHEN 'breakglass' THEN 'breakglass.opened' ELSE 'request.created' END`
const named = sql`CASE ${payloads.kind}
  WHEN 'person' THEN ${namedBy(sql`type = 'approver.enrolled' AND ${enrolledApprover} = ${payloads.subject}`)}
  ELSE ${namedBy(sql`${entries.trace} = ${traceOf(sql`${payloads.subject}`)} AND ${entries.type} = ${naming}`)} END`

/** Whether a payload has the content that its digest is of. */
const isWhole = sql`(${payloads.digest} = ${digestOf(sql`${payloads.content}`)})`

/** A payload's digest, and its content, `ALTERED` where that is of another digest. Whether the ledger names it is not read. */
export const heldContent = sql`json_build_object('digest', ${payloads.digest},
  'content', CASE WHEN ${isWhole} THEN ${payloads.content} ELSE '' END)`

/** The content of a payload that has the digest which the ledger names for its subject; else `ALTERED`. */
export const recordedContent = sql`CASE WHEN ${isWhole}
  AND strpos(${named}, '"' || ${payloads.digest} || '"') > 0 THEN ${payloads.content} ELSE '' END`

/** The same of the one payload of a subject that is never erased: where its row is gone, it is `ALTERED` too. */
export const lastingContent = (subject: SQL, kind: 'breakglass' | 'killswitch' | 'purpose'): SQL =>
  sql`coalesce((SELECT ${recordedContent} FROM ${payloads}
    WHERE ${payloads.subject} = ${subject} AND ${payloads.kind} = ${sql.raw(`'${kind}'`)} LIMIT 1), '')`

/** Digests of a list as `namedBy` gives it, as rows of one text. */
const listed = (list: SQL): SQL => sql`unnest(string_to_array(replace(${list}, '"', ''), ','))`

/** What executors reported of a trace, as a `Report`. */
export const reportsOf = (trace: SQL): SQL => sql`SELECT named.digest AS "digest",
    CASE WHEN ${isWhole} THEN ${payloads.content} END AS "content", NOT coalesce(${isWhole}, false) AS "altered"
  FROM ${listed(namedBy(sql`${entries.trace} = ${trace} AND ${entries.type} = 'outcome.reported'`))} AS named (digest)
  LEFT JOIN ${payloads} ON ${payloads.subject} = ${requestOf(trace)} AND ${payloads.kind} = 'outcome'
    AND ${payloads.digest} = named.digest
  ORDER BY 1`

/** The entries by which the texts of a request were erased, as a JSON array. */
export const erasuresOf = (
  trace: SQL,
): SQL => sql`(SELECT json_agg(${entries.body} ORDER BY ${entries.id}) FROM ${entries}
  WHERE ${entries.trace} = ${trace} AND ${entries.type} = 'payload.erased')`

/** Whether every text that a request was opened with has its row. */
export const noneIsGone = sql`NOT EXISTS (SELECT
  FROM ${listed(namedBy(sql`${entries.trace} = ${requests.trace} AND ${entries.type} = 'request.created'`))} AS named (digest)
  WHERE NOT EXISTS (SELECT FROM ${payloads}
    WHERE ${payloads.subject} = ${requests.id} AND ${payloads.digest} = named.digest))`

/** The digests of the texts that a request was opened and denied with, and where such texts are gone, a `Loss`. */
export const namedTexts = sql`(SELECT json_build_object('created', created, 'denied', denied, 'loss', (
    SELECT CASE WHEN count(*) > 0 THEN json_build_object('digests', json_agg(named.digest),
      'erasures', coalesce(${erasuresOf(sql`${requests.trace}`)}, '[]')) END
    FROM ${listed(sql`concat_ws(',', created, denied)`)} AS named (digest)
    WHERE NOT EXISTS (SELECT FROM ${payloads}
      WHERE ${payloads.subject} = ${requests.id} AND ${payloads.digest} = named.digest)))
  FROM (SELECT string_agg(digests, ',') FILTER (WHERE type = 'request.created') AS created,
      string_agg(digests, ',') FILTER (WHERE type = 'consent.denied') AS denied
    FROM ${firstOf(sql`${entries.trace} = ${requests.trace} AND ${entries.type} IN ('request.created', 'consent.denied')`)} AS first
  ) AS texts)`
