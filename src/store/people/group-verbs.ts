/**
 * Groups of people. A member is somebody who approves here: the statements that change a group refuse all others, so
 * that none is in a group by a race with their removal. SPEC 10, 11.
 */
import { sql } from 'drizzle-orm'
import type { Group } from '../../domain/identity/groups.ts'
import type { AdministrativeChange } from '../contract/change-store.ts'
import type { GroupStore } from '../contract/group-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import type { Recounted } from '../requests/recount-verbs.ts'
import { approvers, groups } from '../schema/tables.ts'
import { mayBelong } from '../sql/membership.ts'

const given = sql.placeholder

const allMayAnswer = (members: string) => sql`NOT EXISTS (
  SELECT FROM json_array_elements_text(${given(members)}::text::json) AS member
  WHERE NOT EXISTS (SELECT FROM ${approvers} WHERE ${approvers.id} = member AND ${mayBelong}))`
const hasRoom = sql`(SELECT count(*) FROM ${groups} WHERE removed_at IS NULL) < ${given('most')}::integer`

// A group that was removed is made anew: its row is taken over.
const add = statement(sql`${insert(groups, placeholders(groups), sql`WHERE ${allMayAnswer('members')} AND ${hasRoom}`)}
  ON CONFLICT (name) DO UPDATE SET members = excluded.members, version = excluded.version,
    created_at = excluded.created_at, removed_at = NULL
  WHERE ${groups.removedAt} IS NOT NULL AND ${groups.version} < excluded.version RETURNING name`)

// Another change was faster where the version is not newer.
const update = statement(sql`UPDATE ${groups} SET members = ${given('members')}::text::jsonb,
    version = ${given('version')}::integer
  WHERE name = ${given('name')} AND version < ${given('version')}::integer AND removed_at IS NULL
    AND ${allMayAnswer('members')}
  RETURNING name`)

const remove = statement(sql`UPDATE ${groups} SET removed_at = ${given('at')}::bigint, version = version + 1
  WHERE name = ${given('name')} AND removed_at IS NULL RETURNING name`)

/** The group or person whose consents may count otherwise after a change; null where none do. */
export function recountedBy(change: AdministrativeChange): Recounted | null {
  switch (change.kind) {
    case 'group.add':
    case 'group.update':
      return { group: change.group.name }
    case 'group.remove':
      return { group: change.name }
    case 'approver.update':
    case 'approver.restore':
      return { approver: change.approver }
    default:
      return null
  }
}

type GroupChange = Extract<AdministrativeChange, { readonly kind: `group.${string}` }>

export function applyGroupChange(runner: Runner, change: GroupChange): Promise<readonly unknown[]> {
  switch (change.kind) {
    case 'group.add':
      return runner.run(add, { ...change.group, most: change.most })
    case 'group.update':
      return runner.run(update, { ...change.group })
    case 'group.remove':
      return runner.run(remove, { name: change.name, at: change.at })
  }
}

const byName = statement<Group>(sql`SELECT ${fields(groups)} FROM ${groups} WHERE ${groups.name} = ${given('name')}`)
const live = statement<Group>(sql`SELECT ${fields(groups)} FROM ${groups} WHERE ${groups.removedAt} IS NULL
  ORDER BY ${groups.name} COLLATE "C"`)

export const groupVerbs = (database: Database): GroupStore => ({
  group: async (name) => (await database.run(byName, { name }))[0],
  listGroups: () => database.run(live),
})
