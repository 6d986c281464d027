/** The tables of tokens: issued, redeemed, and the keys that sign. SPEC 6, 8. */
import type { ApprovalClaims, Digest } from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { KeyLife } from '../../domain/token/signing-keys.ts'
import type { RedemptionRow } from '../contract/token-store.ts'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })

/** A block-range index is enough to find live tokens, and costs the hot path nothing. */
export const tokens = pg.pgTable(
  'tokens',
  {
    jti: pg.text('jti').primaryKey(),
    request: pg.text('request').notNull().unique(),
    agent: pg.text('agent').notNull(),
    audience: pg.text('audience').notNull(),
    statusList: pg.integer('status_list').notNull(),
    statusIndex: pg.integer('status_index').notNull(),
    uses: pg.integer('uses').notNull(),
    issuedAt: instant('issued_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** Digest of the claims as they were signed: a redemption must present exactly these. */
    claimsDigest: pg.text('claims_digest').$type<Digest>().notNull(),
    revokedAt: instant('revoked_at'),
    /** The grant that it is of, and the millionths that it adds to the sum there. */
    grant: pg.text('grant_id'),
    added: pg.bigint('added', { mode: 'number' }).notNull(),
    /** The authority's own mark of what the policy permitted it on; null where that can change by itself. */
    permissionMark: pg.text('permission_mark'),
  },
  (table) => [
    pg.index('tokens_grant').on(table.grant).where(sql`grant_id IS NOT NULL`),
    pg.index('tokens_expires_at').using('brin', table.expiresAt),
    pg.index('tokens_revoked').on(table.statusList, table.statusIndex).where(sql`revoked_at IS NOT NULL`),
    pg.index('tokens_revoked_expires_at').on(table.expiresAt).where(sql`revoked_at IS NOT NULL`),
  ],
)

/** Erasable: the claims as they were signed, and the signature as recorded at minting, with the key that made it. */
export const tokenTexts = pg.pgTable('token_texts', {
  jti: pg.text('jti').primaryKey(),
  claims: pg.json('claims').$type<ApprovalClaims>().notNull(),
  signature: pg.text('signature'),
  kid: pg.text('kid'),
})

/** `signature`: as presented; it may be erased, never changed. `missingAt`: when the outcome was found missing. */
export const redemptions = pg.pgTable(
  'redemptions',
  {
    jti: pg.text('jti').notNull(),
    use: pg.integer('use').notNull(),
    request: pg.text('request').notNull(),
    audience: pg.text('audience').notNull(),
    redeemedAt: instant('redeemed_at').notNull(),
    signature: pg.text('signature'),
    outcome: pg.text('outcome').$type<NonNullable<RedemptionRow['outcome']>>(),
    reportedAt: instant('reported_at'),
    missingAt: instant('missing_at'),
  },
  (table) => [
    pg.primaryKey({ columns: [table.jti, table.use] }),
    pg.index('redemptions_redeemed_at').using('brin', table.redeemedAt),
    pg.index('redemptions_failed').on(table.outcome).where(sql`outcome <> 'succeeded'`),
    pg.index('redemptions_missing').on(table.missingAt).where(sql`missing_at IS NOT NULL`),
  ],
)

/** DPoP proofs that were used, until they are too old to be accepted. `id`: hash of key and `jti`. */
export const usedProofs = pg.pgTable('used_proofs', {
  id: pg.text('id').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
})

/** One row: the next status position that was never given out. */
export const statusPositions = pg.pgTable('status_positions', {
  one: pg.boolean('one').primaryKey(),
  next: pg.bigint('next', { mode: 'number' }).notNull(),
})

export const signingKeys = pg.pgTable('signing_keys', {
  kid: pg.text('kid').primaryKey(),
  alg: pg.text('alg').$type<KeyLife['alg']>().notNull(),
  publicJwk: pg.json('public_jwk').$type<KeyLife['publicJwk']>().notNull(),
  publishedAt: instant('published_at').notNull(),
  signsFrom: instant('signs_from').notNull(),
  retiredAt: instant('retired_at'),
})
