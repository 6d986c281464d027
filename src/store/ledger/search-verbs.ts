/**
 * Searches a log of millions of entries: each page is one range of one index. Every index ends in the leaf index, and
 * the counts by minute and hour turn a span of time into a span of leaf indexes, so no filter sorts or reads far beyond
 * its page. Also the erasable texts that entries name by digest: ended tokens and outcome reports. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type {
  Activity,
  Artifact,
  EntryPage,
  FoundEntry,
  Report,
  UnprovedEntry,
} from '../../domain/ledger/found-entry.ts'
import type { SearchStore } from '../contract/search-store.ts'
import type { Database } from '../driver/database.ts'
import { statement, type Value } from '../driver/sql-statement.ts'
import { activity, entries, entryIndex, leaves, payloads, redemptions, tokens, tokenTexts } from '../schema/tables.ts'
import { erasuresOf, recordedContent, reportsOf } from '../sql/recorded-content.ts'
import { hasSensitive, requestOf, traceOf, wordsOf } from '../sql/request-fields.ts'
import { type Lead, leadsOf, siftsOf, traceOfAction } from './search-leads.ts'

const given = sql.placeholder
const at = entryIndex.leafIndex

const DAY_SECONDS = 86_400
/** Minutes for spans of up to two days; beyond that, hours are exact enough. */
const widthFor = (seconds: number): number => (seconds > 2 * DAY_SECONDS ? 3600 : 60)

const bounds = statement<{ first: number | null; last: number | null }>(sql`
  SELECT min(${activity.first}) AS "first", max(${activity.last}) AS "last" FROM ${activity}
  WHERE ${activity.width} = ${given('width')}::integer AND ${activity.start} <= ${given('to')}::bigint
    AND ${activity.start} > ${given('from')}::bigint - ${given('width')}::integer`)

/** Entries whose words are checked one by one before the index of words is used: some 50 ms. */
const WALKED = 12_000

// Compared and ordered as a row, so that only the member's own index gives the order: otherwise the planner would walk
// the log from its end in the hope of a rare value, and read all of it. A trace has few entries, so there an
// equality lets the planner read just those.
function rangeOf(lead: Lead | null, sifts: readonly SQL[], direction: SQL, limit: SQL): SQL {
  const place = lead ? sql`(${lead.column}, ${at})` : at
  const bound = (end: string) => (lead ? sql`(${lead.value}, ${given(end)}::bigint)` : sql`${given(end)}::bigint`)
  const conditions = [
    sql`${place} >= ${bound('first')}`,
    sql`${place} <= ${bound('last')}`,
    ...(lead ? [sql`${lead.column} IS NOT NULL`] : []),
    ...(lead?.column === entryIndex.trace ? [sql`${lead.column} = ${lead.value}`] : []),
    ...sifts,
  ]
  const order = lead ? sql`${lead.column} ${direction}, ${at} ${direction}` : sql`${at} ${direction}`
  return sql`(SELECT ${at} AS found, ${entryIndex.trace} AS trace FROM ${entryIndex}
    WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${order} LIMIT ${limit})`
}

function rangesOf(filter: EntryFilter, direction: SQL, limit: SQL): SQL {
  const ranges = leadsOf(filter).map((lead) => rangeOf(lead, siftsOf(filter, lead), direction, limit))
  return sql`SELECT DISTINCT found, trace FROM (${sql.join(ranges, sql` UNION ALL `)}) AS range`
}

/** The nearest entries that match otherwise, sifted by words, one lookup a request: fast for common words. */
const nearest = (filter: EntryFilter, direction: SQL): SQL => sql`
  WITH near AS MATERIALIZED (${rangesOf(filter, direction, sql`${given('walked')}::integer`)}),
  said AS MATERIALIZED (
    SELECT trace FROM (SELECT DISTINCT trace FROM near) AS traces
    WHERE (SELECT ${payloads.words} @@ ${given('query')}::text::tsquery FROM ${payloads}
      WHERE ${payloads.subject} = ${requestOf(sql`traces.trace`)} AND ${payloads.kind} = 'action' LIMIT 1)
  )
  SELECT near.found, near.trace FROM near JOIN said ON said.trace = near.trace`

/**
 * The entries of all requests with these words, sifted by the rest: reads each such request, so fast for rare words.
 */
function saying(filter: EntryFilter): SQL {
  const named = filter.text === undefined ? [] : leadsOf(filter).flatMap((lead) => lead ?? [])
  const sifts = [
    sql`${at} BETWEEN ${given('first')}::bigint AND ${given('last')}::bigint`,
    ...(filter.action === undefined ? [] : [sql`${entryIndex.trace} = ${traceOfAction}`]),
    ...siftsOf({ ...filter, action: undefined }, null),
    ...(named.length === 0
      ? []
      : [
          sql`(${sql.join(
            named.map(({ column, value }) => sql`${column} = ${value}`),
            sql` OR `,
          )})`,
        ]),
  ]
  // OFFSET 0 keeps the planner from reading the whole index instead.
  return sql`
    SELECT found, said.trace FROM (
      SELECT ${traceOf(sql`${payloads.subject}`)} AS trace FROM ${payloads}
      WHERE ${payloads.words} @@ ${given('query')}::text::tsquery AND ${payloads.words} IS NOT NULL OFFSET 0
    ) AS said CROSS JOIN LATERAL (
      SELECT ${at} AS found FROM ${entryIndex}
      WHERE ${entryIndex.trace} = said.trace AND ${sql.join(sifts, sql` AND `)} OFFSET 0
    ) AS entry`
}

// A reason may repeat what is sensitive: then only who uncovers the request reads it, there.
const reasonOfDenial = sql`CASE ${entries.type} WHEN 'consent.denied' THEN (SELECT ${recordedContent} FROM ${payloads}
  WHERE ${payloads.subject} = ${requestOf(sql`${entries.trace}`)} AND ${payloads.kind} = 'denial'
    AND NOT ${hasSensitive(sql`${payloads.subject}`)} LIMIT 1) END`

function searching(matches: SQL, direction: SQL) {
  return statement<FoundEntry>(sql`
    WITH page AS MATERIALIZED (
      SELECT found, trace FROM (${matches}) AS match ORDER BY found ${direction} LIMIT ${given('limit')}::integer
    ),
    ends AS MATERIALIZED (
      SELECT traces.trace, ended.* FROM (SELECT DISTINCT trace FROM page) AS traces CROSS JOIN LATERAL (
        SELECT COALESCE(json_agg(DISTINCT ${entryIndex.approver}) FILTER (WHERE ${isConsent}), '[]') AS approvers,
          (array_agg(COALESCE(${entryIndex.outcome}, 'indeterminate') ORDER BY ${at} DESC)
            FILTER (WHERE NOT ${isConsent}))[1] AS outcome
        FROM ${entryIndex} WHERE ${entryIndex.trace} = traces.trace
          AND ${entryIndex.type} IN ('consent.given', 'outcome.reported', 'outcome.missing')
      ) AS ended
    )
    SELECT page.found AS "index", ${entries.body} AS "body", ${entries.leaf} AS "leaf", ${reasonOfDenial} AS "reason",
      ends.approvers AS "approvedBy", ends.outcome AS "ended" FROM page
    JOIN ends ON ends.trace = page.trace
    JOIN ${leaves} ON ${leaves.index} = page.found JOIN ${entries} ON ${entries.id} = ${leaves.entry}
    ORDER BY page.found ${direction}`)
}

const isConsent = sql`${entryIndex.type} = 'consent.given'`

const counting = (matches: SQL) =>
  statement<{ count: number }>(sql`
  SELECT count(*)::bigint AS "count" FROM (SELECT FROM (${matches}) AS match LIMIT ${given('limit')}::integer) AS all_of`)

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

const byLeaf = statement<{ index: number }>(sql`
  SELECT ${leaves.index} AS "index" FROM ${entryIndex} JOIN ${leaves} ON ${leaves.index} = ${at}
  JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  WHERE ${entryIndex.leafPrefix} = ${given('prefix')}::bigint AND ${entries.leaf} = ${given('hash')}
  ORDER BY ${leaves.index} LIMIT 1`)

const counts = statement<Activity>(sql`
  SELECT ((${activity.start} - ${given('from')}::bigint) / ${given('seconds')}::bigint)::integer AS "bucket",
    ${activity.type} AS "type", sum(${activity.count})::bigint AS "count" FROM ${activity}
  WHERE ${activity.width} = ${given('width')}::integer AND ${activity.start} >= ${given('from')}::bigint
    AND ${activity.start} < ${given('to')}::bigint
  GROUP BY 1, 2 ORDER BY 1, 2`)

async function spanOf(database: Database, { from, to }: EntryFilter): Promise<{ first: number; last: number }> {
  if (from === undefined && to === undefined) return { first: 0, last: Number.MAX_SAFE_INTEGER }
  const span = { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER }
  const [row] = await database.run(bounds, { ...span, width: widthFor(span.to - span.from) })
  return { first: row?.first ?? 0, last: row?.last ?? -1 }
}

const readable = ({ leaf, reason }: Pick<FoundEntry, 'leaf' | 'reason'>) => ({
  leaf: new Uint8Array(leaf),
  reason: wordsOf(reason),
})

type SearchValues = Readonly<Record<string, Value>>

/** Filter and page as parameters. Word prefixes hold only letters and digits, so they cannot end their quotes. */
async function wantedOf(
  database: Database,
  filter: EntryFilter,
  { order, after, limit }: EntryPage,
): Promise<SearchValues> {
  const { words = [], ...members } = filter
  const wanted: Record<string, Value> = { limit, walked: WALKED, query: words.map((word) => `'${word}':*`).join(' & ') }
  for (const [member, value] of Object.entries(members)) if (value !== undefined) wanted[member] = value
  const { first, last } = await spanOf(database, filter)
  return order === 'newest'
    ? { ...wanted, first, last: Math.min(last, (after ?? Number.MAX_SAFE_INTEGER) - 1) }
    : { ...wanted, first: Math.max(first, (after ?? -1) + 1), last }
}

async function search(database: Database, filter: EntryFilter, page: EntryPage): Promise<readonly FoundEntry[]> {
  if (filter.words?.length === 0) return []
  const direction = page.order === 'newest' ? sql`DESC` : sql`ASC`
  const wanted = await wantedOf(database, filter, page)
  const found = async (matches: SQL) =>
    (await database.run(searching(matches, direction), wanted)).map((row) => ({
      ...row,
      ...readable(row),
    }))
  if (filter.words === undefined) return found(rangesOf(filter, direction, sql`${given('limit')}::integer`))
  const near = await found(nearest(filter, direction))
  return near.length === page.limit ? near : found(saying(filter))
}

async function count(database: Database, filter: EntryFilter, limit: number): Promise<number> {
  if (filter.words?.length === 0) return 0
  const wanted = await wantedOf(database, filter, { order: 'newest', after: null, limit })
  const matches =
    filter.words === undefined ? rangesOf(filter, sql`DESC`, sql`${given('limit')}::integer`) : saying(filter)
  return (await database.run(counting(matches), wanted))[0]?.count ?? 0
}

// Where the process that minted died before it kept the signature, a redemption kept the one that it was shown.
const artifacts = statement<Artifact>(sql`
  SELECT ${at} AS "index", ${tokens.jti} AS "jti", ${tokenTexts.claims} AS "claims", ${tokenTexts.kid} AS "kid",
    coalesce(${tokenTexts.signature}, (SELECT ${redemptions.signature} FROM ${redemptions}
      WHERE ${redemptions.jti} = ${tokens.jti} AND ${redemptions.signature} IS NOT NULL
      ORDER BY ${redemptions.use} LIMIT 1)) AS "signature"
  FROM ${entryIndex} JOIN ${tokens} ON ${tokens.request} = ${requestOf(sql`${entryIndex.trace}`)}
  LEFT JOIN ${tokenTexts} ON ${tokenTexts.jti} = ${tokens.jti}
  WHERE ${entryIndex.type} = 'token.issued' AND ${at} > ${given('after')}::bigint
    AND (${tokens.expiresAt} <= ${given('now')}::bigint OR ${tokens.uses} <=
      (SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti}))
  ORDER BY ${at} LIMIT ${given('limit')}::integer`)

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
    indexOfLeaf: async (leaf) => (await database.run(byLeaf, leaf))[0]?.index,
    activity: (span) => database.run(counts, span),
    artifacts: (page) => database.run(artifacts, { ...page, after: page.after ?? -1 }),
    reports: (trace) => database.run(reports, { trace }),
    erasures: async (trace) => (await database.run(erasures, { trace }))[0]?.bodies ?? [],
  }) satisfies SearchStore
