/** Removed people and revoked agents, for whom no call may be made. SPEC 2.4, 10.2. */
import { type SQL, sql } from 'drizzle-orm'
import { agents, approvers } from '../schema/tables.ts'

/** The one of the two who was removed; null where neither was. */
export const leaverBehind = (agent: SQL, principal: SQL): SQL => sql`(SELECT ${approvers.id} FROM ${approvers}
  WHERE ${approvers.removedAt} IS NOT NULL AND (${approvers.id} = ${principal}
    OR ${approvers.id} = (SELECT ${agents.runBy} FROM ${agents} WHERE ${agents.id} = ${agent})) LIMIT 1)`

/** Whether no link of the proven chain was revoked. Costs nothing where there is no chain. */
export const linksStand = (actors: SQL): SQL => sql`(${actors} = '[]'::jsonb OR NOT EXISTS (
  SELECT FROM ${agents} WHERE ${agents.revokedAt} IS NOT NULL AND ${actors} ? ${agents.id}))`
