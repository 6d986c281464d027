/** The groups that people answer for, as they are at this moment: those of their roles, and those they are members of. SPEC 11. */
import { type SQL, sql } from 'drizzle-orm'
import { approvers, groups } from '../schema/tables.ts'
import { isPresent } from './present-people.ts'

const answers = sql`${approvers.roles} ?| ARRAY['approver', 'admin']`

/** Of a row of approvers: a group can have them as a member, also while they are suspended. */
export const mayBelong = sql`(${approvers.removedAt} IS NULL AND ${answers})`

/** Of a row of approvers: present, and with a role that answers. */
export const mayAnswer = sql`(${isPresent} AND ${answers})`

/** The named groups of a row of approvers, as a JSON array. */
export const namedGroups = sql`(SELECT coalesce(json_agg(${groups.name} ORDER BY ${groups.name} COLLATE "C"), '[]')
  FROM ${groups} WHERE ${groups.members} ? ${approvers.id} AND ${groups.removedAt} IS NULL AND ${mayAnswer})`

/** All groups that the person with this id answers for, as rows of one text; none once they were removed. */
export const groupsOfPerson = (person: SQL): SQL => sql`(
  SELECT role AS "group" FROM ${approvers}, jsonb_array_elements_text(${approvers.roles}) AS role
    WHERE ${approvers.id} = ${person} AND ${isPresent} AND role <> 'auditor'
  UNION ALL SELECT ${groups.name} FROM ${groups}, ${approvers}
    WHERE ${groups.members} ? ${approvers.id} AND ${groups.removedAt} IS NULL
      AND ${approvers.id} = ${person} AND ${mayAnswer})`

/** Those that a deputy answers for in the place of an absent person. */
export const delegatedGroups = (person: SQL): SQL =>
  sql`(SELECT "group" FROM ${groupsOfPerson(person)} AS answered WHERE "group" <> 'admin')`
