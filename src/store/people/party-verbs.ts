/**
 * Agents, executors and the credentials that software calls with, as the database holds them at this moment. They are
 * added by change-verbs.ts and ended by revoke-party.ts. SPEC 1, 10.
 */
import { sql } from 'drizzle-orm'
import type { Agent, Credential, CredentialKind, Executor, KnownCaller } from '../../domain/identity/parties.ts'
import type { CallerStore } from '../contract/identity-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { fields, insert, object, placeholders, statement } from '../driver/sql-statement.ts'
import { agents, credentials, executors } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder

interface CallerRow {
  readonly kind: CredentialKind
  readonly credentialId: string
  readonly subject: string
  readonly expiresAt: number
  readonly agent: Agent | null
  readonly executor: Executor | null
}

// `last_used_at` is kept to five minutes, and a locked row is skipped: one call writes it, and none waits.
const callersOf = statement<CallerRow & { readonly hash: string }>(sql`
  WITH used AS (
    UPDATE ${credentials} SET last_used_at = ${given('now')}::bigint WHERE ${credentials.id} IN (
      SELECT id FROM ${credentials} WHERE ${among(sql`hash`, 'hashes')} AND revoked_at IS NULL
        AND coalesce(last_used_at, 0) < ${given('now')}::bigint - 300
      FOR NO KEY UPDATE SKIP LOCKED)
  )
  SELECT ${credentials.hash} AS "hash", ${credentials.kind} AS "kind", ${credentials.id} AS "credentialId", ${credentials.subject} AS "subject",
    ${credentials.expiresAt} AS "expiresAt",
    CASE WHEN ${agents.id} IS NOT NULL THEN ${object(agents)} END AS "agent",
    CASE WHEN ${executors.audience} IS NOT NULL THEN ${object(executors)} END AS "executor"
  FROM ${credentials}
  LEFT JOIN ${agents} ON ${credentials.kind} = 'agent' AND ${agents.id} = ${credentials.subject}
    AND ${agents.revokedAt} IS NULL
  LEFT JOIN ${executors} ON ${credentials.kind} = 'executor' AND ${executors.audience} = ${credentials.subject}
    AND ${executors.revokedAt} IS NULL
  WHERE ${among(credentials.hash, 'hashes')} AND ${credentials.revokedAt} IS NULL
    AND ${credentials.expiresAt} > ${given('now')}::bigint`)

function callerOf({ kind, credentialId, expiresAt, subject, agent, executor }: CallerRow): KnownCaller | undefined {
  if (kind === 'agent') return agent ? { kind, credentialId, expiresAt, agent } : undefined
  if (kind === 'executor') return executor ? { kind, credentialId, expiresAt, executor } : undefined
  return { kind, credentialId, expiresAt, subject }
}

const agentById = statement<Agent>(sql`SELECT ${fields(agents)} FROM ${agents} WHERE ${agents.id} = ${given('id')}`)
const executorsByAudience = statement<Executor>(
  sql`SELECT ${fields(executors)} FROM ${executors} WHERE ${among(executors.audience, 'audiences')}`,
)
const allAgents = statement<Agent>(
  sql`SELECT ${fields(agents)} FROM ${agents} ORDER BY ${agents.createdAt}, ${agents.id}`,
)
const allExecutors = statement<Executor>(
  sql`SELECT ${fields(executors)} FROM ${executors} ORDER BY ${executors.createdAt}, ${executors.audience}`,
)
const credentialsOfKind = statement<Credential>(sql`SELECT ${fields(credentials, ['hash'])} FROM ${credentials}
  WHERE ${credentials.kind} = ${given('kind')} ORDER BY ${credentials.createdAt}, ${credentials.id}`)

const addCredential = statement(sql`
  WITH decided AS (${insert(credentials, placeholders(credentials))} ON CONFLICT DO NOTHING RETURNING id),
  written AS (${insertEntries(ifDecided)})
  SELECT id FROM decided`)

// Writes only where something differs, so that a start of the authority writes nothing.
const keepOwnParties = statement(sql`
  WITH own AS (${insert(agents, placeholders(agents, 'agent'))} ON CONFLICT DO NOTHING)
  ${insert(executors, placeholders(executors, 'executor'))}
  ON CONFLICT (audience) DO UPDATE SET title = excluded.title, catalogue = excluded.catalogue,
    challenge_keys = excluded.challenge_keys, version = excluded.version
  WHERE (${executors.title}, ${executors.version}) IS DISTINCT FROM (excluded.title, excluded.version)
    OR ${executors.catalogue}::text <> excluded.catalogue::text
    OR ${executors.challengeKeys}::text <> excluded.challenge_keys::text`)

type Secret = Parameters<CallerStore['authenticate']>[0]

async function authenticateAll(database: Database, secrets: readonly Secret[]): Promise<(KnownCaller | undefined)[]> {
  const now = Math.max(...secrets.map((secret) => secret.now))
  const rows = await database.run(callersOf, { hashes: secrets.map(({ hash }) => hash), now })
  const callers = new Map(rows.map((row) => [row.hash, callerOf(row)]))
  return secrets.map(({ hash }) => callers.get(hash))
}

async function executorsOf(database: Database, audiences: readonly string[]): Promise<(Executor | undefined)[]> {
  const rows = await database.run(executorsByAudience, { audiences })
  const known = new Map(rows.map((row) => [row.audience, row]))
  return audiences.map((audience) => known.get(audience))
}

/** With `gather`, calls made at the same time share a statement, which begins after each of them was made. */
export const partyVerbs = (database: Database, gather: Gather | undefined): CallerStore => {
  const authenticate = shared(gather, (secrets: readonly Secret[]) => authenticateAll(database, secrets))
  const executor = shared(gather, (audiences: readonly string[]) => executorsOf(database, audiences))
  return {
    authenticate,
    agent: async (id) => (await database.run(agentById, { id }))[0],
    executor,
    listCredentials: (kind) => database.run(credentialsOfKind, { kind }),
    async listAgents() {
      const [all, keys] = await Promise.all([
        database.run(allAgents),
        database.run(credentialsOfKind, { kind: 'agent' }),
      ])
      return all.map((agent) => ({ ...agent, credentials: keys.filter(({ subject }) => subject === agent.id) }))
    },
    async listExecutors() {
      const [all, keys] = await Promise.all([
        database.run(allExecutors),
        database.run(credentialsOfKind, { kind: 'executor' }),
      ])
      return all.map((executor) => ({
        ...executor,
        credentials: keys.filter(({ subject }) => subject === executor.audience),
      }))
    },
    async ensureCredential({ credential, hash, entry }) {
      const added = await database.run(addCredential, { ...credential, hash, entries: entryRows([entry]) })
      return { verdict: added.length > 0 ? 'added' : 'known' }
    },
    async ensureOwnParties(own) {
      await database.run(keepOwnParties, { ...own })
    },
  }
}
