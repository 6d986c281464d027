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
import { entries, grants, leaves, payloads, requests, tokens } from '../schema/tables.ts'
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

// Two walks along two small indexes: waiting requests by deadline, then recently decided ones, newest first.
const inboxOf = alone(
  statement<{ id: string; version: string }>(sql`
  WITH listed AS (
    (SELECT id, 0 AS part, expires_at AS place FROM ${requests}
      WHERE ${isForAny('groups')} AND state = 'pending' AND expires_at > ${given('now')} AND ${matchesInbox}
      ORDER BY expires_at, id LIMIT ${given('limit')})
    UNION ALL
    (SELECT id, 1, -decided_at FROM ${requests}
      WHERE origin = 'human' AND decided_at >= ${given('decidedSince')} AND ${isForAny('groups')} AND ${matchesInbox}
      ORDER BY decided_at DESC, id LIMIT ${given('limit')})
  )
  SELECT ${requests.id} AS "id", ${version} AS "version" FROM listed JOIN ${requests} ON ${requests.id} = listed.id
  ORDER BY listed.part, listed.place, listed.id LIMIT ${given('limit')}`),
)

/** Five full inboxes; some four megabytes. */
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
    const listed = await database.run(inboxOf, { ...input, ...sought(filter) })
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
    return listed.flatMap(({ id }) => found.get(id)?.request ?? [])
  }
}
