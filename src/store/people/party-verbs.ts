/**
 * Agents, executors and the credentials that software calls with: who is calling, and who exists.
 *
 * In: hashes and ids. Out: callers and parties as the database says at this moment.
 * Adding them is administration.ts, ending them revocation.ts. SPEC 1, 10.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Agent, Caller, Credential, CredentialKind, Executor } from '../../domain/identity/parties.ts'
import type { Store } from '../contract/store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { fields, insert, object, placeholders, statement } from '../driver/sql-statement.ts'
import { agents, credentials, executors } from '../schema/tables.ts'
import { entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'

const given = sql.placeholder

/** `column` is one of the texts in the parameter, a JSON array. */
const among = (column: SQL, parameter: string): SQL =>
  sql`${column} IN (SELECT json_array_elements_text(${given(parameter)}::text::json))`

interface CallerRow {
  readonly kind: CredentialKind
  readonly credentialId: string
  readonly subject: string
  readonly agent: Agent | null
  readonly executor: Executor | null
}

// `last_used_at` is kept to five minutes, and whoever finds its row locked leaves it: one writer, and nobody waits.
const whoCalls = statement<CallerRow & { readonly hash: string }>(sql`
  WITH used AS (
    UPDATE ${credentials} SET last_used_at = ${given('now')}::bigint WHERE ${credentials.id} IN (
      SELECT id FROM ${credentials} WHERE ${among(sql`hash`, 'hashes')} AND revoked_at IS NULL
        AND coalesce(last_used_at, 0) < ${given('now')}::bigint - 300
      FOR NO KEY UPDATE SKIP LOCKED)
  )
  SELECT ${credentials.hash} AS "hash", ${credentials.kind} AS "kind", ${credentials.id} AS "credentialId", ${credentials.subject} AS "subject",
    CASE WHEN ${agents.id} IS NOT NULL THEN ${object(agents)} END AS "agent",
    CASE WHEN ${executors.audience} IS NOT NULL THEN ${object(executors)} END AS "executor"
  FROM ${credentials}
  LEFT JOIN ${agents} ON ${credentials.kind} = 'agent' AND ${agents.id} = ${credentials.subject}
    AND ${agents.revokedAt} IS NULL
  LEFT JOIN ${executors} ON ${credentials.kind} = 'executor' AND ${executors.audience} = ${credentials.subject}
    AND ${executors.revokedAt} IS NULL
  WHERE ${among(sql`${credentials.hash}`, 'hashes')} AND ${credentials.revokedAt} IS NULL
    AND ${credentials.expiresAt} > ${given('now')}::bigint`)

function callerOf({ kind, credentialId, subject, agent, executor }: CallerRow): Caller | undefined {
  if (kind === 'agent') return agent ? { kind, credentialId, agent } : undefined
  if (kind === 'executor') return executor ? { kind, credentialId, executor } : undefined
  return { kind, credentialId, subject }
}

const agentById = statement<Agent>(sql`SELECT ${fields(agents)} FROM ${agents} WHERE ${agents.id} = ${given('id')}`)
const executorsByAudience = statement<Executor>(
  sql`SELECT ${fields(executors)} FROM ${executors} WHERE ${among(sql`${executors.audience}`, 'audiences')}`,
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

// Written only where something differs, so that a start of the authority is not a write.
const keepOwnParties = statement(sql`
  WITH own AS (${insert(agents, placeholders(agents, 'agent'))} ON CONFLICT DO NOTHING)
  ${insert(executors, placeholders(executors, 'executor'))}
  ON CONFLICT (audience) DO UPDATE SET title = excluded.title, catalogue = excluded.catalogue,
    challenge_keys = excluded.challenge_keys, version = excluded.version
  WHERE (${executors.title}, ${executors.version}) IS DISTINCT FROM (excluded.title, excluded.version)
    OR ${executors.catalogue}::text <> excluded.catalogue::text
    OR ${executors.challengeKeys}::text <> excluded.challenge_keys::text`)

type PartyVerbs =
  | 'authenticate'
  | 'agent'
  | 'executor'
  | 'listAgents'
  | 'listExecutors'
  | 'listCredentials'
  | 'ensureCredential'
  | 'ensureOwnParties'

interface Knock {
  readonly hash: string
  readonly now: number
}

async function authenticateAll(database: Database, knocks: readonly Knock[]): Promise<(Caller | undefined)[]> {
  const now = Math.max(...knocks.map((knock) => knock.now))
  const rows = await database.run(whoCalls, { hashes: knocks.map(({ hash }) => hash), now })
  const callers = new Map(rows.map((row) => [row.hash, callerOf(row)]))
  return knocks.map(({ hash }) => callers.get(hash))
}

async function executorsOf(database: Database, audiences: readonly string[]): Promise<(Executor | undefined)[]> {
  const rows = await database.run(executorsByAudience, { audiences })
  const known = new Map(rows.map((row) => [row.audience, row]))
  return audiences.map((audience) => known.get(audience))
}

/** `gather`: those who ask at the same time share a statement; each is answered by one that began after it asked. */
export const partyVerbs = (database: Database, gather: Gather | undefined): Pick<Store, PartyVerbs> => {
  const authenticate = shared(gather, (knocks: readonly Knock[]) => authenticateAll(database, knocks))
  const executor = shared(gather, (audiences: readonly string[]) => executorsOf(database, audiences))
  return {
    authenticate: (hash, now) => authenticate({ hash, now }),
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
    async ensureCredential(credential, hash, entry) {
      const added = await database.run(addCredential, { ...credential, hash, entries: entryRows([entry]) })
      return added.length > 0 ? 'added' : 'known'
    },
    async ensureOwnParties(agent, executor) {
      await database.run(keepOwnParties, { agent, executor })
    },
  }
}
