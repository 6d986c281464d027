/**
 * Opens requests that the policy allows at once, each with its token: many of them in one statement. Of a request that
 * a kill switch stops, or that an outdated policy allowed, nothing is written. Their ids are fresh, so nothing else can
 * refuse them.
 */
import { sql } from 'drizzle-orm'
import { repeatedColumns } from '../../domain/approval/request-record.ts'
import type { OpenRequest, OpenVerdict } from '../contract/request-store.ts'
import type { IssuedToken } from '../contract/token-store.ts'
import type { Database } from '../driver/database.ts'
import { flat, insertMany, statement } from '../driver/sql-statement.ts'
import { entries, requests, tokens, tokenTexts } from '../schema/tables.ts'
import { entryRow, insertEntries, insertPayloads, payloadRow } from '../sql/entry-rows.ts'
import { leaverBehind, linksStand } from '../sql/leavers.ts'
import { isInForce, versionInForce } from '../sql/policy-condition.ts'
import { manyRequest, notStopped } from '../sql/stop-condition.ts'

const openAll = statement<{ trace: string | null; leaf: Uint8Array | null; version: number }>(sql`
  WITH opened AS (${insertMany(requests, 'requests', [], sql`${notStopped(manyRequest)} AND ${isInForce(sql`many."policyVersion"`)} AND ${leaverBehind(sql`many.agent`, sql`many.principal`)} IS NULL AND ${linksStand(sql`many.actors::jsonb`)}`)} RETURNING id, trace),
  kept AS (${insertPayloads(sql`many.subject IN (SELECT id FROM opened)`)}),
  issued AS (${insertMany(tokens, 'tokens', ['revokedAt'], sql`many.request IN (SELECT id FROM opened)`)} RETURNING jti),
  texts AS (${insertMany(tokenTexts, 'texts', ['signature', 'kid'], sql`many.jti IN (SELECT jti FROM issued)`)}),
  written AS (${insertEntries(sql`entry.trace IN (SELECT trace FROM opened)`)} RETURNING ${entries.type}, ${entries.trace}, ${entries.leaf})
  SELECT trace AS "trace", leaf AS "leaf", ${versionInForce} AS "version"
  FROM (SELECT) AS always LEFT JOIN written ON type = 'token.issued'`)

/** A request that can be opened together with others. */
export interface AllowedRequest extends OpenRequest {
  readonly idempotency: null
  readonly challenge: null
  readonly limits: null
  readonly history: null
  readonly series: null
  readonly token: { readonly issued: IssuedToken; readonly entry: OpenRequest['entries'][number] }
}

export const isPlainlyAllowed = (open: OpenRequest): open is AllowedRequest =>
  open.idempotency === null &&
  open.challenge === null &&
  open.limits === null &&
  open.history === null &&
  open.series === null &&
  open.token !== null

// Spread members come last: V8 adds the members after a spread one by one, at a hundred times the cost of the whole row.
export const openedRow = ({ request, challenge, separation }: OpenRequest) => ({
  separation,
  consents: 0,
  deniedBy: null,
  challengeIssuer: challenge?.issuer ?? null,
  challengeJti: challenge?.jti ?? null,
  ...repeatedColumns(request),
  ...request,
})

export async function openAllowed(database: Database, all: readonly AllowedRequest[]): Promise<OpenVerdict[]> {
  const written = await database.run(openAll, {
    requests: all.map((open) => flat(openedRow(open))),
    payloads: all.flatMap(({ payloads }) => payloads.map(payloadRow)),
    tokens: all.map(({ token: { issued } }) => flat({ ...issued, claims: undefined })),
    texts: all.map(({ token: { issued } }) => flat({ jti: issued.jti, claims: issued.claims })),
    entries: all.flatMap(({ entries: first, token }) => [...first, token.entry].map(entryRow)),
  })
  const leaves = new Map(written.map(({ trace, leaf }) => [trace?.replaceAll('-', ''), leaf]))
  return all.map(({ request }) => {
    const leaf = leaves.get(request.trace)
    if (leaf) return { verdict: 'opened', leaf: new Uint8Array(leaf) }
    return { verdict: request.policyVersion === written[0]?.version ? 'killed' : 'stale_policy' }
  })
}
