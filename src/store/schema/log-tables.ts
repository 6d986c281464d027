/**
 * The tables of the log: leaf indexes, tiles, checkpoints, and the search index of auditors. `leaves`, `tiles` and
 * `checkpoints` are the log; triggers keep them append-only. The integrator derives the rest from entries, off the hot
 * path; it can be rebuilt, and holds no argument and no person's name. SPEC 8.
 */
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { EntryType } from '../../domain/ledger/entry.ts'

const bytea = pg.customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const count = (name: string) => pg.bigint(name, { mode: 'number' })

/** Entry `entry` is leaf `index`, without gaps from 0. */
export const leaves = pg.pgTable('leaves', {
  index: count('index').primaryKey(),
  entry: count('entry').notNull().unique(),
})

/** One row a tile, 1 to 256 hashes; a partial tile grows in place, and narrower versions are its prefixes. */
export const tiles = pg.pgTable(
  'tiles',
  { level: pg.integer('level').notNull(), index: count('index').notNull(), hashes: bytea('hashes').notNull() },
  (table) => [pg.primaryKey({ columns: [table.level, table.index] })],
)

/** The latest of each kind: `published` by the log, and `cosigned` by at least one witness. */
export const checkpoints = pg.pgTable('checkpoints', {
  kind: pg.text('kind').$type<'published' | 'cosigned'>().primaryKey(),
  size: count('size').notNull(),
  root: bytea('root').notNull(),
  note: pg.text('note').notNull(),
  signedAt: count('signed_at').notNull(),
})

/**
 * `leafPrefix` is the first 48 bits of the leaf hash, to find it by. `resource` is SHA-256 of the resource's text, gone
 * when the payload is erased. Every index ends in the leaf index, so that a page of any filter is one range of one
 * index. `action` is one per request: its first entry finds the trace.
 */
export const entryIndex = pg.pgTable(
  'entry_index',
  {
    leafIndex: count('leaf_index').primaryKey(),
    at: count('at').notNull(),
    type: pg.text('type').$type<EntryType>().notNull(),
    trace: pg.uuid('trace').notNull(),
    agent: pg.text('agent'),
    principal: pg.text('principal'),
    approver: pg.text('approver'),
    executor: pg.text('executor'),
    name: pg.text('name'),
    action: pg.text('action'),
    resource: bytea('resource'),
    outcome: pg.text('outcome'),
    origin: pg.text('origin'),
    leafPrefix: count('leaf_prefix').notNull(),
  },
  (table) => [
    pg.index('entry_index_type').on(table.type, table.leafIndex),
    pg.index('entry_index_trace').on(table.trace, table.leafIndex),
    pg.index('entry_index_agent').on(table.agent, table.leafIndex).where(sql`agent IS NOT NULL`),
    pg.index('entry_index_principal').on(table.principal, table.leafIndex).where(sql`principal IS NOT NULL`),
    pg.index('entry_index_approver').on(table.approver, table.leafIndex).where(sql`approver IS NOT NULL`),
    pg.index('entry_index_executor').on(table.executor, table.leafIndex).where(sql`executor IS NOT NULL`),
    pg.index('entry_index_name').on(table.name, table.leafIndex).where(sql`name IS NOT NULL`),
    pg.index('entry_index_leaf').on(table.leafPrefix),
    pg.index('entry_index_action').on(table.action).where(sql`type = 'request.created'`),
    pg.index('entry_index_resource').on(table.resource, table.leafIndex).where(sql`resource IS NOT NULL`),
    pg.index('entry_index_outcome').on(table.outcome, table.leafIndex).where(sql`outcome IS NOT NULL`),
    pg.index('entry_index_origin').on(table.origin, table.leafIndex).where(sql`origin IS NOT NULL`),
  ],
)

/** Entry counts by minute and hour, with their leaf indexes: for charts, and to find the first leaf of a time span. */
export const activity = pg.pgTable(
  'activity',
  {
    width: pg.integer('width').notNull(),
    start: count('start').notNull(),
    type: pg.text('type').$type<EntryType>().notNull(),
    count: count('count').notNull(),
    first: count('first').notNull(),
    last: count('last').notNull(),
  },
  (table) => [pg.primaryKey({ columns: [table.width, table.start, table.type] })],
)

/** The positions of the log's followers. */
export const logCursors = pg.pgTable('log_cursors', {
  name: pg.text('name').primaryKey(),
  leafIndex: count('leaf_index').notNull(),
})

/** Erasure orders and their progress; `request` authorised one, null for the configured retention. */
export const erasures = pg.pgTable('erasures', {
  id: pg.text('id').primaryKey(),
  rule: pg.text('rule').$type<'age' | 'principal' | 'request'>().notNull(),
  subject: pg.text('subject'),
  before: count('before').notNull(),
  request: pg.text('request'),
  next: count('next').notNull(),
  doneAt: count('done_at'),
})
