/**
 * Whose credential still holds, for streams that outlive the call which opened them.
 *
 * In: ids of executors' credentials. Out: those of them that were neither revoked nor have expired. SPEC 9.
 */
import { sql } from 'drizzle-orm'
import type { Store } from '../contract/store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { credentials, executors } from '../schema/tables.ts'

const given = sql.placeholder

const inForce = statement<{ id: string }>(sql`
  SELECT ${credentials.id} AS "id" FROM ${credentials} JOIN ${executors} ON ${executors.audience} = ${credentials.subject}
  WHERE ${credentials.id} IN (SELECT json_array_elements_text(${given('ids')}::text::json))
    AND ${credentials.kind} = 'executor' AND ${credentials.revokedAt} IS NULL
    AND ${credentials.expiresAt} > ${given('now')}::bigint AND ${executors.revokedAt} IS NULL`)

export const streamVerbs = (database: Database): Pick<Store, 'credentialsInForce'> => ({
  credentialsInForce: async (ids, now) => (await database.run(inForce, { ids, now })).map(({ id }) => id),
})
