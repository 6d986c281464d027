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
import { consentedPlaces, consentedRequest, countedThen } from '../sql/consented-place.ts'
import { noSwitch } from '../sql/stop-condition.ts'
import { isForAny, matchesInbox, sought } from './inbox-matches.ts'
import { charactersIn } from './request-rows.ts'
import { stoppedAmong } from './stopped-among.ts'

const given = sql.placeholder

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
  SELECT ${consentedPlaces} FROM ${consents}
  WHERE ${consents.request} = ${consentedRequest} AND ${countedThen}) END`

const isOnPage = sql`place BETWEEN 1 AND ${given('limit')}::integer`

const ids = sql`ANY ((SELECT array_agg(id) FROM shown)::text[])`
const traces = sql`ANY ((SELECT array_agg(trace) FROM shown)::uuid[])`
/**
 * The version of every row that a short request is read from, with the request's id or trace. Places in the log are left
 * out: they matter only where a second entry claims to be the request's, and the request's own page reads them anew. All are
 * read at once: looked up for each request, they took four times as long.
 */
const versions = sql`SELECT id AS key, version FROM shown
  UNION ALL SELECT ${tokens.request}, ${tokens}.xmin FROM ${tokens} WHERE ${tokens.request} = ${ids}
  UNION ALL SELECT ${grants.id}, ${grants}.xmin FROM ${grants} WHERE ${grants.id} = ${ids}
  UNION ALL SELECT ${requests.changes}, ${requests}.xmin FROM ${requests} WHERE ${requests.changes} = ${ids}
  UNION ALL SELECT ${payloads.subject}, ${payloads}.xmin FROM ${payloads} WHERE ${payloads.subject} = ${ids}
  UNION ALL SELECT ${entries.trace}::text, ${entries}.xmin FROM ${entries} WHERE ${entries.trace} = ${traces}`

/** Changes to the authority that one party can put above everything else. */
const FIRST_CHANGES = 50

/**
 * All that wait are counted. A page has changes to the authority first, then the requests of each agent in turn, so that
 * no agent fills it; within the page, they are in the order of their deadlines. OFFSET 0 keeps the planner, which expects
 * few, from comparing each that is listed with all requests.
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
      AS unsure),
  shown AS MATERIALIZED (
    SELECT one.*, part FROM listed, LATERAL (
      SELECT ${requests.id}, ${requests.trace}, ${requests}.xmin AS version, ${consented} AS members
      FROM ${requests} WHERE ${requests.id} = listed.id OFFSET 0
    ) AS one
    ORDER BY part, place, one.id
  )
  SELECT tally.waiting AS "waiting", tally.unsure AS "unsureBeyond", page.*, versions.*
  FROM tally, (
    SELECT coalesce(json_agg(id), '[]') AS "ids", coalesce(json_agg(trace), '[]') AS "traces",
      (count(*) FILTER (WHERE part < 2))::integer AS "onPage",
      NOT ${noSwitch} AS "anyEngaged",
      coalesce(json_object_agg(id, members) FILTER (WHERE members IS NOT NULL), '{}') AS "consented"
    FROM shown
  ) AS page, (
    SELECT coalesce(json_agg(key), '[]') AS "keys", coalesce(json_agg(version::text), '[]') AS "versions"
    FROM (${versions}) AS row
  ) AS versions`),
)

interface PageRow {
  readonly waiting: number
  readonly unsureBeyond: number
  readonly ids: readonly string[]
  readonly traces: readonly string[]
  readonly onPage: number
  readonly anyEngaged: boolean
  readonly consented: Readonly<Record<string, readonly Member[]>>
  /** Of each row, the id or trace of its request, and its version. */
  readonly keys: readonly string[]
  readonly versions: readonly string[]
}

/** By id, the versions of all rows of a request. */
function versionsIn({ ids, traces, keys, versions }: PageRow): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [at, key] of keys.entries()) found.set(key, `${found.get(key) ?? ''} ${versions[at]}`)
  return new Map(ids.map((id, at) => [id, `${found.get(id)},${found.get(traces[at] ?? '')}`]))
}

/** Four full inboxes of ordinary requests. */
const MOST_KNOWN = 1000
/** In the calls of all that are known. A parsed call takes up to some twenty bytes for each. */
const MOST_CHARACTERS = 2_000_000

interface Known {
  readonly version: string
  readonly request: ApprovalRequest
  readonly characters: number
}

/** The same request is the same object for as long as its version stays. */
export function inboxVerb(database: Database, read: RequestStore['requestsById']): RequestStore['inbox'] {
  const known = new Map<string, Known>()
  let characters = 0

  function forget(id: string): void {
    characters -= known.get(id)?.characters ?? 0
    known.delete(id)
  }

  /** What was listed last stays known. */
  function keep(found: ReadonlyMap<string, Known>): void {
    for (const [id, one] of found) {
      forget(id)
      known.set(id, one)
      characters += one.characters
    }
    for (const id of known.keys()) {
      if (known.size <= MOST_KNOWN && characters <= MOST_CHARACTERS) break
      forget(id)
    }
  }

  return async ({ filter, ...input }) => {
    const [page] = await database.run(inboxOf, { ...input, ...sought(filter) })
    if (!page) throw new Error('A page of an inbox is one row')
    const versionOf = versionsIn(page)
    const found = new Map<string, Known>()
    for (const [id, version] of versionOf) {
      const one = known.get(id)
      if (one?.version === version) found.set(id, one)
    }
    const fresh = [...versionOf].filter(([id]) => !found.has(id))
    const requests = fresh.length === 0 ? [] : await read(fresh.map(([id]) => id))
    for (const [at, [id, version]] of fresh.entries()) {
      const request = requests[at]
      if (request) found.set(id, { version, request, characters: charactersIn(request) })
    }
    keep(found)
    return {
      requests: page.ids.flatMap((id) => found.get(id)?.request ?? []),
      onPage: page.onPage,
      consented: new Map(Object.entries(page.consented)),
      stopped: page.anyEngaged ? await stoppedAmong(database, page.ids) : new Set(),
      waiting: page.waiting,
      unsureBeyond: page.unsureBeyond,
    }
  }
}
