/**
 * Searches a log of millions of entries a page at a time, and what the entries of a page say of their traces. Also the
 * erasable texts that entries name by digest: ended tokens and outcome reports. SPEC 8.
 */
import type { OutcomeReport } from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type {
  Activity,
  Artifact,
  EntryPage,
  FoundEntry,
  FoundPage,
  Report,
  UnprovedEntry,
} from '../../domain/ledger/found-entry.ts'
import { parseEntry } from '../../domain/ledger/leaf.ts'
import type { SearchStore } from '../contract/search-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { activity, entries, leaves, payloads, redemptions, tokens, tokenTexts } from '../schema/tables.ts'
import { erasuresOf, recordedContent, reportsOf } from '../sql/recorded-content.ts'
import { hasSensitive, requestOf, wordsOf } from '../sql/request-fields.ts'
import { findEntries, takeEntries } from './find-entries.ts'

const given = sql.placeholder

// A reason may repeat what is sensitive: then only who uncovers the request reads it, there.
const reasonOfDenial = sql`CASE ${entries.type} WHEN 'consent.denied' THEN (SELECT ${recordedContent} FROM ${payloads}
  WHERE ${payloads.subject} = ${requestOf(sql`${entries.trace}`)} AND ${payloads.kind} = 'denial'
    AND NOT ${hasSensitive(sql`${payloads.subject}`)} LIMIT 1) END`

interface PageRow extends Pick<FoundEntry, 'index' | 'body' | 'leaf' | 'reason'> {
  /** The entries of its trace that tell how it ended, in log order; null where there is none. */
  readonly ends: readonly string[] | null
}

const pageOf = statement<PageRow>(sql`
  WITH page AS MATERIALIZED (
    SELECT ${leaves.index} AS index, ${entries.id} AS id, ${entries.trace} AS trace
    FROM json_array_elements_text(${given('indexes')}::text::json) AS one
    JOIN ${leaves} ON ${leaves.index} = one::bigint JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  ),
  ends AS MATERIALIZED (
    SELECT traces.trace, (SELECT json_agg(${entries.body} ORDER BY ${leaves.index})
      FROM ${entries} JOIN ${leaves} ON ${leaves.entry} = ${entries.id} WHERE ${entries.trace} = traces.trace
        AND ${entries.type} IN ('consent.given', 'outcome.reported', 'outcome.missing')) AS bodies
    FROM (SELECT DISTINCT trace FROM page) AS traces
  )
  SELECT page.index AS "index", ${entries.body} AS "body", ${entries.leaf} AS "leaf", ${reasonOfDenial} AS "reason",
    ends.bodies AS "ends"
  FROM page JOIN ${entries} ON ${entries.id} = page.id JOIN ends ON ends.trace = page.trace`)

/** Who consented in the trace of an entry, and how it ended. */
function storyOf(ends: readonly string[] | null): Pick<FoundEntry, 'approvedBy' | 'ended'> {
  const read = (ends ?? []).map(parseEntry)
  const isConsent = ({ type }: { readonly type: string }) => type === 'consent.given'
  const approvers = new Set(read.filter(isConsent).flatMap(({ approver }) => approver ?? []))
  const last: { readonly outcome?: OutcomeReport['outcome'] } | undefined = read.findLast((entry) => !isConsent(entry))
  return { approvedBy: [...approvers].sort(), ended: last ? (last.outcome ?? 'indeterminate') : null }
}

// In log order, which also holds for entries that are not sequenced yet.
const unproved = statement<UnprovedEntry>(sql`
  WITH last AS MATERIALIZED (
    SELECT ${entries.xid} AS xid, ${entries.id} AS id FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry}
    WHERE ${leaves.index} = ${given('size')}::bigint - 1
  )
  SELECT ${entries.body} AS "body", ${entries.leaf} AS "leaf", ${reasonOfDenial} AS "reason" FROM ${entries}
  WHERE (${entries.xid}, ${entries.id}) >
    (COALESCE((SELECT xid FROM last), '0'::xid8), COALESCE((SELECT id FROM last), 0))
  ORDER BY ${entries.xid} DESC, ${entries.id} DESC LIMIT ${given('limit')}::integer`)

const byPrefix = statement<{ index: number }>(sql`
  SELECT ${leaves.index} AS "index" FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  WHERE ${leaves.prefix} = ${given('prefix')}::bigint AND ${entries.leaf} = ${given('hash')}
  ORDER BY ${leaves.index} LIMIT 1`)
const counts = statement<Activity>(sql`
  SELECT ((${activity.start} - ${given('from')}::bigint) / ${given('seconds')}::bigint)::integer AS "bucket",
    ${activity.type} AS "type", sum(${activity.count})::bigint AS "count" FROM ${activity}
  WHERE ${activity.width} = ${given('width')}::integer AND ${activity.start} >= ${given('from')}::bigint
    AND ${activity.start} < ${given('to')}::bigint
  GROUP BY 1, 2 ORDER BY 1, 2`)

const readable = ({ leaf, reason }: Pick<FoundEntry, 'leaf' | 'reason'>) => ({
  leaf: new Uint8Array(leaf),
  reason: wordsOf(reason),
})

async function search(database: Database, filter: EntryFilter, page: EntryPage): Promise<FoundPage> {
  const found = await findEntries(database, filter, page)
  const indexes = await takeEntries(found, page.limit)
  const rows = indexes.length === 0 ? [] : await database.run(pageOf, { indexes })
  const byIndex = new Map(rows.map((row) => [row.index, row]))
  const entriesOf = (index: number): readonly FoundEntry[] => {
    const row = byIndex.get(index)
    return row ? [{ index, body: row.body, ...readable(row), ...storyOf(row.ends) }] : []
  }
  return { entries: indexes.flatMap(entriesOf), indexedThrough: found.through }
}

const FROM_THE_START = { order: 'oldest', after: null } as const

async function count(database: Database, filter: EntryFilter, limit: number): Promise<number> {
  const { batches } = await findEntries(database, filter, FROM_THE_START)
  let counted = 0
  for await (const batch of batches) {
    counted += batch.length
    if (counted >= limit) return limit
  }
  return counted
}

// Where the process that minted died before it kept the signature, a redemption kept the one that it was shown.
const artifactsAt = statement<Artifact>(sql`
  SELECT ${leaves.index} AS "index", ${tokens.jti} AS "jti", ${tokenTexts.claims} AS "claims", ${tokenTexts.kid} AS "kid",
    coalesce(${tokenTexts.signature}, (SELECT ${redemptions.signature} FROM ${redemptions}
      WHERE ${redemptions.jti} = ${tokens.jti} AND ${redemptions.signature} IS NOT NULL
      ORDER BY ${redemptions.use} LIMIT 1)) AS "signature"
  FROM json_array_elements_text(${given('indexes')}::text::json) AS one
  JOIN ${leaves} ON ${leaves.index} = one::bigint JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  JOIN ${tokens} ON ${tokens.request} = ${requestOf(sql`${entries.trace}`)}
  LEFT JOIN ${tokenTexts} ON ${tokenTexts.jti} = ${tokens.jti}
  WHERE ${tokens.expiresAt} <= ${given('now')}::bigint OR ${tokens.uses} <=
      (SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti})
  ORDER BY ${leaves.index} LIMIT ${given('limit')}::integer`)

async function artifacts(
  database: Database,
  { after, limit, now }: Parameters<SearchStore['artifacts']>[0],
): Promise<readonly Artifact[]> {
  const found: Artifact[] = []
  const { batches } = await findEntries(database, { type: 'token.issued' }, { order: 'oldest', after })
  for await (const indexes of batches) {
    found.push(...(await database.run(artifactsAt, { indexes, limit: limit - found.length, now })))
    if (found.length === limit) break
  }
  return found
}

const reports = statement<Report>(reportsOf(sql`${given('trace')}::uuid`))
const erasures = statement<{ bodies: readonly string[] | null }>(
  sql`SELECT ${erasuresOf(sql`${given('trace')}::uuid`)} AS "bodies"`,
)

export const searchVerbs = (database: Database) =>
  ({
    search: ({ filter, page }) => search(database, filter, page),
    count: ({ filter, limit }) => count(database, filter, limit),
    unproved: async (input) =>
      (await database.run(unproved, input)).map((row) => ({ body: row.body, ...readable(row) })),
    indexOfLeaf: async (leaf) => (await database.run(byPrefix, { ...leaf }))[0]?.index,
    activity: (span) => database.run(counts, span),
    artifacts: (page) => artifacts(database, page),
    reports: (trace) => database.run(reports, { trace }),
    erasures: async (trace) => (await database.run(erasures, { trace }))[0]?.bodies ?? [],
  }) satisfies SearchStore
