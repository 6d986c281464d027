/** People who were removed, and for whom nothing is asked any more: an agent's principal, or who runs it. SPEC 10.2. */
import { type SQL, sql } from 'drizzle-orm'
import { agents, approvers } from '../schema/tables.ts'

/** The one of the two who was removed; null where neither was. */
export const leaverBehind = (agent: SQL, principal: SQL): SQL => sql`(SELECT ${approvers.id} FROM ${approvers}
  WHERE ${approvers.removedAt} IS NOT NULL AND (${approvers.id} = ${principal}
    OR ${approvers.id} = (SELECT ${agents.runBy} FROM ${agents} WHERE ${agents.id} = ${agent})) LIMIT 1)`
