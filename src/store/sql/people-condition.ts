/** The number of people who can approve, as policies read it, and the condition that it is still the same. SPEC 11. */
import { type SQL, sql } from 'drizzle-orm'
import { approvers } from '../schema/tables.ts'

// Suspended people count, and those whose passkeys were revoked: what one admin does alone lowers no quorum.
export const countOfPeople = sql`(SELECT count(*)::integer FROM ${approvers}
  WHERE ${approvers.removedAt} IS NULL AND ${approvers.roles} @> '["approver"]')`

/** `people`: null where the decision did not read it. */
export const peopleAre = (people: SQL): SQL => sql`(${people} IS NULL OR ${people} = ${countOfPeople})`
