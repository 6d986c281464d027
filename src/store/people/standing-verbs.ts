/** Present facts that policies read besides the parties of a call. SPEC 11. */
import { sql } from 'drizzle-orm'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { statement } from '../driver/sql-statement.ts'
import { leaverBehind } from '../sql/leavers.ts'
import { countOfPeople } from '../sql/people-condition.ts'

const peopleWhoApprove = statement<{ people: number }>(sql`SELECT ${countOfPeople} AS "people"`)

const given = sql.placeholder
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
    leaverBehind: async (call) => (await database.run(leaver, call))[0]?.id ?? null,
  } satisfies Pick<PeopleStore, 'countPeople' | 'leaverBehind'>
}
