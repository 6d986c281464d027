/**
 * Groups of people, whom policies ask by name. A role's name is a group, too, and can be no other group's. A person who
 * only audits answers for no group. SPEC 10, 11.
 */
import * as z from 'zod'
import { principalId } from './identifiers.ts'

/** `members`: ids of approvers, in order. `version` grows with every change, as that of an executor. */
export interface Group {
  readonly name: string
  readonly members: readonly string[]
  readonly version: number
  readonly createdAt: number
  readonly removedAt: number | null
}

/** As many as one ledger entry can name. */
export const MAX_MEMBERS = 200
export const MAX_GROUPS = 200

export const groupName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens; at most 32')
  .refine((name) => !['approver', 'admin', 'auditor'].includes(name), 'the name of a role is a group already')
  .meta({ description: 'Name of a group of people', example: 'finance' })

export const groupMembers = z
  .array(principalId.max(32))
  .min(1, 'a group has at least one member')
  .max(MAX_MEMBERS)
  .refine((ids) => new Set(ids).size === ids.length, 'a member stands once')
  .meta({ description: 'Ids of approvers' })
