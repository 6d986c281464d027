/** Reads what proves the configuration. Entries about it are found by an index of their own. SPEC 10.4. */
import { sql } from 'drizzle-orm'
import type { ConfigurationEntry, CredentialInUse, ProofStore } from '../contract/proof-store.ts'
import type { Database } from '../driver/database.ts'
import { fields, statement } from '../driver/sql-statement.ts'
import { isConfiguration } from '../schema/configuration-entries.ts'
import { credentials, entries, leaves, payloads } from '../schema/tables.ts'

const given = sql.placeholder

const configurationAfter = statement<ConfigurationEntry>(sql`
  SELECT ${entries.id} AS "id", ${entries.body} AS "body", ${entries.leaf} AS "leaf",
    (SELECT ${leaves.index} FROM ${leaves} WHERE ${leaves.entry} = ${entries.id}) AS "leafIndex"
  FROM ${entries} WHERE ${isConfiguration} AND ${entries.id} > ${given('after')}::bigint
  ORDER BY "leafIndex" NULLS LAST, ${entries.xid}, ${entries.id}`)

const shown = statement<{ content: string }>(sql`SELECT ${payloads.content} AS "content" FROM ${payloads}
  WHERE ${payloads.subject} = ${given('approver')} AND ${payloads.kind} = 'registered' LIMIT 1`)

const inUse = statement<CredentialInUse>(sql`SELECT ${fields(credentials)} FROM ${credentials}
  WHERE ${credentials.revokedAt} IS NULL AND ${credentials.expiresAt} > ${given('now')}::bigint`)

export const proofVerbs = (database: Database): ProofStore => ({
  credentialsInUse: (now) => database.run(inUse, { now }),
  configurationEntries: async (after) =>
    (await database.run(configurationAfter, { after })).map((row) => ({ ...row, leaf: new Uint8Array(row.leaf) })),
  shownToFirstAdmin: async (approver) => (await database.run(shown, { approver }))[0]?.content,
})
