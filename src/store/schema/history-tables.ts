/**
 * What policies know of earlier calls, kept as these happen: a decision reads a few rows of it, whatever the ledger
 * holds. Scopes are digests; rows leave when their window has passed. Triggers keep the totals: what a request becomes
 * is counted in the same transaction, whichever statement says it. SPEC 11.6.
 */
import * as pg from 'drizzle-orm/pg-core'
import type { FactState } from '../../domain/policy/history/fact.ts'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })

/** `version` grows with each call that the scope counts: decisions on one scope take turns. `last`: of facts that ask so. */
export const historyScopes = pg.pgTable(
  'history_scopes',
  {
    scope: pg.text('scope').primaryKey(),
    version: instant('version').notNull(),
    last: pg.boolean('last'),
    lastAt: instant('last_at'),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [pg.index('history_scopes_expires_at').on(table.expiresAt)],
)

/** Of one scope, in one piece of its window. */
export const historyTotals = pg.pgTable(
  'history_totals',
  {
    scope: pg.text('scope').notNull(),
    bucket: instant('bucket').notNull(),
    total: pg.numeric('total', { precision: 38, scale: 0 }).notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    pg.primaryKey({ columns: [table.scope, table.bucket] }),
    pg.index('history_totals_expires_at').on(table.expiresAt),
  ],
)

/** What a request adds to a scope, once it is in the state that counts. `uses`: for each, an outcome counts once. */
export const historyCalls = pg.pgTable(
  'history_calls',
  {
    request: pg.text('request').notNull(),
    scope: pg.text('scope').notNull(),
    state: pg.text('state').$type<FactState>().notNull(),
    /** Of one use. */
    amount: instant('amount').notNull(),
    uses: pg.integer('uses').notNull(),
    bucket: instant('bucket').notNull(),
    step: instant('step').notNull(),
    windowSeconds: instant('window_seconds').notNull(),
    counted: pg.boolean('counted').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    pg.primaryKey({ columns: [table.request, table.scope] }),
    pg.index('history_calls_expires_at').on(table.expiresAt),
  ],
)
