/**
 * The tables of stopping: kill switches, stops, confirmations, and executors' open streams. Instants are bigint epoch
 * milliseconds, and named so; other conventions as in `tables.ts`. SPEC 9.
 */
import type { Digest } from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { Stop, StopSelector } from '../../domain/stop/kill-switch.ts'

const instantMs = (name: string) => pg.bigint(name, { mode: 'number' })

/**
 * The selector's members are columns, null where it does not name them. `spared`: the executor outside every selector,
 * which is the authority itself. `reason` is the digest of a payload.
 */
export const killSwitches = pg.pgTable(
  'kill_switches',
  {
    id: pg.text('id').primaryKey(),
    agent: pg.text('agent'),
    principal: pg.text('principal'),
    executor: pg.text('executor'),
    action: pg.text('action'),
    request: pg.text('request'),
    trace: pg.uuid('trace'),
    /** Digest of the selector: of those with the same one, at most one is active. */
    selectorDigest: pg.text('selector_digest').$type<Digest>().notNull(),
    spared: pg.text('spared').notNull(),
    engagedAtMs: instantMs('engaged_at_ms').notNull(),
    engagedBy: pg.text('engaged_by').notNull(),
    reason: pg.text('reason').notNull(),
    tokens: pg.integer('tokens').notNull(),
    pending: pg.integer('pending').notNull(),
    executors: pg.integer('executors').notNull(),
    releasedAtMs: instantMs('released_at_ms'),
    releaseRequest: pg.text('release_request'),
  },
  (table) => [
    pg.index('kill_switches_standing').on(table.engagedAtMs).where(sql`released_at_ms IS NULL`),
    pg.uniqueIndex('kill_switches_one_active').on(table.selectorDigest).where(sql`released_at_ms IS NULL`),
  ],
)

/** Append-only. */
export const stops = pg.pgTable(
  'stops',
  {
    id: pg.bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    atMs: instantMs('at_ms').notNull(),
    kind: pg.text('kind').$type<Stop['kind']>().notNull(),
    killswitch: pg.text('killswitch'),
    selector: pg.jsonb('selector').$type<StopSelector>().notNull(),
  },
  (table) => [
    pg.index('stops_at').on(table.atMs),
    pg.index('stops_killswitch').on(table.killswitch).where(sql`killswitch IS NOT NULL`),
  ],
)

/** Append-only: the first confirmation of a connection for a stop counts. */
export const confirmations = pg.pgTable(
  'confirmations',
  {
    stop: pg.bigint('stop', { mode: 'number' }).notNull(),
    executor: pg.text('executor').notNull(),
    connection: pg.text('connection').notNull(),
    atMs: instantMs('at_ms').notNull(),
    aborted: pg.integer('aborted').notNull(),
  },
  (table) => [pg.primaryKey({ columns: [table.stop, table.executor, table.connection] })],
)

/** Open streams. Each process refreshes its own rows; stale ones are swept. */
export const executorStreams = pg.pgTable('executor_streams', {
  connection: pg.text('connection').primaryKey(),
  executor: pg.text('executor').notNull(),
  process: pg.text('process').notNull(),
  sinceMs: instantMs('since_ms').notNull(),
  seenAtMs: instantMs('seen_at_ms').notNull(),
  lagMs: pg.integer('lag_ms').notNull(),
})
