/** Present facts that policies read besides the parties of a call. SPEC 11. */
import { sql } from 'drizzle-orm'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { statement } from '../driver/sql-statement.ts'
import { approvers } from '../schema/tables.ts'
import { leaverBehind } from '../sql/leavers.ts'
import { countOfPeople } from '../sql/people-condition.ts'

const peopleWhoApprove = statement<{ people: number }>(sql`SELECT ${countOfPeople} AS "people"`)

const given = sql.placeholder
const otherAdmins = statement<{ admins: number }>(sql`SELECT count(*)::integer AS "admins" FROM ${approvers}
  WHERE ${approvers.removedAt} IS NULL AND ${approvers.roles} @> '["admin"]' AND ${approvers.id} <> ${given('besides')}`)
const leavers = statement<{ id: string | null }>(sql`
  SELECT ${leaverBehind(sql`call.agent`, sql`call.principal`)} AS "id"
  FROM ROWS FROM (json_to_recordset(${given('calls')}::text::json) AS (agent text, principal text))
    WITH ORDINALITY AS call (agent, principal, position)
  ORDER BY call.position`)

/** With `gather`, calls made at the same time share a statement, which begins after each of them was made. */
export const standingVerbs = (database: Database, gather: Gather | undefined) => {
  const count = shared(gather, async (calls: readonly null[]) => {
    const [row] = await database.run(peopleWhoApprove)
    return calls.map(() => row?.people ?? 0)
  })
  const leaverBehind = shared(gather, async (calls: readonly Parameters<PeopleStore['leaverBehind']>[0][]) =>
    (await database.run(leavers, { calls })).map(({ id }) => id),
  )
  return {
    countPeople: () => count(null),
    countAdmins: async (besides) => (await database.run(otherAdmins, { besides }))[0]?.admins ?? 0,
    leaverBehind,
  } satisfies Pick<PeopleStore, 'countPeople' | 'countAdmins' | 'leaverBehind'>
}
