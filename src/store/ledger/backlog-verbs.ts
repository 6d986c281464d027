/** Pending work, counted in one statement; each part of it reads an index. SPEC 13. */
import { sql } from 'drizzle-orm'
import type { Backlog, BacklogStore } from '../contract/backlog-store.ts'
import type { Database } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { checkpoints, deliveries, entries, leaves, notices, requests } from '../schema/tables.ts'
import { sizeOfTree } from '../sql/tree-size.ts'
import { indexedCount } from './fact-index.ts'
import { following } from './log-verbs.ts'

const MOST_COUNTED = 4097

const now = sql`${sql.placeholder('now')}::bigint`

const backlog = statement<Backlog>(sql`
  WITH ${following(sql`true`)},
  published AS (SELECT COALESCE(max(size), 0) AS size FROM ${checkpoints} WHERE kind = 'published')
  SELECT
    (SELECT count(*) FROM ${requests} WHERE state = 'pending' AND expires_at > ${now})::integer AS "pending",
    (SELECT count(*) FROM ${notices} WHERE due_at <= ${now})::integer AS "notices",
    (SELECT COALESCE(json_object_agg(channel, count), '{}') FROM (
      SELECT channel, count(*) AS count FROM ${deliveries} WHERE state = 'waiting' GROUP BY channel) AS waits) AS "deliveries",
    ((SELECT count(*) FROM waiting)
      + COALESCE((SELECT max(index) + 1 FROM ${leaves}), 0) - (SELECT size FROM published))::integer AS "unproved",
    (${sizeOfTree} - ${indexedCount})::integer AS "unindexed",
    GREATEST(0, COALESCE(${now} - LEAST(
      (SELECT ${entries.at} FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry}
        WHERE ${leaves.index} = (SELECT size FROM published)),
      (SELECT ${entries.at} FROM ${entries} JOIN waiting ON waiting.id = ${entries.id}
        ORDER BY waiting.xid, waiting.id LIMIT 1)), 0))::bigint AS "unprovedForSeconds"`)

export const backlogVerbs = (database: Database): BacklogStore => ({
  async backlog(at) {
    const [row] = await database.run(backlog, { now: at, limit: MOST_COUNTED })
    if (!row) throw new Error('The backlog is one row')
    return row
  },
})
