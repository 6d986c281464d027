/** The table of grants; conventions as in `tables.ts`. SPEC 4.6. */
import * as pg from 'drizzle-orm/pg-core'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })

/**
 * The budget of a grant, beside its request; `agent`, `audience` and `name` repeat what that says, to find it by. Sums are
 * in millionths.
 */
export const grants = pg.pgTable(
  'grants',
  {
    id: pg.text('id').primaryKey(),
    agent: pg.text('agent').notNull(),
    audience: pg.text('audience').notNull(),
    name: pg.text('name').notNull(),
    expiresAt: instant('expires_at').notNull(),
    uses: pg.integer('uses').notNull(),
    used: pg.integer('used').notNull(),
    sumLimit: pg.bigint('sum_limit', { mode: 'number' }),
    summed: pg.bigint('summed', { mode: 'number' }).notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [pg.index('grants_agent').on(table.agent, table.expiresAt)],
)
