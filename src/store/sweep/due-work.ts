/** What a sweep has to do, as one question: every second it is asked for, and mostly nothing waits. */
import { type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { DueWork, OverdueStore } from '../contract/ledger-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { anyEnded } from '../ledger/entry-verbs.ts'
import { isOpenErasure } from '../ledger/overdue-verbs.ts'
import { isDueFact } from '../ledger/repeat-verbs.ts'
import { isOverdueAbsence } from '../people/absence-verbs.ts'
import { isOverdueSession } from '../people/agent-session-verbs.ts'
import { isUnderWay } from '../policy/observation-verbs.ts'
import { isOverdueRequest } from '../requests/request-verbs.ts'
import { observations } from '../schema/policy-tables.ts'
import { absences, agentSessions, erasures, repeatedFacts, requests } from '../schema/tables.ts'

const any = (table: PgTable, condition: SQL) => sql`EXISTS (SELECT FROM ${table} WHERE ${condition})`

const due = statement<DueWork>(sql`SELECT ${any(agentSessions, isOverdueSession)} AS "agentSessions",
  ${any(absences, isOverdueAbsence)} AS "absences", ${any(requests, isOverdueRequest)} AS "requests",
  ${any(observations, isUnderWay)} AS "observation", ${any(repeatedFacts, isDueFact)} AS "repeats",
  ${any(erasures, isOpenErasure)} AS "erasures", ${anyEnded} AS "ended"`)

export const dueVerbs = (database: Database) =>
  ({
    async dueWork(now) {
      const [row] = await database.run(due, { now })
      if (!row) throw new Error('The work that waits is one row')
      return row
    },
  }) satisfies Partial<OverdueStore>
