/**
 * Sessions of agents. One statement opens a session, with everything that it depends on locked. Ending one ends what the
 * agent has open, as revoking the agent would, but not its registration. SPEC 10.9.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { AgentSession } from '../../domain/identity/agent-session.ts'
import type { AgentSessionStore } from '../contract/agent-session-store.ts'
import { type Database, isDuplicate } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { endRequests } from '../requests/end-requests.ts'
import { agentSessions, agents, approvers, passkeys, requests } from '../schema/tables.ts'
import {
  announce,
  appendEntries,
  entryRows,
  ifDecided,
  insertEntries,
  insertPayloads,
  payloadRows,
} from '../sql/entry-rows.ts'
import { isPresent } from '../sql/present-people.ts'
import { lastingContent } from '../sql/recorded-content.ts'
import { wordsOf } from '../sql/request-fields.ts'
import { announceStop } from '../stop/stop-verbs.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

const open = statement(sql`
  WITH agent AS (SELECT FROM ${agents} WHERE id = ${given('session.agent')} AND ${agents.revokedAt} IS NULL FOR SHARE),
  opener AS (SELECT FROM ${approvers} WHERE id = ${given('session.openedBy')} AND ${isPresent} FOR SHARE),
  signed AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('counter')}::bigint),
      last_used_at = ${given('session.openedAt')}::bigint
    WHERE credential_id = ${given('credentialId')} AND approver = ${given('session.openedBy')} AND revoked_at IS NULL
      AND EXISTS (SELECT FROM agent) AND EXISTS (SELECT FROM opener)
    RETURNING 1
  ),
  decided AS (${insert(agentSessions, placeholders(agentSessions, 'session'), sql`FROM signed`)} RETURNING id),
  kept AS (${insertPayloads(ifDecided)}),
  written AS (${insertEntries(ifDecided)})
  SELECT id, ${announce(sql`'inbox'`)} FROM decided`)

interface SessionRow extends AgentSession {
  readonly content: string | null
}

const columns = sql`${fields(agentSessions)}, ${lastingContent(sql`${agentSessions.id}`, 'purpose')} AS "content"`
const sessionOf = ({ content, ...session }: SessionRow): AgentSession => ({
  ...session,
  purpose: wordsOf(content),
})

const wasOpen = (instant: SQL) => sql`${agentSessions.openedAt} <= ${instant}
    AND coalesce(${agentSessions.endedAt}, ${agentSessions.endsAt}) > ${instant}
  ORDER BY ${agentSessions.openedAt} DESC LIMIT 1`
const at = statement<SessionRow>(sql`SELECT ${columns} FROM ${agentSessions}
  WHERE ${agentSessions.agent} = ${given('agent')} AND ${wasOpen(sql`${given('at')}::bigint`)}`)
const ofRequest = statement<SessionRow>(sql`SELECT ${columns} FROM ${agentSessions}
  JOIN ${requests} ON ${requests.agent} = ${agentSessions.agent}
  WHERE ${requests.id} = ${given('request')} AND ${wasOpen(sql`${requests.createdAt}`)}`)
const isOpen = sql`${agentSessions.endedAt} IS NULL`
const allOpen = statement<SessionRow>(sql`SELECT ${columns} FROM ${agentSessions}
  WHERE ${isOpen} AND ${agentSessions.endsAt} > ${now} ORDER BY ${agentSessions.endsAt}, ${agentSessions.id}`)
const since = statement<SessionRow>(sql`SELECT ${columns} FROM ${agentSessions}
  WHERE coalesce(${agentSessions.endedAt}, ${agentSessions.endsAt}) > ${now}
  ORDER BY ${agentSessions.openedAt}, ${agentSessions.id}`)
export const isOverdueSession = sql`${isOpen} AND ${agentSessions.endsAt} <= ${now}`
const overdue = statement<SessionRow>(sql`SELECT ${columns} FROM ${agentSessions}
  WHERE ${isOverdueSession} ORDER BY ${agentSessions.endsAt} LIMIT 200`)

const end = statement(sql`UPDATE ${agentSessions} SET ended_at = ${given('at')}::bigint
  WHERE id = ${given('id')} AND ended_at IS NULL RETURNING id`)
const announceEnd = statement(
  sql`SELECT ${announceStop}, ${announce(sql`'agent-session:' || ${given('agent')}::text`)}`,
)

export const agentSessionVerbs = (database: Database): AgentSessionStore => ({
  async openAgentSession({ session, payload, entry, ...signed }) {
    const values = { session: { ...session, purpose: payload.digest }, ...signed }
    try {
      const rows = await database.run(open, {
        ...values,
        payloads: payloadRows([payload]),
        entries: entryRows([entry]),
      })
      return { verdict: rows.length > 0 ? 'opened' : 'gone' }
    } catch (error) {
      if (isDuplicate(error, 'agent_sessions_one_open')) return { verdict: 'exists' }
      throw error
    }
  },
  agentSessionAt: async (moment) => (await database.run(at, moment)).map(sessionOf)[0],
  agentSessionOf: async (request) => (await database.run(ofRequest, { request })).map(sessionOf)[0],
  agentSessionsSince: async (at) => (await database.run(since, { now: at })).map(sessionOf),
  openAgentSessions: async (at) => (await database.run(allOpen, { now: at })).map(sessionOf),
  overdueAgentSessions: async (at) => (await database.run(overdue, { now: at })).map(sessionOf),
  endAgentSession: ({ id, agent, at, entriesFor }) =>
    database.transaction(async (transaction) => {
      if ((await transaction.run(end, { id, at })).length === 0) return false
      await appendEntries(transaction, await entriesFor(await endRequests(transaction, 'asking', agent, at)))
      await transaction.run(announceEnd, { agent })
      return true
    }),
})
