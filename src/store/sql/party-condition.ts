/** The conditions of deciding statements that the parties are those the policy saw, and may act. SPEC 7, 11.3. */
import { type SQL, sql } from 'drizzle-orm'
import { agents, credentials, executors } from '../schema/tables.ts'

/** A live credential of the executor. */
export const executorHolds = (hash: SQL, audience: SQL, now: SQL): SQL => sql`EXISTS (SELECT FROM ${credentials}
  WHERE ${credentials.hash} = ${hash} AND kind = 'executor' AND subject = ${audience} AND revoked_at IS NULL
  AND ${credentials.expiresAt} > ${now})`

/** A live credential of the agent, where its hash is known. */
export const agentHolds = (hash: SQL, id: SQL, now: SQL): SQL => sql`(${hash} IS NULL OR EXISTS (
  SELECT FROM ${credentials} WHERE ${credentials.hash} = ${hash} AND kind = 'agent' AND subject = ${id}
  AND revoked_at IS NULL AND ${credentials.expiresAt} > ${now}))`

export const executorIs = (audience: SQL, version: SQL): SQL => sql`EXISTS (SELECT FROM ${executors}
  WHERE ${executors.audience} = ${audience} AND ${executors.version} = ${version} AND revoked_at IS NULL)`

export const agentIsLiveAt = (id: SQL, version: SQL): SQL => sql`EXISTS (SELECT FROM ${agents}
  WHERE ${agents.id} = ${id} AND ${agents.version} = ${version} AND revoked_at IS NULL)`
