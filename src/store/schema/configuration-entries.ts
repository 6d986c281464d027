/** The condition by which the index of entries about configuration is kept, and used. SPEC 10.4. */
import { sql } from 'drizzle-orm'

/** All but those of the way of a request: rare, and read whole by each process that starts. */
export const isConfiguration = sql`split_part(type, '.', 1) NOT IN ('request', 'consent', 'token', 'outcome', 'call', 'payload', 'scim')`
