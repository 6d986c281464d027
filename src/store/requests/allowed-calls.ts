/**
 * Records calls that policy allowed without a token, and later rounds of approved ones. One statement holds every condition and writes the entry; only
 * where it writes none does a second statement ask why. It answers for calls that policy did not allow, too. SPEC 8, 11.3.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { AllowedCall, AllowedCallStore, AskedParties, Barred } from '../contract/allowed-call-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { insert, statement } from '../driver/sql-statement.ts'
import { entries, redemptions, stops, tokens } from '../schema/tables.ts'
import { entryRow } from '../sql/entry-rows.ts'
import { leaverBehind } from '../sql/leavers.ts'
import { agentHolds, agentIsLiveAt, executorHolds, executorIs } from '../sql/party-condition.ts'
import { peopleAre } from '../sql/people-condition.ts'
import { isInForce } from '../sql/policy-condition.ts'
import { notStopped } from '../sql/stop-condition.ts'

const asked = sql`SELECT * FROM json_to_recordset(${sql.placeholder('calls')}::text::json) AS call (
  agent text, principal text, executor text, name text, credential text, agent_credential text, version integer, agent_version integer,
  policy integer, people integer, jti text, use integer, request text, of_grant text, now bigint, type text, at bigint, trace uuid, body text, leaf text)`

const isCredentialed = executorHolds(sql`call.credential`, sql`call.executor`, sql`call.now`)
const isAgents = agentHolds(sql`call.agent_credential`, sql`call.agent`, sql`call.now`)
const isFree = notStopped({
  id: sql`call.request`,
  grant: sql`call.of_grant`,
  trace: sql`call.trace`,
  act: sql`jsonb_build_object('sub', call.agent)`,
  actor: sql`call.agent`,
  principal: sql`call.principal`,
  audience: sql`call.executor`,
  name: sql`call.name`,
})
/** Of a later round: neither its request nor its token was revoked. What a kill switch has cut off goes on after the release. */
const isUnrevoked = sql`CASE WHEN call.jti IS NULL THEN true ELSE
  NOT EXISTS (SELECT FROM ${stops} WHERE ${stops.killswitch} IS NULL AND (${stops.selector}->>'jti' = call.jti
    OR ${stops.selector}->>'request' IN (call.request, call.of_grant)))
  AND EXISTS (SELECT FROM ${tokens} WHERE ${tokens.jti} = call.jti AND ${tokens.revokedAt} IS NULL) END`
const isUnended = sql`CASE WHEN call.jti IS NULL THEN true ELSE EXISTS (SELECT FROM ${redemptions}
  WHERE ${redemptions.jti} = call.jti AND ${redemptions.use} = call.use AND ${redemptions.audience} = call.executor
    AND coalesce(${redemptions.outcome}, 'indeterminate') = 'indeterminate') END`
const isCurrent: SQL = sql`(${executorIs(sql`call.executor`, sql`call.version`)}
  AND ${agentIsLiveAt(sql`call.agent`, sql`call.agent_version`)} AND ${isInForce(sql`call.policy`)}
  AND ${peopleAre(sql`call.people`)} AND ${leaverBehind(sql`call.agent`, sql`call.principal`)} IS NULL)`

const recordAll = statement<{ trace: string }>(sql`
  WITH call AS (${asked}),
  written AS (
    ${insert(
      entries,
      { type: sql`type`, at: sql`at`, trace: sql`trace`, body: sql`body`, leaf: sql`decode(leaf, 'hex')` },
      sql`FROM call WHERE ${isCredentialed} AND ${isAgents} AND ${isFree} AND ${isUnrevoked} AND ${isUnended} AND ${isCurrent}`,
    )} RETURNING ${entries.trace}
  )
  SELECT trace AS "trace" FROM written`)

const explain = statement<{ credentialed: boolean; agents: boolean; free: boolean; unrevoked: boolean }>(sql`
  WITH call AS (${asked})
  SELECT ${isCredentialed} AS "credentialed", ${isAgents} AS "agents", ${isFree} AS "free", ${isUnrevoked} AS "unrevoked"
  FROM call`)

const partiesOf = ({ continued, credentialHash, agentCredentialHash, ...parties }: AskedParties) => {
  const { agent, principal, executor, name, now } = parties
  const { jti = null, use = null, request = null, trace = null, grant: of_grant = null } = continued ?? {}
  return {
    ...{ agent, principal, executor, name, now, jti, use, request, trace, of_grant },
    credential: credentialHash,
    agent_credential: agentCredentialHash,
  }
}

const rowOf = ({ entry, executorVersion, agentVersion, policyVersion, people, ...call }: AllowedCall) => ({
  ...partiesOf(call),
  people,
  version: executorVersion,
  agent_version: agentVersion,
  policy: policyVersion,
  ...entryRow(entry),
})

/** True for each that was written. */
async function recordTogether(database: Database, all: readonly AllowedCall[]): Promise<boolean[]> {
  const written = await database.run(recordAll, { calls: all.map(rowOf) })
  const traces = new Set(written.map(({ trace }) => trace.replaceAll('-', '')))
  return all.map(({ entry }) => traces.has(entry.trace))
}

async function barredFrom(database: Database, call: AskedParties): Promise<Barred | null> {
  const [found] = await database.run(explain, { calls: [partiesOf(call)] })
  if (!found?.credentialed) return 'unauthenticated'
  if (!found.agents) return 'agent_unauthenticated'
  if (!found.free) return 'killed'
  return found.unrevoked ? null : 'revoked'
}

/** `gather`: concurrent calls share a statement. */
export const allowedCallVerbs = (database: Database, gather: Gather | undefined) => {
  const record = shared(
    gather,
    (all: readonly AllowedCall[]) => recordTogether(database, all),
    ({ entry }) => entry.trace,
  )
  return {
    recordAllowedCall: async (call) =>
      (await record(call)) ? 'recorded' : ((await barredFrom(database, call)) ?? 'stale'),
    barredFrom: (call) => barredFrom(database, call),
  } satisfies AllowedCallStore
}
