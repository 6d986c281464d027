/**
 * All commands as a table, in the order of the help text.
 *
 * A command's code is loaded when the command runs: help and version parse none of it.
 */

import { auditTable } from './table/audit-table.ts'
import { codingTable } from './table/coding-table.ts'
import type { CommandRow } from './table/command-row.ts'
import { draftTable } from './table/draft-table.ts'
import { observationTable } from './table/observation-table.ts'
import { partyTable } from './table/party-table.ts'
import { peopleTable } from './table/people-table.ts'
import { policyTable } from './table/policy-table.ts'
import { requestTable } from './table/request-table.ts'
import { scimTable } from './table/scim-table.ts'

/** Commands that only hold others. */
export const GROUPS: Readonly<Record<string, string>> = {
  revoke: 'end one token or one request, at once',
  agent: 'software that proposes actions',
  executor: 'software that carries actions out, and demands a token',
  people: 'people who may consent, administer or audit',
  group: 'people whom a policy asks by one name',
  invitation: 'links with which people enrol',
  erase: 'texts that law or retention wants gone; the entries of the ledger stay',
  scim: 'directories that name people and groups',
  credential: 'secrets that software calls with',
  profile: 'credentials kept on this machine, by authority',
  grant: 'several calls by one consent',
  policy: 'the rules by which actions are allowed, asked about or denied',
  token: 'look at approval tokens',
  keys: 'the keys that sign tokens',
  audit: 'check a ledger, trusting nobody',
  proof: 'check entries of a ledger',
  hook: 'coding agents on this machine',
  webhook: 'endpoints that receive events',
  notify: 'check that messages arrive',
}

export const COMMANDS: readonly CommandRow[] = [
  ...requestTable,
  ...partyTable,
  ...peopleTable,
  ...scimTable,
  ...policyTable,
  ...draftTable,
  ...observationTable,
  ...codingTable,
  ...auditTable,
]
