/** The absences of a person and those in which they are the deputy, as fields of a row of approvers. SPEC 10.11. */
import { type SQL, sql } from 'drizzle-orm'
import { object } from '../driver/sql-statement.ts'
import { absences, approvers } from '../schema/tables.ts'
import { delegatedGroups, mayAnswer } from './membership.ts'

const isOpen = sql`${absences.endedAt} IS NULL`

const ownAbsence = sql`(SELECT ${object(absences)} FROM ${absences}
  WHERE ${absences.approver} = ${approvers.id} AND ${isOpen})`

/** `groups` are those of the absent person, less `admin`; none while they are suspended. */
const deputyships = sql`(SELECT coalesce(json_agg(${object(absences, {
  groups: sql`ARRAY${delegatedGroups(sql`${absences.approver}`)}`,
})} ORDER BY ${absences.fromAt}, ${absences.id}), '[]')
  FROM ${absences} WHERE ${absences.deputy} = ${approvers.id} AND ${isOpen} AND ${mayAnswer})`

export const absenceFields = sql`${ownAbsence} AS "absence", ${deputyships} AS "standsFor"`

/** Whether a person may answer in the place of another at an instant. */
export const standsInFor = (deputy: SQL, absent: SQL, at: SQL) =>
  sql`EXISTS (SELECT FROM ${absences} JOIN ${approvers} ON ${approvers.id} = ${absences.deputy}
    WHERE ${absences.deputy} = ${deputy} AND ${absences.approver} = ${absent} AND ${isOpen} AND ${mayAnswer}
      AND ${absences.fromAt} <= ${at} AND ${absences.untilAt} > ${at})`
