/**
 * The tables of live control: kill switches, the moments in which something was stopped, and who listens and confirms.
 *
 * Instants are bigint epoch milliseconds, and say so. Part of `schema.ts`, which says how to read them. SPEC 9.
 */
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { Stop, StopSelector } from '../../domain/stop/kill-switch.ts'

const instantMs = (name: string) => pg.bigint(name, { mode: 'number' })

/**
 * The members of the selector stand in columns, null for what it does not name. `spared`: the executor outside every
 * selector, which is the authority itself. `reason` is the digest of a payload. Few rows ever, fewer that are standing.
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
  (table) => [pg.index('kill_switches_standing').on(table.engagedAtMs).where(sql`released_at_ms IS NULL`)],
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

/** Append-only: the first word of a connection on a stop counts. */
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

/** Who listens now; each process keeps its own rows, and what nobody keeps is swept. */
export const executorStreams = pg.pgTable('executor_streams', {
  connection: pg.text('connection').primaryKey(),
  executor: pg.text('executor').notNull(),
  process: pg.text('process').notNull(),
  sinceMs: instantMs('since_ms').notNull(),
  seenAtMs: instantMs('seen_at_ms').notNull(),
  lagMs: pg.integer('lag_ms').notNull(),
})
