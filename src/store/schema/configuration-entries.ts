/** The conditions by which the indexes of entries about configuration are kept, and used. SPEC 8, 10.4. */
import { sql } from 'drizzle-orm'

/** The person of an entry `approver.enrolled`: its body is canonical, and no member before has this name. */
export const enrolledApprover = sql`substring(body FROM '"approver":"([^"]*)"')`

/** All but those of the way of a request: rare, and read whole by each process that starts. */
export const isConfiguration = sql`split_part(type, '.', 1) NOT IN ('request', 'consent', 'token', 'outcome', 'call', 'payload', 'scim')`
