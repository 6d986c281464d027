/** The condition that a decision was made under the policy in force. Every statement that acts on a decision has it. SPEC 11. */
import { type SQL, sql } from 'drizzle-orm'
import { policies } from '../schema/tables.ts'

/** 0 where there is no policy. */
export const versionInForce = sql`(SELECT coalesce(max(${policies.version}), 0) FROM ${policies})`

export const isInForce = (version: SQL): SQL => sql`(${version} = ${versionInForce})`
