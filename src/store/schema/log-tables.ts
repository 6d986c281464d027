/**
 * The tables of the log: leaf indexes, tiles, checkpoints, and the search index of auditors. `leaves`, `tiles` and
 * `checkpoints` are the log; triggers keep them append-only. The rest is derived from entries behind the log, and can be
 * rebuilt. SPEC 8.
 */
import * as pg from 'drizzle-orm/pg-core'
import type { EntryType } from '../../domain/ledger/entry.ts'

const bytea = pg.customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const count = (name: string) => pg.bigint(name, { mode: 'number' })

/** Entry `entry` is leaf `index`, without gaps from 0. `prefix`: the first 48 bits of its hash, by which it is found. */
export const leaves = pg.pgTable(
  'leaves',
  { index: count('index').primaryKey(), entry: count('entry').notNull().unique(), prefix: count('prefix').notNull() },
  (table) => [pg.index('leaves_prefix').on(table.prefix)],
)

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
 * The index of auditors' searches: which entries of a block of the log have a fact. Both are in the forms of
 * `domain/ledger`, `entry-facts` and `block-places`. The block leads the key, so that new rows come where the latest
 * are, however long the log is. Rows of texts are cleared when those are erased.
 */
export const facts = pg.pgTable(
  'facts',
  { block: pg.integer('block').notNull(), fact: bytea('fact').notNull(), places: bytea('places').notNull() },
  (table) => [pg.primaryKey({ columns: [table.block, table.fact] })],
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
