/**
 * Lists requests among millions, a page at a time. What few requests match leads, and is read whole; otherwise a walk in
 * the order of the list examines a bounded number, and the next page goes on where it ended. So no filter makes a call
 * long. SPEC 8.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { ListedRequest, RequestPage, RequestPosition, RequestScope } from '../../domain/approval/request-filter.ts'
import { portions } from '../../domain/ledger/portions.ts'
import type { RequestListStore } from '../contract/request-list-store.ts'
import type { Database } from '../driver/database.ts'
import { type Statement, statement, type Values } from '../driver/sql-statement.ts'
import { requests } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import {
  consentedByField,
  EVERY_REQUEST,
  type Lead,
  leadsOf,
  resultField,
  scopeSifts,
  scopeValues,
  siftsOf,
} from './request-leads.ts'
import { type Bulk, REQUESTS_AT_ONCE, requestsOf, type StoredRequest, shortRequest } from './request-rows.ts'

type Listing = Parameters<RequestListStore['listRequests']>[0]
type Range = Extract<Lead, { readonly kind: 'range' }>

const given = sql.placeholder

/** Requests that one statement examines at most: some 50 ms. */
const EXAMINED = 12_000
/** A lead of so many is read whole. */
const FEW = 5000

const place = sql`(${requests.createdAt}, ${requests.id})`
const inSpan = sql`${place} < (${given('beforeAt')}::bigint, ${given('beforeId')}::text)
  AND ${requests.createdAt} >= ${given('from')}::bigint`
const newestFirst = sql`${requests.createdAt} DESC, ${requests.id} DESC`

// Compared and ordered as a row, so that only the member's own index gives the order: otherwise the planner would walk
// all requests in the hope of a rare value.
function rangeOf({ column, parameter, where }: Range): { readonly rows: SQL; readonly order: SQL } {
  const value = sql`${given(parameter)}::text`
  const span = column
    ? sql`(${column}, ${requests.createdAt}, ${requests.id}) < (${value}, ${given('beforeAt')}::bigint, ${given('beforeId')}::text)
        AND (${column}, ${requests.createdAt}) >= (${value}, ${given('from')}::bigint)`
    : inSpan
  const order = column ? sql`${column} DESC, ${newestFirst}` : newestFirst
  return { rows: sql`FROM ${requests} WHERE ${span} ${where ? sql`AND ${where}` : sql``} ORDER BY ${order}`, order }
}

const all = (conditions: readonly SQL[]): SQL => sql.join([sql`true`, ...conditions], sql` AND `)

// The subquery has the table's name, so that the sifts read its columns.
function walked(lead: Range, sifts: readonly SQL[]): SQL {
  const { rows, order } = rangeOf(lead)
  return sql`SELECT ${requests.id} AS id FROM (SELECT * ${rows} LIMIT ${given('examined')}::integer) AS ${requests}
    WHERE ${all(sifts)} ORDER BY ${order} LIMIT ${given('limit')}::integer`
}

const gathered = (ids: SQL, sifts: readonly SQL[]): SQL => sql`
  SELECT ${requests.id} AS id FROM ${requests} WHERE ${requests.id} IN (${ids}) AND ${all([inSpan, ...sifts])}
  ORDER BY ${newestFirst} LIMIT ${given('limit')}::integer`

interface ListedRow extends StoredRequest, Pick<ListedRequest, 'outcome' | 'consentedBy'> {}

const listedById = statement<ListedRow>(sql`
  SELECT ${shortRequest}, ${resultField} AS "outcome", ${consentedByField} AS "consentedBy"
  FROM ${requests} WHERE ${among(requests.id, 'ids')}`)

/** The last request that a walk examined, where it ended before its range did. */
const endOf = (lead: Range) =>
  statement<RequestPosition>(sql`SELECT ${requests.createdAt} AS "createdAt", ${requests.id} AS "id" ${rangeOf(lead).rows}
    OFFSET ${given('examined')}::integer - 1 LIMIT 1`)

function countOf(lead: Lead): SQL {
  const rows = lead.kind === 'set' ? sql`FROM (${lead.ids}) AS ids` : rangeOf(lead).rows
  return sql`(SELECT count(*)::integer FROM (SELECT ${rows} LIMIT ${sql.raw(String(FEW + 1))}) AS counted)`
}

/** The lead with the fewest requests; where none has few, the first range. */
async function chooseLead(database: Database, leads: readonly Lead[], wanted: Values): Promise<Lead> {
  const first = leads.find(({ kind }) => kind === 'range') ?? EVERY_REQUEST
  if (leads.length === 0 || (leads.length === 1 && leads[0] === first)) return first
  const counting = statement<{ counts: readonly number[] }>(
    sql`SELECT json_build_array(${sql.join(leads.map(countOf), sql`, `)}) AS "counts"`,
  )
  const counts = (await database.run(counting, wanted))[0]?.counts ?? []
  const least = Math.min(...counts)
  return least <= FEW ? (leads[counts.indexOf(least)] ?? first) : first
}

function wantedOf({ filter, scope, after, limit, now }: Listing): Values {
  const { from, to, words, ...members } = filter
  const named = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    ...Object.fromEntries(named),
    ...(words === undefined ? {} : { words: words.map((word) => `'${word}':*`).join(' & ') }),
    ...scopeValues(scope),
    limit,
    now,
    examined: EXAMINED,
    from: from ?? 0,
    ...startOf(to, after),
  }
}

/** Later than any instant. */
const ALWAYS = Number.MAX_SAFE_INTEGER - 1

/** The position before which the page begins. The empty text comes first in every collation. */
const startOf = (to = ALWAYS, after: RequestPosition | null) =>
  after !== null && after.createdAt <= to
    ? { beforeAt: after.createdAt, beforeId: after.id }
    : { beforeAt: to + 1, beforeId: '' }

async function listRequests(database: Database, bulk: Bulk, listing: Listing): Promise<RequestPage> {
  const { filter, scope, limit } = listing
  if (filter.words?.length === 0) return { requests: [], next: null }
  const wanted = wantedOf(listing)
  const lead = await chooseLead(database, leadsOf(filter, scope), wanted)
  const sifts = siftsOf(filter, scope)
  const page = statement<{ readonly id: string }>(lead.kind === 'set' ? gathered(lead.ids, sifts) : walked(lead, sifts))
  const ids = (await bulk(() => database.run(page, wanted))).map(({ id }) => id)
  const listed = await listedOf(database, bulk, ids, listing.now)
  if (ids.length === limit) return { requests: listed, next: positionOf(listed.at(-1)) }
  const [end] = lead.kind === 'set' ? [] : await database.run(endOf(lead), wanted)
  return { requests: listed, next: end ?? null }
}

/** In the order of the ids, by as many statements as keep each of them short. */
async function listedOf(database: Database, bulk: Bulk, ids: readonly string[], now: number): Promise<ListedRequest[]> {
  const found = new Map<string, ListedRequest>()
  for (const some of portions(ids, () => 1, REQUESTS_AT_ONCE)) {
    const rows = await bulk(() => database.run(listedById, { ids: some, now }))
    for (const [at, request] of (await requestsOf(rows)).entries()) {
      const row = rows[at]
      if (row) found.set(row.id, { ...request, outcome: row.outcome, consentedBy: row.consentedBy })
    }
  }
  return ids.flatMap((id) => found.get(id) ?? [])
}

const positionOf = (request: ListedRequest | undefined): RequestPosition | null =>
  request ? { createdAt: request.createdAt, id: request.id } : null

const within = new Map<string, Statement<{ readonly id: string }>>()

/** Compiled once for each kind of scope: by the members that it has. */
function withinScope(scope: RequestScope): Statement<{ readonly id: string }> {
  const kind = Object.keys(scope).sort().join()
  const known = within.get(kind)
  if (known) return known
  const compiled = statement<{ readonly id: string }>(sql`SELECT ${requests.id} AS "id" FROM ${requests}
    WHERE ${among(requests.id, 'ids')} AND ${all(scopeSifts(scope))}`)
  within.set(kind, compiled)
  return compiled
}

export const listVerbs = (database: Database, bulk: Bulk): RequestListStore => ({
  listRequests: (listing) => listRequests(database, bulk, listing),
  async requestsWithin({ ids, scope }) {
    const found = await database.run(withinScope(scope), { ids, ...scopeValues(scope) })
    return new Set(found.map(({ id }) => id))
  },
})
