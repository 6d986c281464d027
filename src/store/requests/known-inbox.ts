/**
 * The requests of an inbox. Each was read and held against its texts once, and is read again only when a row that it is
 * made of has changed: hundreds wait, few of them change, and every open inbox asks again after each change. SPEC 2, 8.
 *
 * A version names the transaction that wrote each of these rows (`xmin`), so that a row changed by hand has another one,
 * too. A request that changes between the two statements is kept under its older version, which no later reading finds.
 */
import { sql } from 'drizzle-orm'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { RequestStore } from '../contract/request-store.ts'
import type { Database } from '../driver/database.ts'
import { alone, statement } from '../driver/sql-statement.ts'
import { consents, entries, grants, leaves, payloads, requests, tokens } from '../schema/tables.ts'
import { isForAny, matchesInbox, sought } from './inbox-matches.ts'

const given = sql.placeholder

// A join of a table without statistics reads all leaves, once for each request.
const ofLeaf = sql`(SELECT ${leaves}.xmin FROM ${leaves} WHERE ${leaves.entry} = ${entries.id})`

/** Of every row that a short request is read from. */
const version = sql`concat(${requests}.xmin,
  '/', (SELECT ${tokens}.xmin FROM ${tokens} WHERE ${tokens.request} = ${requests.id}),
  '/', (SELECT ${grants}.xmin FROM ${grants} WHERE ${grants.id} = ${requests.id}),
  '/', CASE WHEN ${requests.state} = 'changed' THEN (SELECT later.xmin FROM ${requests} AS later
    WHERE later.changes = ${requests.id}) END,
  '/', (SELECT string_agg(${payloads}.xmin::text, ',') FROM ${payloads} WHERE ${payloads.subject} = ${requests.id}),
  '/', (SELECT string_agg(concat(${entries}.xmin, '.', ${ofLeaf}), ',') FROM ${entries}
    WHERE ${entries.trace} = ${requests.trace}))`

/** Also where their consent fills no place now. */
const isMine = sql`EXISTS (SELECT FROM ${consents} WHERE ${consents.request} = ${requests.id}
  AND ${consents.approver} = ${given('approver')}::text AND ${consents.voidedAt} IS NULL)`

/**
 * Whether the order or the consents of others can leave nothing to this person, or only an absent person is asked. The
 * terms are taken as they are written, since SQL cannot read every text that JSON can hold.
 */
const isUnsure = sql`(${requests.consents} > 0 OR ${requests.terms}::text LIKE '%"ordered":true%'
  OR NOT ${isForAny('ownGroups')})`

/** Changes to the authority that one party can put above everything else. */
const FIRST_CHANGES = 50

/**
 * All that wait are counted. A page has changes to the authority first, then the requests of each agent in turn, so that
 * no agent fills it; within the page, they are in the order of their deadlines.
 */
const inboxOf = alone(
  statement<ListedRow>(sql`
  WITH pending AS MATERIALIZED (
    SELECT id, agent, expires_at, audience = ${given('issuer')}::text AS own, ${isMine} AS mine, ${isUnsure} AS unsure
    FROM ${requests}
    WHERE ${isForAny('groups')} AND state = 'pending' AND expires_at > ${given('now')}::bigint AND ${matchesInbox}
  ),
  ranked AS (
    SELECT id, expires_at, own, unsure, row_number() OVER (PARTITION BY own, agent ORDER BY expires_at, id) AS turn
    FROM pending WHERE NOT mine
  ),
  page AS (
    SELECT id, expires_at, unsure, own AND turn <= ${sql.raw(String(FIRST_CHANGES))} AS first FROM ranked
    ORDER BY first DESC, turn, expires_at, id LIMIT ${given('limit')}::integer OFFSET ${given('skip')}::integer
  ),
  listed AS (
    SELECT id, CASE WHEN first THEN 0 ELSE 1 END AS part, expires_at AS place FROM page
    UNION ALL
    (SELECT id, 2, expires_at FROM pending WHERE mine ORDER BY expires_at, id LIMIT ${given('answeredLimit')}::integer)
    UNION ALL
    (SELECT id, 3, -decided_at FROM ${requests}
      WHERE origin = 'human' AND decided_at >= ${given('decidedSince')}::bigint AND ${isForAny('groups')} AND ${matchesInbox}
      ORDER BY decided_at DESC, id LIMIT ${given('answeredLimit')}::integer)
  ),
  tally AS (SELECT (SELECT count(*) FROM ranked)::integer AS waiting,
    ((SELECT count(*) FROM ranked WHERE unsure) - (SELECT count(*) FROM page WHERE unsure))::integer AS unsure)
  SELECT tally.waiting AS "waiting", tally.unsure AS "unsureBeyond", listed.part AS "part", ${requests.id} AS "id",
    ${version} AS "version"
  FROM tally LEFT JOIN (listed JOIN ${requests} ON ${requests.id} = listed.id) ON true
  ORDER BY listed.part, listed.place, listed.id`),
)

/** One row without a request where none is listed. */
interface ListedRow {
  readonly waiting: number
  readonly unsureBeyond: number
  readonly part: number
  readonly id: string | null
  readonly version: string
}

/** Four full inboxes; some four megabytes. */
const MOST_KNOWN = 1000

interface Known {
  readonly version: string
  readonly request: ApprovalRequest
}

/** The same request is the same object for as long as its version stays. */
export function inboxVerb(database: Database, read: RequestStore['requestsById']): RequestStore['inbox'] {
  const known = new Map<string, Known>()

  /** What was listed last stays known. */
  function keep(found: ReadonlyMap<string, Known>): void {
    for (const [id, one] of found) {
      known.delete(id)
      known.set(id, one)
    }
    for (const id of known.keys()) {
      if (known.size <= MOST_KNOWN) break
      known.delete(id)
    }
  }

  return async ({ filter, ...input }) => {
    const rows = await database.run(inboxOf, { ...input, ...sought(filter) })
    const listed = rows.flatMap(({ id, version, part }) => (id === null ? [] : [{ id, version, part }]))
    const found = new Map<string, Known>()
    for (const { id, version } of listed) {
      const one = known.get(id)
      if (one?.version === version) found.set(id, one)
    }
    const fresh = listed.filter(({ id }) => !found.has(id))
    const requests = fresh.length === 0 ? [] : await read(fresh.map(({ id }) => id))
    for (const [at, { id, version }] of fresh.entries()) {
      const request = requests[at]
      if (request) found.set(id, { version, request })
    }
    keep(found)
    const { waiting = 0, unsureBeyond = 0 } = rows[0] ?? {}
    return {
      requests: listed.flatMap(({ id }) => found.get(id)?.request ?? []),
      onPage: listed.filter(({ part }) => part < 2).length,
      waiting,
      unsureBeyond,
    }
  }
}
