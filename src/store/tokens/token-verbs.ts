/**
 * Issues tokens, exactly one per request; reserves their status positions, never given out twice; keeps the public keys
 * that sign them; and revokes tokens that a transaction holds. SPEC 6, 9.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import { type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { KeyLife } from '../../domain/token/signing-keys.ts'
import type { EndedRequest, Endings } from '../contract/request-store.ts'
import type { IssueVerdict, SigningKeyStore, TokenStore, UnsignedToken } from '../contract/token-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { findEntries, takeEntries } from '../ledger/find-entries.ts'
import {
  consents,
  entries,
  leaves,
  redemptions,
  requests,
  signingKeys,
  statusPositions,
  tokens,
  tokenTexts,
  usedProofs,
} from '../schema/tables.ts'
import { among, oneOf } from '../sql/among.ts'
import { consenting, filledBy } from '../sql/count-quorum.ts'
import { entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'
import { endedFields, requestOf, traceOf } from '../sql/request-fields.ts'
import { notStopped, storedRequest } from '../sql/stop-condition.ts'
import { openGrant } from './grant-budget.ts'

const given = sql.placeholder

const reserve = statement<{ first: number }>(sql`
  INSERT INTO ${statusPositions} (one, next) VALUES (true, ${given('count')}::bigint)
  ON CONFLICT (one) DO UPDATE SET next = ${statusPositions.next} + excluded.next
  RETURNING next - ${given('count')}::bigint AS "first"`)

const nextPosition = statement<{ next: number }>(sql`SELECT ${statusPositions.next} AS "next" FROM ${statusPositions}`)

/** The live consents that the token carries: to its request, or to the grant behind it. */
const carried = sql`${consenting(given('consented'))} AND ${consents.consent}::jsonb IN (
  SELECT value::jsonb FROM json_array_elements(${given('consents')}::text::json))`

/** That those in `carried` fill the quorum, by the groups of now. A token carries no more of them than there are places. */
const isFilled = sql`EXISTS (SELECT FROM ${requests} WHERE ${requests.id} = ${given('consented')}
  AND (origin = 'policy' OR ${filledBy(requests.terms, sql`SELECT id, delegated FROM carried`)} >= quorum))`

/** Whether the ledger names a token of the request, be its row there or not. */
const isInLedger = (request: Placeholder) => sql`EXISTS (SELECT FROM ${entries}
  WHERE ${entries.trace} = ${traceOf(sql`${request}`)} AND ${entries.type} = 'token.issued')`

// The request is locked before the consents, as whoever ends them locks it. FOR SHARE, so that the end of a consent finds
// the token, or this statement finds no consent; and calls under one grant are issued side by side.
const issueWhere = (condition: SQL) =>
  statement<{ leaf: Uint8Array }>(sql`
  WITH approved AS (
    SELECT ${requests.grant} FROM ${requests} WHERE id = ${given('token.request')} AND state = 'approved'
      AND ${notStopped(storedRequest)} AND NOT ${isInLedger(given('token.request'))}
    FOR NO KEY UPDATE
  ),
  carried AS MATERIALIZED (
    ${carried} AND EXISTS (SELECT FROM approved) ORDER BY ${consents.id} FOR SHARE
  ),
  decided AS (
    ${insert(tokens, placeholders(tokens, 'token', ['revokedAt']), sql`FROM approved WHERE ${isFilled} AND ${condition}`)}
    ON CONFLICT (request) DO NOTHING RETURNING jti
  ),
  texts AS (${insert(tokenTexts, { jti: given('token.jti'), claims: given('token.claims') }, sql`FROM decided`)}),
  written AS (${insertEntries(ifDecided)} RETURNING ${entries.leaf})
  SELECT leaf AS "leaf" FROM written`)

const issue = issueWhere(sql`true`)
const issueOfGrant = issueWhere(sql`EXISTS (${openGrant})`)

const whyNotIssued = statement<{ killed: boolean; unfilled: boolean; lost: boolean }>(sql`
  WITH carried AS (${carried})
  SELECT NOT ${notStopped(storedRequest)} AS "killed", NOT ${isFilled} AS "unfilled",
    ${isInLedger(given('request'))} AS "lost" FROM ${requests}
  WHERE id = ${given('request')} AND state = 'approved'`)

const claimsOf = statement<{ claims: ApprovalClaims }>(sql`
  SELECT ${tokenTexts.claims} AS "claims" FROM ${tokens} JOIN ${tokenTexts} ON ${tokenTexts.jti} = ${tokens.jti}
  WHERE ${tokens.request} = ${given('request')}`)

const marks = statement<{ jti: string; mark: string | null }>(sql`
  SELECT ${tokens.jti} AS "jti", ${tokens.permissionMark} AS "mark" FROM ${tokens} WHERE ${among(tokens.jti, 'jtis')}`)

async function marksOf(database: Database, jtis: readonly string[]): Promise<readonly (string | null)[]> {
  const found = new Map((await database.run(marks, { jtis })).map(({ jti, mark }) => [jti, mark]))
  return jtis.map((jti) => found.get(jti) ?? null)
}

const sign = statement(sql`
  WITH minted AS MATERIALIZED (
    SELECT * FROM json_to_recordset(${given('minted')}::text::json) AS one (jti text, signature text, kid text)
  )
  UPDATE ${tokenTexts} SET signature = minted.signature, kid = minted.kid FROM minted
  WHERE ${tokenTexts.jti} = minted.jti AND ${tokenTexts.signature} IS NULL
    AND ${oneOf(tokenTexts.jti, sql`SELECT jti FROM minted`)}`)

const unsigned = statement<UnsignedToken>(sql`
  SELECT ${tokens.jti} AS "jti", ${tokens.request} AS "request", ${tokens.expiresAt} AS "expiresAt"
  FROM json_array_elements_text(${given('indexes')}::text::json) AS one
  JOIN ${leaves} ON ${leaves.index} = one::bigint JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  JOIN ${tokens} ON ${tokens.request} = ${requestOf(sql`${entries.trace}`)}
  JOIN ${tokenTexts} ON ${tokenTexts.jti} = ${tokens.jti} AND ${tokenTexts.signature} IS NULL
  WHERE NOT EXISTS (SELECT FROM ${redemptions}
    WHERE ${redemptions.jti} = ${tokens.jti} AND ${redemptions.signature} IS NOT NULL)`)

/** True while a use is left. Uses are taken in order, so the last one decides. */
export const unspent = sql`NOT EXISTS (SELECT FROM ${redemptions}
  WHERE ${redemptions.jti} = ${tokens.jti} AND ${redemptions.use} = ${tokens.uses})`

/** The order in which tokens are locked, the same in every database, so that no deadlock is possible. */
export const inOrder = sql`ORDER BY ${tokens.jti} COLLATE "C"`

const revoke = statement<EndedRequest & { readonly jti: string }>(sql`
  UPDATE ${tokens} SET revoked_at = ${given('at')}::bigint FROM ${requests}
  WHERE ${among(tokens.jti, 'held')}
    AND ${tokens.revokedAt} IS NULL AND ${unspent} AND ${requests.id} = ${tokens.request}
  RETURNING ${tokens.jti} AS "jti", ${endedFields}`)

/**
 * Revokes those of the tokens this transaction has locked FOR UPDATE that are live and unspent. Locking and judging are
 * two statements: a redemption locks its token too, and the second one sees what it wrote.
 */
export async function revokeHeld(
  transaction: Runner,
  held: readonly { readonly jti: string }[],
  at: number,
): Promise<Endings['tokens']> {
  if (held.length === 0) return []
  const revoked = await transaction.run(revoke, { held: held.map(({ jti }) => jti), at })
  return revoked.map(({ jti, ...request }) => ({ jti, request }))
}

const revoked = statement<{ position: number }>(sql`SELECT ${tokens.statusIndex} AS "position" FROM ${tokens}
  WHERE ${tokens.statusList} = ${given('list')} AND ${tokens.revokedAt} IS NOT NULL ORDER BY ${tokens.statusIndex}`)

const useProof = statement(sql`${insert(usedProofs, placeholders(usedProofs))} ON CONFLICT DO NOTHING RETURNING id`)

const allKeys = statement<KeyLife>(
  sql`SELECT ${fields(signingKeys)} FROM ${signingKeys} ORDER BY ${signingKeys.publishedAt}, ${signingKeys.kid}`,
)
const addKey = statement(sql`
  WITH decided AS (${insert(signingKeys, placeholders(signingKeys))} ON CONFLICT DO NOTHING RETURNING kid),
  written AS (${insertEntries(ifDecided)})
  SELECT kid FROM decided`)

async function issueToken(
  database: Database,
  { token, entry }: Parameters<TokenStore['issueToken']>[0],
): Promise<IssueVerdict> {
  const consented = { consented: token.grant ?? token.request, consents: token.claims.approval.consents }
  const values = { ...consented, token, entries: entryRows([entry]) }
  const [row] =
    token.grant === null
      ? await database.run(issue, values)
      : await database.run(issueOfGrant, {
          ...values,
          budget: token.budget && { ...token.budget },
          now: token.issuedAt,
        })
  if (row) return { verdict: 'issued', leaf: new Uint8Array(row.leaf) }
  const [before] = await database.run(claimsOf, { request: token.request })
  if (before) return { verdict: 'already', claims: before.claims }
  const [reasons] = await database.run(whyNotIssued, { request: token.request, ...consented })
  if (!reasons) return { verdict: 'not_approved' }
  if (reasons.killed) return { verdict: 'killed' }
  if (reasons.lost) return { verdict: 'lost' }
  if (reasons.unfilled) return { verdict: 'unfilled' }
  return { verdict: token.grant === null ? 'not_approved' : 'grant_over' }
}

/** With `gather`, marks that are read at the same time share a statement. */
export const tokenVerbs = (database: Database, gather: Gather | undefined) =>
  ({
    async reserveStatusPositions(count) {
      const [row] = await database.run(reserve, { count })
      if (!row) throw new Error('No status position was reserved')
      return row.first
    },
    nextStatusPosition: async () => (await database.run(nextPosition))[0]?.next ?? 0,
    issueToken: (input) => issueToken(database, input),
    permissionMark: shared(gather, (jtis: readonly string[]) => marksOf(database, jtis)),
    issuedClaims: async (request) => (await database.run(claimsOf, { request }))[0]?.claims,
    async recordSignatures(minted) {
      await database.run(sign, { minted })
    },
    async unsignedTokens(newest) {
      const search = await findEntries(database, { type: 'token.issued' }, { order: 'newest', after: null })
      return database.run(unsigned, { indexes: await takeEntries(search, newest) })
    },
    spendProof: async (proof) => (await database.run(useProof, proof)).length > 0,
    revokedPositions: async (list) => (await database.run(revoked, { list })).map(({ position }) => position),
    signingKeys: () => database.run(allKeys),
    ensureSigningKey: async ({ key, entry }) =>
      (await database.run(addKey, { ...key, entries: entryRows([entry]) })).length > 0,
  }) satisfies Partial<TokenStore & SigningKeyStore>
