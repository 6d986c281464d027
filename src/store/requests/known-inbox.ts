/**
 * The requests of an inbox. Each was read and held against its texts once, and is read again only when a row that it is
 * made of has changed: hundreds wait, few of them change, and every open inbox asks again after each change. SPEC 2, 8.
 *
 * A version names the transaction that wrote each of these rows (`xmin`), so that a row changed by hand has another one,
 * too. A request that changes between the two statements is kept under its older version, which no later reading finds.
 * Who has consented and what a kill switch stops is read each time.
 */
import { sql } from 'drizzle-orm'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Member } from '../../domain/policy/quorum.ts'
import type { RequestStore } from '../contract/request-store.ts'
import type { Database } from '../driver/database.ts'
import { alone, statement } from '../driver/sql-statement.ts'
import { consents, entries, grants, payloads, requests, tokens } from '../schema/tables.ts'
import { consentedPlace, consentedRequest, countedThen } from '../sql/consented-place.ts'
import { notStopped, storedRequest } from '../sql/stop-condition.ts'
import { isForAny, matchesInbox, sought } from './inbox-matches.ts'

const given = sql.placeholder

/** Of every row that a short request is read from; the place of an entry in the log never changes what it says. */
const version = sql`concat(${requests}.xmin,
  '/', (SELECT ${tokens}.xmin FROM ${tokens} WHERE ${tokens.request} = ${requests.id}),
  '/', (SELECT ${grants}.xmin FROM ${grants} WHERE ${grants.id} = ${requests.id}),
  '/', CASE WHEN ${requests.state} = 'changed' THEN (SELECT later.xmin FROM ${requests} AS later
    WHERE later.changes = ${requests.id}) END,
  '/', (SELECT string_agg(${payloads}.xmin::text, ',') FROM ${payloads} WHERE ${payloads.subject} = ${requests.id}),
  '/', (SELECT string_agg(${entries}.xmin::text, ',') FROM ${entries} WHERE ${entries.trace} = ${requests.trace}))`

/** Also where their consent fills no place now. */
const isMine = sql`EXISTS (SELECT FROM ${consents} WHERE ${consents.request} = ${requests.id}
  AND ${consents.approver} = ${given('approver')}::text AND ${consents.voidedAt} IS NULL)`

/**
 * Whether the order or the consents of others can leave nothing to this person, or only an absent person is asked. The
 * terms are taken as they are written, since SQL cannot read every text that JSON can hold.
 */
const isUnsure = sql`(${requests.consents} > 0 OR ${requests.terms}::text LIKE '%"ordered":true%'
  OR NOT ${isForAny('ownGroups')})`

/** The people who have consented, in that order; null where nobody has. The first of them states the separation. */
const consented = sql`CASE WHEN ${requests.separation} IS NOT NULL THEN (
  SELECT json_agg(${consentedPlace} ORDER BY ${consents.id}) FROM ${consents}
  WHERE ${consents.request} = ${consentedRequest} AND ${countedThen}) END`

const isOnPage = sql`place BETWEEN 1 AND ${given('limit')}::integer`

/** Changes to the authority that one party can put above everything else. */
const FIRST_CHANGES = 50

/**
 * All that wait are counted. A page has changes to the authority first, then the requests of each agent in turn, so that
 * no agent fills it; within the page, they are in the order of their deadlines.
 */
const inboxOf = alone(
  statement<PageRow>(sql`
  WITH pending AS MATERIALIZED (
    SELECT id, agent, expires_at, audience = ${given('issuer')}::text AS own, ${isMine} AS mine
    FROM ${requests}
    WHERE ${isForAny('groups')} AND state = 'pending' AND expires_at > ${given('now')}::bigint AND ${matchesInbox}
  ),
  ranked AS (
    SELECT id, expires_at, own, row_number() OVER (PARTITION BY own, agent ORDER BY expires_at, id) AS turn
    FROM pending WHERE NOT mine
  ),
  placed AS (
    SELECT id, expires_at, first,
      row_number() OVER (ORDER BY first DESC, turn, expires_at, id) - ${given('skip')}::integer AS place
    FROM (SELECT id, expires_at, turn, own AND turn <= ${sql.raw(String(FIRST_CHANGES))} AS first FROM ranked) AS ranked
  ),
  listed AS (
    SELECT id, CASE WHEN first THEN 0 ELSE 1 END AS part, expires_at AS place FROM placed WHERE ${isOnPage}
    UNION ALL
    (SELECT id, 2, expires_at FROM pending WHERE mine ORDER BY expires_at, id LIMIT ${given('answeredLimit')}::integer)
    UNION ALL
    (SELECT id, 3, -decided_at FROM ${requests}
      WHERE origin = 'human' AND decided_at >= ${given('decidedSince')}::bigint AND ${isForAny('groups')} AND ${matchesInbox}
      ORDER BY decided_at DESC, id LIMIT ${given('answeredLimit')}::integer)
  ),
  tally AS (SELECT (SELECT count(*) FROM placed)::integer AS waiting,
    (SELECT count(*) FROM ${requests} WHERE id IN (SELECT id FROM placed WHERE NOT ${isOnPage}) AND ${isUnsure})::integer
      AS unsure)
  SELECT tally.waiting AS "waiting", tally.unsure AS "unsureBeyond", shown.*
  FROM tally, (
    SELECT coalesce(json_agg(id), '[]') AS "ids", coalesce(json_agg(version), '[]') AS "versions",
      (count(*) FILTER (WHERE part < 2))::integer AS "onPage",
      coalesce(json_agg(id) FILTER (WHERE stopped), '[]') AS "stopped",
      coalesce(json_object_agg(id, members) FILTER (WHERE members IS NOT NULL), '{}') AS "consented"
    FROM (
      SELECT ${requests.id}, part, ${version} AS version, NOT ${notStopped(storedRequest)} AS stopped,
        ${consented} AS members
      FROM listed JOIN ${requests} ON ${requests.id} = listed.id ORDER BY part, place, listed.id
    ) AS listed
  ) AS shown`),
)

interface PageRow {
  readonly waiting: number
  readonly unsureBeyond: number
  readonly ids: readonly string[]
  readonly versions: readonly string[]
  readonly onPage: number
  readonly stopped: readonly string[]
  readonly consented: Readonly<Record<string, readonly Member[]>>
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
    const [page] = await database.run(inboxOf, { ...input, ...sought(filter) })
    if (!page) throw new Error('A page of an inbox is one row')
    const { ids, versions, stopped, consented, ...counts } = page
    const found = new Map<string, Known>()
    for (const [at, id] of ids.entries()) {
      const one = known.get(id)
      if (one && one.version === versions[at]) found.set(id, one)
    }
    const fresh = ids.filter((id) => !found.has(id))
    const requests = fresh.length === 0 ? [] : await read(fresh)
    for (const [at, id] of fresh.entries()) {
      const request = requests[at]
      if (request) found.set(id, { version: versions[ids.indexOf(id)] ?? '', request })
    }
    keep(found)
    return {
      ...counts,
      requests: ids.flatMap((id) => found.get(id)?.request ?? []),
      stopped: new Set(stopped),
      consented: new Map(Object.entries(consented)),
    }
  }
}
