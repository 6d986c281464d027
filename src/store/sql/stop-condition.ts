/**
 * The condition that no active kill switch selects a request, for every deciding statement. Without an active switch it
 * costs one look into an empty index, once a statement: it is written so that the planner can neither join the switches
 * to anything nor ask for each row. The same rules as `selects` of the verifier. SPEC 9.
 */
import { type SQL, sql } from 'drizzle-orm'
import { killSwitches, requests } from '../schema/tables.ts'

/** The members of a request that a selector can name. `act` is JSON; `audience` the executor. */
export interface Subject {
  readonly id: SQL
  readonly trace: SQL
  readonly act: SQL
  readonly actor: SQL
  readonly principal: SQL
  readonly audience: SQL
  readonly name: SQL
}

export const storedRequest: Subject = {
  id: sql`${requests.id}`,
  trace: sql`${requests.trace}`,
  act: sql`${requests.act}`,
  actor: sql`${requests.actor}`,
  principal: sql`${requests.principal}`,
  audience: sql`${requests.audience}`,
  name: sql`${requests.name}`,
}

/** A row of `insertMany`. */
export const manyRequest: Subject = {
  id: sql`many."id"`,
  trace: sql`many."trace"`,
  act: sql`many."act"`,
  actor: sql`many."actor"`,
  principal: sql`many."principal"`,
  audience: sql`many."audience"`,
  name: sql`many."name"`,
}

/** The record given as `request`. */
export const givenRequest: Subject = {
  id: sql`${sql.placeholder('request.id')}::text`,
  trace: sql`${sql.placeholder('request.trace')}::uuid`,
  act: sql`${sql.placeholder('request.act')}::text`,
  actor: sql`${sql.placeholder('request.actor')}::text`,
  principal: sql`${sql.placeholder('request.principal')}::text`,
  audience: sql`${sql.placeholder('request.audience')}::text`,
  name: sql`${sql.placeholder('request.name')}::text`,
}

/** A switch, or a row with the columns of its selector. */
const rule = sql`rule`

/** Every agent of the chain counts, and the actor that may present the token. */
const hasAgent = ({ act, actor }: Subject) => sql`(${actor} = ${rule}.agent
  OR jsonb_path_exists((${act})::jsonb, '$.**.sub ? (@ == $agent)', jsonb_build_object('agent', ${rule}.agent)))`
const isNamed = ({ name }: Subject) => sql`CASE WHEN ${rule}.action LIKE '%*'
  THEN starts_with(${name}, left(${rule}.action, -1)) ELSE ${name} = ${rule}.action END`

/** Whether `rule` selects the request. */
export const selected = (subject: Subject): SQL => sql`(${subject.audience} <> ${rule}.spared
  AND (${rule}.executor IS NULL OR ${subject.audience} = ${rule}.executor)
  AND (${rule}.principal IS NULL OR ${subject.principal} = ${rule}.principal)
  AND (${rule}.request IS NULL OR ${subject.id} = ${rule}.request)
  AND (${rule}.trace IS NULL OR ${subject.trace} = ${rule}.trace)
  AND (${rule}.action IS NULL OR ${isNamed(subject)})
  AND (${rule}.agent IS NULL OR ${hasAgent(subject)}))`

const noSwitch = sql`NOT EXISTS (SELECT FROM ${killSwitches} WHERE ${killSwitches.releasedAtMs} IS NULL)`
const noneSelects = (subject: Subject) => sql`NOT EXISTS (SELECT FROM ${killSwitches} AS rule
  WHERE ${rule}.released_at_ms IS NULL AND ${selected(subject)})`

/** No active switch selects the request. */
export const notStopped = (subject: Subject): SQL => sql`(${noSwitch} OR ${noneSelects(subject)})`

/** The same of a request by its id; false where there is no such request. */
export const requestNotStopped = (id: SQL): SQL => sql`(${noSwitch} OR EXISTS (
  SELECT FROM ${requests} WHERE ${requests.id} = ${id} AND ${noneSelects(storedRequest)}))`
