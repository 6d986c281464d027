/**
 * Opening requests that the policy allows outright, each with its token: many of them in one statement.
 *
 * In: requests with their payloads, entries and tokens, that nothing can make a repetition. Out: the committed leaf of
 * each `token.issued` entry; null for what a kill switch stops, of which nothing is written. All their ids are fresh,
 * so that is all there is to decide.
 */
import { sql } from 'drizzle-orm'
import type { OpenRequest } from '../contract/request-store.ts'
import type { IssuedToken } from '../contract/token-store.ts'
import type { Database } from '../driver/database.ts'
import { flat, insertMany, statement } from '../driver/sql-statement.ts'
import { entries, requests, tokens, tokenTexts } from '../schema/tables.ts'
import { entryRow, insertEntries, insertPayloads, payloadRow } from '../sql/entry-rows.ts'
import { manyRequest, notStopped } from '../sql/stop-condition.ts'

const open = statement<{ trace: string; leaf: Uint8Array }>(sql`
  WITH opened AS (${insertMany(requests, 'requests', [], notStopped(manyRequest))} RETURNING id, trace),
  kept AS (${insertPayloads(sql`payload.subject IN (SELECT id FROM opened)`)}),
  issued AS (${insertMany(tokens, 'tokens', ['revokedAt'], sql`many.request IN (SELECT id FROM opened)`)} RETURNING jti),
  texts AS (${insertMany(tokenTexts, 'tokens', ['signature', 'kid'], sql`many.jti IN (SELECT jti FROM issued)`)}),
  written AS (${insertEntries(sql`entry.trace IN (SELECT trace FROM opened)`)} RETURNING ${entries.type}, ${entries.trace}, ${entries.leaf})
  SELECT trace AS "trace", leaf AS "leaf" FROM written WHERE type = 'token.issued'`)

/** An open request that can be opened with others: it has a token, and neither a key nor a challenge nor a limit. */
export interface Allowed extends OpenRequest {
  readonly idempotency: null
  readonly challenge: null
  readonly limits: null
  readonly token: { readonly issued: IssuedToken; readonly entry: OpenRequest['entries'][number] }
}

export const isPlainlyAllowed = (asked: OpenRequest): asked is Allowed =>
  asked.idempotency === null && asked.challenge === null && asked.limits === null && asked.token !== null

/** The row of a request that was just opened. */
export const openedRow = ({ request, challenge }: OpenRequest) => ({
  ...request,
  approvers: request.terms.approvers,
  quorum: request.terms.quorum,
  separation: null,
  consents: 0,
  challengeIssuer: challenge?.issuer ?? null,
  challengeJti: challenge?.jti ?? null,
})

export async function openAllowed(database: Database, all: readonly Allowed[]): Promise<(Uint8Array | null)[]> {
  const written = await database.run(open, {
    requests: all.map((asked) => flat(openedRow(asked))),
    payloads: all.flatMap(({ payloads }) => payloads.map(payloadRow)),
    tokens: all.map(({ token }) => flat(token.issued)),
    entries: all.flatMap(({ entries: first, token }) => [...first, token.entry].map(entryRow)),
  })
  const leaves = new Map(written.map(({ trace, leaf }) => [trace.replaceAll('-', ''), new Uint8Array(leaf)]))
  return all.map(({ request }) => leaves.get(request.trace) ?? null)
}
