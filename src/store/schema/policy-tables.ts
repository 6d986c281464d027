/** The policies of the authority, one row a version: the newest is in force. Append-only. SPEC 11. */
import type { Digest } from '@countersign/verifier'
import * as pg from 'drizzle-orm/pg-core'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })

/** `author`: the admin who proposed it, or `countersign-operator`; null for the default policy of a new authority. */
export const policies = pg.pgTable('policies', {
  version: pg.integer('version').primaryKey(),
  digest: pg.text('digest').$type<Digest>().notNull(),
  text: pg.text('text').notNull(),
  author: pg.text('author'),
  request: pg.text('request'),
  createdAt: instant('created_at').notNull(),
})
