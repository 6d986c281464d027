/**
 * The condition that no active kill switch selects a request, for every deciding statement. Without an active switch it
 * costs one look into an empty index, once a statement: it is written so that the planner can neither join the switches
 * to anything nor ask for each row. The same rules as `selects` of the verifier. SPEC 9.
 */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { killSwitches, requests } from '../schema/tables.ts'

/** The members of a request that a selector can name. `act` is JSON; `audience` the executor. */
type Subject = Readonly<
  Record<'id' | 'trace' | 'act' | 'actor' | 'principal' | 'audience' | 'name' | 'grant', SQLWrapper>
>

const subjectOf = (member: (name: string, type: string) => SQL): Subject => ({
  id: member('id', 'text'),
  trace: member('trace', 'uuid'),
  act: member('act', 'text'),
  actor: member('actor', 'text'),
  principal: member('principal', 'text'),
  audience: member('audience', 'text'),
  name: member('name', 'text'),
  grant: member('grant', 'text'),
})

export const storedRequest: Subject = requests

/** A row of `insertMany`. */
export const manyRequest = subjectOf((name) => sql`many.${sql.identifier(name)}`)

/** The record given as `request`. */
export const givenRequest = subjectOf((name, type) => sql`${sql.placeholder(`request.${name}`)}::${sql.raw(type)}`)

/** A switch, or a row with the columns of its selector. */
const rule = sql`rule`

/** Every agent of the chain counts, and the actor that may present the token. */
const hasAgent = ({ act, actor }: Subject) => sql`(${actor} = ${rule}.agent
  OR jsonb_path_exists((${act})::jsonb, '$.**.sub ? (@ == $agent)', jsonb_build_object('agent', ${rule}.agent)))`
const isNamed = ({ name }: Subject) => sql`CASE WHEN ${rule}.action LIKE '%*'
  THEN starts_with(${name}, left(${rule}.action, -1)) ELSE ${name} = ${rule}.action END`

export const selected = (subject: Subject): SQL => sql`(${subject.audience} <> ${rule}.spared
  AND (${rule}.executor IS NULL OR ${subject.audience} = ${rule}.executor)
  AND (${rule}.principal IS NULL OR ${subject.principal} = ${rule}.principal)
  AND (${rule}.request IS NULL OR ${rule}.request IN (${subject.id}, ${subject.grant}))
  AND (${rule}.trace IS NULL OR ${subject.trace} = ${rule}.trace)
  AND (${rule}.action IS NULL OR ${isNamed(subject)})
  AND (${rule}.agent IS NULL OR ${hasAgent(subject)}))`

export const noSwitch = sql`NOT EXISTS (SELECT FROM ${killSwitches} WHERE ${killSwitches.releasedAtMs} IS NULL)`
const noneSelects = (subject: Subject) => sql`NOT EXISTS (SELECT FROM ${killSwitches} AS rule
  WHERE ${rule}.released_at_ms IS NULL AND ${selected(subject)})`

export const notStopped = (subject: Subject): SQL => sql`(${noSwitch} OR ${noneSelects(subject)})`

/** The same of a request by its id; false where there is no such request. */
export const requestNotStopped = (id: SQL): SQL => sql`(${noSwitch} OR EXISTS (
  SELECT FROM ${requests} WHERE ${requests.id} = ${id} AND ${noneSelects(storedRequest)}))`
