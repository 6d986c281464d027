/**
 * Records consents, one or several of one gesture; the one that fills the quorum approves the request. One consent
 * counts per human, place and request, however many arrive at once, and only one that fills a place more. The requests are
 * locked before the deciding statement, which so sees the consents before it and the groups as they are. The passkey's
 * row is locked first, always before requests, so a revocation comes wholly before or wholly after; and so are the
 * absences in which the person is the deputy. SPEC 5, 8, 11.
 */
import { sql } from 'drizzle-orm'
import type { Member } from '../../domain/policy/quorum.ts'
import type {
  ConsentGesture,
  ConsentVerdict,
  GivenConsent,
  RequestStore,
  StoredConsent,
} from '../contract/request-store.ts'
import type { Bound, Database, Runner } from '../driver/database.ts'
import { flat, insert, statement } from '../driver/sql-statement.ts'
import { absences, approvers, consents, notices, passkeys, requests } from '../schema/tables.ts'
import { standsInFor } from '../sql/absence-fields.ts'
import { among } from '../sql/among.ts'
import { consentedPlace, consentedRequest, countedThen } from '../sql/consented-place.ts'
import { withOneMore } from '../sql/count-quorum.ts'
import { announce, entryRows, insertEntries, insertResultNotices } from '../sql/entry-rows.ts'
import { isPresent } from '../sql/present-people.ts'
import { notStopped, storedRequest } from '../sql/stop-condition.ts'

const given = sql.placeholder

// Both are locked, so that whoever loses a right meanwhile is judged by what they have then.
const livePasskey = sql`SELECT credential_id, (key ->> 'be')::boolean AS synced FROM ${passkeys} JOIN ${approvers} ON ${approvers.id} = ${passkeys.approver}
  WHERE credential_id = ${given('credentialId')} AND approver = ${given('approver')} AND revoked_at IS NULL
    AND ${isPresent}
  FOR NO KEY UPDATE OF ${sql.identifier('passkeys')} FOR SHARE OF ${sql.identifier('approvers')}`

const approver = sql`${given('approver')}::text`
const now = sql`${given('now')}::bigint`

const signed = sql`json_to_recordset(${given('signed')}::text::json)
  AS signed (request text, separation boolean, consent text, absent text)`
const place = { person: sql`coalesce(signed.absent, ${approver})`, delegated: sql`signed.absent IS NOT NULL` }

const liveConsent = sql`SELECT FROM ${consents} WHERE ${consents.request} = ${requests.id} AND ${consents.voidedAt} IS NULL
  AND (${consents.approver} = ${approver}
    OR coalesce(${consents.onBehalfOf}, ${consents.approver}) = ${place.person})`
const isEntitled = sql`(signed.absent IS NULL OR ${standsInFor(approver, sql`signed.absent`, now)})`

interface RecordedRow {
  readonly request: string
  readonly consents: number
  readonly state: string
}

// Entries are matched to their requests by the trace.
const record = statement<RecordedRow>(sql`
  WITH held AS (${livePasskey}),
  judged AS MATERIALIZED (
    SELECT signed.*, counted.filled
    FROM held, ${signed} JOIN ${requests} ON ${requests.id} = signed.request,
      LATERAL ${withOneMore(requests, place)} AS counted
    WHERE ${isEntitled} AND state = 'pending' AND expires_at > ${now} AND counted.useful
      AND coalesce(${requests.separation}, signed.separation) = signed.separation
      AND NOT EXISTS (${liveConsent})
      AND NOT (held.synced AND coalesce((${requests.terms} ->> 'deviceBound')::boolean, false))
      AND ${notStopped(storedRequest)}
  ),
  decided AS (
    UPDATE ${requests} SET consents = judged.filled, separation = judged.separation,
      state = CASE WHEN judged.filled >= quorum THEN 'approved' ELSE state END,
      decided_at = CASE WHEN judged.filled >= quorum THEN ${given('now')}::bigint END
    FROM judged WHERE id = judged.request
    RETURNING id, ${requests.trace}, ${requests.consents}, state, terms, judged.consent, judged.absent
  ),
  kept AS (${insert(
    consents,
    {
      request: sql`id`,
      approver: given('approver'),
      onBehalfOf: sql`absent`,
      credentialId: given('credentialId'),
      consent: sql`consent`,
      givenAt: given('now'),
    },
    sql`FROM decided`,
  )}),
  counted AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('counter')}::bigint),
      backed_up = ${given('backedUp')}::boolean, last_used_at = ${given('now')}::bigint
    WHERE credential_id = ${given('credentialId')} AND EXISTS (SELECT FROM decided)
  ),
  noticed AS (${insertResultNotices('request.approved', sql`id`, sql`state = 'approved'`)}),
  turned AS (INSERT INTO ${notices} (kind, subject, due_at)
    SELECT 'request.waiting', id, ${given('now')}::bigint FROM decided
    WHERE state = 'pending' AND (terms ->> 'ordered')::boolean),
  written AS (${insertEntries(sql`entry.trace IN (SELECT trace FROM decided)`)})
  SELECT id AS "request", consents AS "consents", state AS "state",
    ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

const holdPasskey = statement(livePasskey)
const holdAbsences = statement(sql`SELECT FROM ${absences} WHERE ${absences.deputy} = ${approver}
  AND ${absences.endedAt} IS NULL ORDER BY ${absences.id} FOR SHARE`)
const ids = sql`(SELECT json_array_elements_text(${given('requests')}::text::json))`
export const holdRequests = statement(sql`SELECT FROM ${requests} WHERE id IN ${ids} ORDER BY id FOR NO KEY UPDATE`)

const explain = statement<{ request: string; duplicate: boolean; killed: boolean; useless: boolean }>(sql`
  SELECT id AS "request", EXISTS (${liveConsent}) AS "duplicate",
    state = 'pending' AND expires_at > ${given('now')}::bigint AND NOT ${notStopped(storedRequest)} AS "killed",
    state = 'pending' AND expires_at > ${now} AND NOT (counted.useful AND ${isEntitled}) AS "useless"
  FROM ${signed} JOIN ${requests} ON ${requests.id} = signed.request, LATERAL ${withOneMore(requests, place)} AS counted
  WHERE id IN ${ids}`)

// Ordered within, so that the planner reads the consents of each request by index, and does not join the whole table.
const consenting = statement<{ request: string; member: Member }>(sql`
  SELECT ${requests.id} AS "request", ${consentedPlace} AS "member"
  FROM ${requests}, LATERAL (SELECT * FROM ${consents}
    WHERE ${consents.request} = ${consentedRequest} AND ${countedThen} ORDER BY ${consents.id}) AS ${consents}
  WHERE ${among(requests.id, 'requests')} ORDER BY ${consents.id}`)

const ofRequest = statement<StoredConsent>(sql`
  SELECT ${consents.approver} AS "approver", ${consents.credentialId} AS "credentialId", ${consents.consent} AS "consent",
    ${consents.givenAt} AS "givenAt"
  FROM ${consents} WHERE ${consents.request} = ${given('request')} AND ${consents.voidedAt} IS NULL
  ORDER BY ${consents.id}`)

const signedRows = (all: readonly GivenConsent[]) =>
  all.map(({ request, separation, consent }) =>
    flat({ request, separation, consent, absent: consent.on_behalf_of ?? null }),
  )

const recording = (gesture: ConsentGesture, all: readonly GivenConsent[]) =>
  [
    record,
    { ...gesture, signed: signedRows(all), entries: entryRows(all.map(({ entry }) => entry)) },
  ] satisfies Bound<RecordedRow>

const recorded = ({ state, consents: count }: RecordedRow): ConsentVerdict => ({
  verdict: 'recorded',
  approved: state === 'approved',
  consents: count,
})

const TOO_LATE: ConsentVerdict = { verdict: 'too_late' }

/** The reasons of requests that got no consent just now. */
async function whyNot(runner: Runner, { approver, now }: ConsentGesture, missing: readonly GivenConsent[]) {
  const requests = missing.map(({ request }) => request)
  const values = { approver, now, requests, signed: signedRows(missing) }
  const rows = missing.length === 0 ? [] : await runner.run(explain, values)
  return new Map(
    rows.map(({ request, duplicate, killed, useless }): [string, ConsentVerdict] => [
      request,
      { verdict: duplicate ? 'duplicate' : killed ? 'killed' : useless ? 'useless' : 'too_late' },
    ]),
  )
}

async function consentedBy(runner: Runner, list: readonly string[]): Promise<ReadonlyMap<string, readonly Member[]>> {
  const members = new Map<string, Member[]>()
  if (list.length === 0) return members
  for (const { request, member } of await runner.run(consenting, { requests: list })) {
    members.set(request, [...(members.get(request) ?? []), member])
  }
  return members
}

async function recordConsent(
  database: Database,
  { request, consent, separation, entry, ...gesture }: ConsentGesture & GivenConsent,
): Promise<ConsentVerdict> {
  const [verdict] = await recordConsents(database, { ...gesture, given: [{ request, consent, separation, entry }] })
  return verdict ?? TOO_LATE
}

/** Locks all requests before it judges any, so that it sees what others committed and no index refuses a row. */
async function recordConsents(
  database: Database,
  { given: all, ...gesture }: ConsentGesture & { readonly given: readonly GivenConsent[] },
) {
  const requests = all.map(({ request }) => request)
  const locks = [...holdingConsenter(gesture), [holdRequests, { requests }] as const]
  return verdictsOf(database, gesture, all, await database.runLocked(locks, recording(gesture, all)))
}

const holdingConsenter = (gesture: ConsentGesture): readonly Bound[] => [
  [holdPasskey, { ...gesture }],
  [holdAbsences, { ...gesture }],
]

/** Locks the passkey, and the absences in which its person is the deputy: always before requests. */
export async function holdConsenter(transaction: Runner, gesture: ConsentGesture): Promise<void> {
  await Promise.all(holdingConsenter(gesture).map(([one, values]) => transaction.run(one, values)))
}

/** Whoever consents and the requests are held, by statements that were sent before. */
export const recordHeld = async (transaction: Runner, all: readonly GivenConsent[], gesture: ConsentGesture) =>
  verdictsOf(transaction, gesture, all, await transaction.run(...recording(gesture, all)))

async function verdictsOf(
  runner: Runner,
  gesture: ConsentGesture,
  all: readonly GivenConsent[],
  rows: readonly RecordedRow[],
): Promise<readonly ConsentVerdict[]> {
  const known = new Map(rows.map((row) => [row.request, recorded(row)]))
  const missing = all.filter(({ request }) => !known.has(request))
  const reasons = await whyNot(runner, gesture, missing)
  return all.map(({ request }) => known.get(request) ?? reasons.get(request) ?? TOO_LATE)
}

export const consentVerbs = (database: Database) =>
  ({
    recordConsent: (input) => recordConsent(database, input),
    recordConsents: (input) => recordConsents(database, input),
    consentedBy: (list) => consentedBy(database, list),
    consents: (request) => database.run(ofRequest, { request }),
  }) satisfies Partial<RequestStore>
