/** The place in which a consent was given, as a `Member` of the quorum with its groups of now. SPEC 11.5. */
import { sql } from 'drizzle-orm'
import { consents } from '../schema/tables.ts'
import { delegatedGroups, groupsOfPerson } from './membership.ts'

/** Of a row of consents. */
export const consentedPlace = sql`CASE WHEN ${consents.onBehalfOf} IS NULL
  THEN json_build_object('id', ${consents.approver},
    'groups', ARRAY(SELECT "group" FROM ${groupsOfPerson(sql`${consents.approver}`)} AS answered))
  ELSE json_build_object('id', ${consents.onBehalfOf}, 'deputy', ${consents.approver},
    'groups', ARRAY${delegatedGroups(sql`${consents.onBehalfOf}`)}) END`
