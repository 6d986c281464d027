/** The consents behind a request, and the place of each as a `Member` of the quorum with its groups of now. SPEC 11.5. */
import { sql } from 'drizzle-orm'
import { consents, requests } from '../schema/tables.ts'
import { delegatedGroups, groupsOfPerson } from './membership.ts'

/** Of a row of requests: people consented to it, or to the grant under which it was approved. */
export const consentedRequest = sql`coalesce(${requests.grant}, ${requests.id})`

/** Of a row of consents beside one of requests: the consent was not voided before the request was decided. */
export const countedThen = sql`(${consents.voidedAt} IS NULL OR ${consents.voidedAt} >= ${requests.decidedAt})`

/** Of a row of consents. */
export const consentedPlace = sql`CASE WHEN ${consents.onBehalfOf} IS NULL
  THEN json_build_object('id', ${consents.approver},
    'groups', ARRAY(SELECT "group" FROM ${groupsOfPerson(sql`${consents.approver}`)} AS answered))
  ELSE json_build_object('id', ${consents.onBehalfOf}, 'deputy', ${consents.approver},
    'groups', ARRAY${delegatedGroups(sql`${consents.onBehalfOf}`)}) END`

/** Of all rows of consents, in the order in which they were given; null where there is none. */
export const consentedPlaces = sql`json_agg(${consentedPlace} ORDER BY ${consents.id})`
