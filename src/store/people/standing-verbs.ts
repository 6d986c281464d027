/** Present facts that policies read besides the parties of a call. SPEC 11. */
import { sql } from 'drizzle-orm'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { statement } from '../driver/sql-statement.ts'
import { approvers } from '../schema/tables.ts'
import { leaverBehind } from '../sql/leavers.ts'
import { countOfPeople } from '../sql/people-condition.ts'

const given = sql.placeholder
const otherAdmins = statement<{ admins: number }>(sql`SELECT count(*)::integer AS "admins" FROM ${approvers}
  WHERE ${approvers.removedAt} IS NULL AND ${approvers.roles} @> '["admin"]' AND ${approvers.id} <> ${given('besides')}`)
const standingOf = statement<{ people: number; leaver: string | null }>(sql`
  SELECT ${countOfPeople} AS "people", ${leaverBehind(sql`call.agent`, sql`call.principal`)} AS "leaver"
  FROM ROWS FROM (json_to_recordset(${given('calls')}::text::json) AS (agent text, principal text))
    WITH ORDINALITY AS call (agent, principal, position)
  ORDER BY call.position`)

const NOBODY = { agent: null, principal: null }

/** With `gather`, calls made at the same time share a statement, which begins after each of them was made. */
export const standingVerbs = (database: Database, gather: Gather | undefined) => {
  // A proposal asks for both at once.
  const standing = shared(gather, (calls: readonly object[]) => database.run(standingOf, { calls }))
  return {
    countPeople: async () => (await standing(NOBODY)).people,
    countAdmins: async (besides) => (await database.run(otherAdmins, { besides }))[0]?.admins ?? 0,
    leaverBehind: async (call) => (await standing(call)).leaver,
  } satisfies Pick<PeopleStore, 'countPeople' | 'countAdmins' | 'leaverBehind'>
}
