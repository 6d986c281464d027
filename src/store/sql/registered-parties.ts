/**
 * Everything that is registered and not revoked, and the active kill switches, as one document: what a first admin is
 * shown, and the digest by which their enrolment finds it unchanged. The authority's own agents and executor are part
 * of its build, and left out. SPEC 10.1.
 */
import { type SQL, sql } from 'drizzle-orm'
import { statement } from '../driver/sql-statement.ts'
import { agents, credentials, executors, killSwitches } from '../schema/tables.ts'

const listOf = (members: SQL, from: SQL, order: SQL): SQL =>
  sql`(SELECT coalesce(json_agg(json_build_object(${members}) ORDER BY ${order} COLLATE "C"), '[]') ${from})`

const liveAgents = sql`FROM ${agents} WHERE ${agents.revokedAt} IS NULL AND ${agents.id} NOT LIKE 'countersign-%'`
const liveExecutors = sql`FROM ${executors}
  WHERE ${executors.revokedAt} IS NULL AND ${executors.audience} <> ${sql.placeholder('issuer')}`

const selectorOfSwitch = sql`json_strip_nulls(json_build_object('agent', ${killSwitches.agent},
  'principal', ${killSwitches.principal}, 'executor', ${killSwitches.executor}, 'action', ${killSwitches.action},
  'request', ${killSwitches.request}, 'trace', replace(${killSwitches.trace}::text, '-', '')))`

/** `text`, by the parameter `issuer`. */
const registeredDocument = sql`json_build_object(
  'agents', ${listOf(
    sql`'agent', ${agents.id}, 'principals', ${agents.principals}, 'executors', ${agents.executors}, 'groups', ${agents.groups}, 'run_by', ${agents.runBy}`,
    liveAgents,
    sql`${agents.id}`,
  )},
  'executors', ${listOf(
    sql`'executor', ${executors.audience}, 'title', ${executors.title}, 'catalogue', ${executors.catalogue}, 'challenge_keys', ${executors.challengeKeys}`,
    liveExecutors,
    sql`${executors.audience}`,
  )},
  'credentials', ${listOf(
    sql`'credential', ${credentials.id}, 'kind', ${credentials.kind}, 'subject', ${credentials.subject}, 'expires', ${credentials.expiresAt}`,
    sql`FROM ${credentials} WHERE ${credentials.revokedAt} IS NULL`,
    sql`${credentials.id}`,
  )},
  'killswitches', ${listOf(
    sql`'killswitch', ${killSwitches.id}, 'selector', ${selectorOfSwitch}`,
    sql`FROM ${killSwitches} WHERE ${killSwitches.releasedAtMs} IS NULL`,
    sql`${killSwitches.id}`,
  )})::text`

/** SHA-256 in hex of the document. */
export const registeredPrint = sql`encode(sha256(convert_to(${registeredDocument}, 'UTF8')), 'hex')`

export const readRegistered = statement<{ document: string; print: string }>(
  sql`SELECT document, encode(sha256(convert_to(document, 'UTF8')), 'hex') AS "print"
    FROM (SELECT ${registeredDocument} AS document) AS registered`,
)

export const sizeOfRegistered = statement<{ bytes: number }>(
  sql`SELECT octet_length(${registeredDocument})::integer AS "bytes"`,
)

/** Waits until every change to these is committed, and holds off further ones. */
export const holdRegistered = statement(
  sql`LOCK TABLE ${agents}, ${executors}, ${credentials}, ${killSwitches} IN SHARE MODE`,
)
