/**
 * Records calls that policy allowed without a token. One statement holds every condition and writes the entry; only
 * where it writes none does a second statement ask why. It answers for calls that policy did not allow, too. SPEC 8, 11.3.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { AllowedCall, AllowedCallStore, AskedParties, Barred } from '../contract/allowed-call-store.ts'
import type { Database } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { insert, statement } from '../driver/sql-statement.ts'
import { entries } from '../schema/tables.ts'
import { entryRow } from '../sql/entry-rows.ts'
import { leaverBehind } from '../sql/leavers.ts'
import { agentHolds, agentIsLiveAt, executorHolds, executorIs } from '../sql/party-condition.ts'
import { peopleAre } from '../sql/people-condition.ts'
import { isInForce } from '../sql/policy-condition.ts'
import { notStopped } from '../sql/stop-condition.ts'

const asked = sql`SELECT * FROM json_to_recordset(${sql.placeholder('calls')}::text::json) AS call (
  agent text, principal text, executor text, name text, credential text, agent_credential text, version integer, agent_version integer,
  policy integer, people integer, now bigint, type text, at bigint, trace uuid, body text, leaf text)`

const isCredentialed = executorHolds(sql`call.credential`, sql`call.executor`, sql`call.now`)
const isAgents = agentHolds(sql`call.agent_credential`, sql`call.agent`, sql`call.now`)
const isFree = notStopped({
  id: sql`NULL::text`,
  grant: sql`NULL::text`,
  trace: sql`call.trace`,
  act: sql`jsonb_build_object('sub', call.agent)`,
  actor: sql`call.agent`,
  principal: sql`call.principal`,
  audience: sql`call.executor`,
  name: sql`call.name`,
})
const isCurrent: SQL = sql`(${executorIs(sql`call.executor`, sql`call.version`)}
  AND ${agentIsLiveAt(sql`call.agent`, sql`call.agent_version`)} AND ${isInForce(sql`call.policy`)}
  AND ${peopleAre(sql`call.people`)} AND ${leaverBehind(sql`call.agent`, sql`call.principal`)} IS NULL)`

const recordAll = statement<{ trace: string }>(sql`
  WITH call AS (${asked}),
  written AS (
    ${insert(
      entries,
      { type: sql`type`, at: sql`at`, trace: sql`trace`, body: sql`body`, leaf: sql`decode(leaf, 'hex')` },
      sql`FROM call WHERE ${isCredentialed} AND ${isAgents} AND ${isFree} AND ${isCurrent}`,
    )} RETURNING ${entries.trace}
  )
  SELECT trace AS "trace" FROM written`)

const explain = statement<{ credentialed: boolean; agents: boolean; free: boolean }>(sql`
  WITH call AS (${asked})
  SELECT ${isCredentialed} AS "credentialed", ${isAgents} AS "agents", ${isFree} AS "free" FROM call`)

const partiesOf = ({ agent, principal, executor, name, credentialHash, agentCredentialHash, now }: AskedParties) => ({
  ...{ agent, principal, executor, name, now },
  credential: credentialHash,
  agent_credential: agentCredentialHash,
})

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
  return found.free ? null : 'killed'
}

/** `gather`: concurrent calls share a statement. */
export const allowedCallVerbs = (database: Database, gather: Gather | undefined) => {
  const record = shared(gather, (all: readonly AllowedCall[]) => recordTogether(database, all))
  return {
    recordAllowedCall: async (call) =>
      (await record(call)) ? 'recorded' : ((await barredFrom(database, call)) ?? 'stale'),
    barredFrom: (call) => barredFrom(database, call),
  } satisfies AllowedCallStore
}
