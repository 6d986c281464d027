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
const leaver = statement<{ id: string | null }>(
  sql`SELECT ${leaverBehind(sql`${given('agent')}::text`, sql`${given('principal')}::text`)} AS "id"`,
)

/** With `gather`, calls made at the same time share a statement, which begins after each of them was made. */
export const standingVerbs = (database: Database, gather: Gather | undefined) => {
  const count = shared(gather, async (calls: readonly null[]) => {
    const [row] = await database.run(peopleWhoApprove)
    return calls.map(() => row?.people ?? 0)
  })
  return {
    countPeople: () => count(null),
    countAdmins: async (besides) => (await database.run(otherAdmins, { besides }))[0]?.admins ?? 0,
    leaverBehind: async (call) => (await database.run(leaver, call))[0]?.id ?? null,
  } satisfies Pick<PeopleStore, 'countPeople' | 'countAdmins' | 'leaverBehind'>
}
