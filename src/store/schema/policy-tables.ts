/** The policies of the authority, one row a version: the newest is in force. Append-only. Observed drafts. SPEC 11. */
import type { Digest } from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { ObservedDifference } from '../../domain/policy/drafts/observation.ts'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })
const total = (name: string) => pg.bigint(name, { mode: 'number' }).notNull().default(0)

/** `author`: the admin who proposed it, or `countersign-operator`; null for the default policy of a new authority. */
export const policies = pg.pgTable('policies', {
  version: pg.integer('version').primaryKey(),
  digest: pg.text('digest').$type<Digest>().notNull(),
  text: pg.text('text').notNull(),
  author: pg.text('author'),
  request: pg.text('request'),
  createdAt: instant('created_at').notNull(),
})

/** Drafts that decide beside the policy `base`, and what they were counted by. One is open at a time. */
export const observations = pg.pgTable(
  'observations',
  {
    id: pg.text('id').primaryKey(),
    digest: pg.text('digest').$type<Digest>().notNull(),
    text: pg.text('text').notNull(),
    base: pg.integer('base').notNull(),
    startedBy: pg.text('started_by').notNull(),
    startedAt: instant('started_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    endedAt: instant('ended_at'),
    same: total('same'),
    terms: total('terms'),
    newly_allowed: total('newly_allowed'),
    newly_asked: total('newly_asked'),
    newly_denied: total('newly_denied'),
    failed: total('failed'),
    unknown: total('unknown'),
    missed: total('missed'),
  },
  (table) => [pg.uniqueIndex('observations_one_open').on(sql`(ended_at IS NULL)`).where(sql`${table.endedAt} IS NULL`)],
)

/** Differences of an observation, equal ones as one row; a bounded number. */
export const observedDifferences = pg.pgTable(
  'observed_differences',
  {
    observation: pg
      .text('observation')
      .notNull()
      .references(() => observations.id, { onDelete: 'cascade' }),
    key: pg.text('key').notNull(),
    change: pg.text('change').$type<ObservedDifference['change']>().notNull(),
    agent: pg.text('agent').notNull(),
    audience: pg.text('audience').notNull(),
    name: pg.text('name').notNull(),
    was: pg.json('was').$type<ObservedDifference['was']>().notNull(),
    would: pg.json('would').$type<ObservedDifference['would']>(),
    reason: pg.text('reason').notNull(),
    count: pg.bigint('count', { mode: 'number' }).notNull(),
    lastAt: instant('last_at').notNull(),
    request: pg.text('request'),
  },
  (table) => [pg.primaryKey({ columns: [table.observation, table.key] })],
)
