/**
 * Finding entries in a log of millions: one range of one index a page.
 *
 * In:  what an auditor looks for, where the page before ended. Out: entries with their leaf indexes.
 * Every index ends in the leaf index, and a span of time is first made a span of leaf indexes, by the counts that know
 * between which leaves each minute and hour lies: so no filter sorts, and none reads far beyond its page. DESIGN 8.
 */
import { type Column, type SQL, sql } from 'drizzle-orm'
import type { Artifact, EntryFilter, Page, SearchedMember, SearchStore } from '../ledger/search-store.ts'
import type { Database } from './database.ts'
import { activity, entries, entryIndex, leaves, redemptions, requests, tokens, tokenTexts } from './schema.ts'
import { statement, type Value } from './statement.ts'

const given = sql.placeholder
const at = entryIndex.leafIndex

const SEARCHED: readonly SearchedMember[] = [
  'type',
  'trace',
  'agent',
  'principal',
  'approver',
  'executor',
  'name',
  'action',
  'outcome',
  'origin',
]

/** What `text` may be a value of, beside a trace or a jti. `action` is found by its digest's own filter. */
const NAMED = ['agent', 'principal', 'approver', 'executor', 'name', 'type', 'outcome', 'origin'] as const

const traceOfJti = sql`(SELECT ${requests.trace} FROM ${tokens} JOIN ${requests} ON ${requests.id} = ${tokens.request}
  WHERE ${tokens.jti} = ${given('text')})`

/** A request's id is its trace in base64url. */
const traceOfRequest = sql`encode(decode(translate(${given('text')}, '-_', '+/') || '==', 'base64'), 'hex')::uuid`

const DAY_SECONDS = 86_400
/** Minutes are counted in spans of up to two days; beyond, hours are exact enough to begin with. */
const widthFor = (seconds: number): number => (seconds > 2 * DAY_SECONDS ? 3600 : 60)

const bounds = statement<{ first: number | null; last: number | null }>(sql`
  SELECT min(${activity.first}) AS "first", max(${activity.last}) AS "last" FROM ${activity}
  WHERE ${activity.width} = ${given('width')}::integer AND ${activity.start} <= ${given('to')}::bigint
    AND ${activity.start} > ${given('from')}::bigint - ${given('width')}::integer`)

/** What one range of one index holds: entries with this value in this member, by leaf index. */
interface Lead {
  readonly column: Column
  readonly value: SQL
  /** What of the filter is answered by it; null where it only narrows. */
  readonly answers: SearchedMember | 'resource' | null
}

/** The most telling first: the range that is read is the first one's, and the others only sift it. */
const LEADS = ['trace', 'approver', 'agent', 'principal', 'name', 'executor', 'outcome', 'origin', 'type'] as const

const traceOfAction = sql`(SELECT ${entryIndex.trace} FROM ${entryIndex}
  WHERE ${entryIndex.type} = 'request.created' AND ${entryIndex.action} = ${given('action')} LIMIT 1)`

const castTo = (member: SearchedMember | 'text', column: Column): SQL =>
  sql`${given(member)}::${sql.raw(column.getSQLType())}`

function leadOf(filter: EntryFilter): Lead | null {
  if (filter.action !== undefined) return { column: entryIndex.trace, value: traceOfAction, answers: null }
  if (filter.trace === undefined && filter.resource !== undefined) {
    return { column: entryIndex.resource, value: sql`${given('resource')}::bytea`, answers: 'resource' }
  }
  const member = LEADS.find((candidate) => filter[candidate] !== undefined)
  if (!member) return null
  return { column: entryIndex[member], value: castTo(member, entryIndex[member]), answers: member }
}

/** One for each thing that `text` may be; without `text` there is one. */
function leadsOf(filter: EntryFilter): readonly (Lead | null)[] {
  const { text } = filter
  if (text === undefined) return [leadOf(filter)]
  const by = (column: Column, value: SQL): Lead => ({ column, value, answers: null })
  const named = NAMED.map((member) => by(entryIndex[member], castTo('text', entryIndex[member])))
  const trace = (value: SQL) => by(entryIndex.trace, value)
  if (/^[0-9a-f]{32}$/.test(text)) return [...named, trace(sql`${given('text')}::uuid`)]
  return /^[\w-]{22}$/.test(text) ? [...named, trace(traceOfJti), trace(traceOfRequest)] : named
}

/** All else that is asked. What leads is left out: an equality would let the planner take any order for its own. */
function siftsOf(filter: EntryFilter, lead: Lead | null): readonly SQL[] {
  const members = SEARCHED.filter((member) => filter[member] !== undefined && lead?.answers !== member)
  const resource = lead?.answers === 'resource' ? undefined : filter.resource
  return [
    ...members.map((member) => sql`${entryIndex[member]} = ${castTo(member, entryIndex[member])}`),
    ...(resource === undefined ? [] : [sql`${entryIndex.resource} = ${given('resource')}::bytea`]),
    ...(filter.from === undefined ? [] : [sql`${entryIndex.at} >= ${given('from')}::bigint`]),
    ...(filter.to === undefined ? [] : [sql`${entryIndex.at} <= ${given('to')}::bigint`]),
  ]
}

// Compared and ordered as a row, so that no other index than the member's own can give the order: walking the log from
// its end in the hope of meeting a rare value soon would look cheap to the planner, and read all of it.
function branchOf(lead: Lead | null, sifts: readonly SQL[], direction: SQL): SQL {
  const place = lead ? sql`(${lead.column}, ${at})` : at
  const bound = (end: string) => (lead ? sql`(${lead.value}, ${given(end)}::bigint)` : sql`${given(end)}::bigint`)
  const conditions = [
    sql`${place} >= ${bound('first')}`,
    sql`${place} <= ${bound('last')}`,
    ...(lead ? [sql`${lead.column} IS NOT NULL`] : []),
    ...sifts,
  ]
  const order = lead ? sql`${lead.column} ${direction}, ${at} ${direction}` : sql`${at} ${direction}`
  return sql`(SELECT ${at} AS found FROM ${entryIndex} WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY ${order} LIMIT ${given('limit')}::integer)`
}

function searching(filter: EntryFilter, page: Page) {
  const direction = page.order === 'newest' ? sql`DESC` : sql`ASC`
  const branches = leadsOf(filter).map((lead) => branchOf(lead, siftsOf(filter, lead), direction))
  return statement<{ index: number; body: string; leaf: Uint8Array }>(sql`
    WITH page AS MATERIALIZED (
      SELECT DISTINCT found FROM (${sql.join(branches, sql` UNION ALL `)}) AS branch
      ORDER BY found ${direction} LIMIT ${given('limit')}::integer
    )
    SELECT page.found AS "index", ${entries.body} AS "body", ${entries.leaf} AS "leaf" FROM page
    JOIN ${leaves} ON ${leaves.index} = page.found JOIN ${entries} ON ${entries.id} = ${leaves.entry}
    ORDER BY page.found ${direction}`)
}

const byLeaf = statement<{ index: number }>(sql`
  SELECT ${leaves.index} AS "index" FROM ${entryIndex} JOIN ${leaves} ON ${leaves.index} = ${at}
  JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  WHERE ${entryIndex.leafPrefix} = ${given('prefix')}::bigint AND ${entries.leaf} = ${given('leaf')}
  ORDER BY ${leaves.index} LIMIT 1`)

const counts = statement<{
  bucket: number
  type: Awaited<ReturnType<SearchStore['activity']>>[number]['type']
  count: number
}>(sql`
  SELECT ((${activity.start} - ${given('from')}::bigint) / ${given('seconds')}::bigint)::integer AS "bucket",
    ${activity.type} AS "type", sum(${activity.count})::bigint AS "count" FROM ${activity}
  WHERE ${activity.width} = ${given('width')}::integer AND ${activity.start} >= ${given('from')}::bigint
    AND ${activity.start} < ${given('to')}::bigint
  GROUP BY 1, 2 ORDER BY 1, 2`)

// A request's id is its trace in base64url.
const requestOf = sql`rtrim(translate(encode(uuid_send(${entryIndex.trace}), 'base64'), '+/', '-_'), '=')`
const artifacts = statement<Artifact & { readonly over: boolean }>(sql`
  SELECT ${at} AS "index", ${tokens.jti} AS "jti", ${tokenTexts.claims} AS "claims",
    ${tokenTexts.signature} AS "signature", ${tokenTexts.kid} AS "kid",
    ${tokens.expiresAt} <= ${given('now')}::bigint OR ${tokens.uses} <=
      (SELECT count(*) FROM ${redemptions} WHERE ${redemptions.jti} = ${tokens.jti}) AS "over"
  FROM ${entryIndex} JOIN ${tokens} ON ${tokens.request} = ${requestOf}
  LEFT JOIN ${tokenTexts} ON ${tokenTexts.jti} = ${tokens.jti}
  WHERE ${entryIndex.type} = 'token.issued' AND ${at} > ${given('after')}::bigint
  ORDER BY ${at} LIMIT ${given('limit')}::integer`)

async function spanOf(database: Database, { from, to }: EntryFilter): Promise<{ first: number; last: number }> {
  if (from === undefined && to === undefined) return { first: 0, last: Number.MAX_SAFE_INTEGER }
  const span = { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER }
  const [row] = await database.run(bounds, { ...span, width: widthFor(span.to - span.from) })
  return { first: row?.first ?? 0, last: row?.last ?? -1 }
}

async function search(database: Database, filter: EntryFilter, { order, after, limit }: Page) {
  const wanted: Record<string, Value> = {}
  for (const [member, value] of Object.entries(filter)) if (value !== undefined) wanted[member] = value
  const { first, last } = await spanOf(database, filter)
  const bounds =
    order === 'newest'
      ? { first, last: Math.min(last, (after ?? Number.MAX_SAFE_INTEGER) - 1) }
      : { first: Math.max(first, (after ?? -1) + 1), last }
  const rows = await database.run(searching(filter, { order, after, limit }), { ...wanted, ...bounds, limit })
  return rows.map((row) => ({ ...row, leaf: new Uint8Array(row.leaf) }))
}

async function artifactsAfter(database: Database, after: number | null, limit: number, now: number) {
  const rows = await database.run(artifacts, { after: after ?? -1, limit, now })
  const alive = rows.findIndex(({ over }) => !over)
  return rows.slice(0, alive < 0 ? rows.length : alive).map(({ over: _, ...artifact }) => artifact)
}

export const searchVerbs = (database: Database): SearchStore => ({
  search: (filter, page) => search(database, filter, page),
  indexOfLeaf: async (leaf, prefix) => (await database.run(byLeaf, { prefix, leaf }))[0]?.index,
  activity: (span) => database.run(counts, span),
  artifacts: (after, limit, now) => artifactsAfter(database, after, limit, now),
})
