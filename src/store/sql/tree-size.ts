/** The number of entries in the tree. SPEC 8. */
import { sql } from 'drizzle-orm'
import { tiles } from '../schema/tables.ts'

export const sizeOfTree = sql`COALESCE((SELECT ${tiles.index} * 256 + length(${tiles.hashes}) / 32 FROM ${tiles}
  WHERE ${tiles.level} = 0 ORDER BY ${tiles.index} DESC LIMIT 1), 0)::bigint`
