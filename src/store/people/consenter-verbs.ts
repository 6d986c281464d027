/** The people who consented to a request, read with their consents in one statement: as of one moment. SPEC 6. */

import type { Consent } from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import type { Passkey } from '../../domain/identity/parties.ts'
import type { PeopleStore } from '../contract/identity-store.ts'
import type { Database } from '../driver/database.ts'
import { object, statement } from '../driver/sql-statement.ts'
import { agents, approvers, consents, passkeys } from '../schema/tables.ts'
import { type ApproverRow, approverFields, approverOf } from './people-verbs.ts'

interface ConsenterRow extends ApproverRow {
  readonly credentialId: string
  readonly consent: Consent
  readonly givenAt: number
  readonly passkey: Passkey | null
  readonly runs: readonly string[]
}

const consentersOf = statement<ConsenterRow>(sql`
  SELECT ${approverFields}, ${consents.credentialId} AS "credentialId", ${consents.consent} AS "consent",
    ${consents.givenAt} AS "givenAt",
    CASE WHEN ${passkeys.credentialId} IS NOT NULL THEN ${object(passkeys)} END AS "passkey",
    (SELECT coalesce(json_agg(${agents.id} ORDER BY ${agents.id}), '[]') FROM ${agents}
      WHERE ${agents.runBy} = ${approvers.id} AND ${agents.revokedAt} IS NULL) AS "runs"
  FROM ${consents} JOIN ${approvers} ON ${approvers.id} = ${consents.approver}
  LEFT JOIN ${passkeys} ON ${passkeys.credentialId} = ${consents.credentialId}
  WHERE ${consents.request} = ${sql.placeholder('request')} AND ${consents.voidedAt} IS NULL
  ORDER BY ${consents.id}`)

export const consenterVerbs = (database: Database) =>
  ({
    async consenters(request) {
      const rows = await database.run(consentersOf, { request })
      return rows.map(({ credentialId, consent, givenAt, passkey, runs, ...row }) => ({
        stored: { approver: row.id, credentialId, consent, givenAt },
        person: approverOf(row),
        passkey: passkey ?? undefined,
        runs,
      }))
    },
  }) satisfies Partial<PeopleStore>
