/**
 * What a filter asks of the index of entries: the one range that leads, and what sifts it.
 *
 * In: what an auditor looks for. Out: conditions in SQL, whose values are parameters of the filter's own names.
 * SPEC 8.
 */
import { type Column, type SQL, sql } from 'drizzle-orm'
import type { EntryFilter, SearchedMember } from '../../domain/ledger/entry-filter.ts'
import { entryIndex, requests, tokens } from '../schema/tables.ts'
import { traceOf } from '../sql/request-id.ts'

const given = sql.placeholder

const SEARCHED: readonly SearchedMember[] = [
  'type',
  'trace',
  'agent',
  'principal',
  'approver',
  'executor',
  'name',
  'action',
  'outcome',
  'origin',
]

/** What `text` may be a value of, beside a trace or a jti. `action` is found by its digest's own filter. */
const NAMED = ['agent', 'principal', 'approver', 'executor', 'name', 'type', 'outcome', 'origin'] as const

const traceOfJti = sql`(SELECT ${requests.trace} FROM ${tokens} JOIN ${requests} ON ${requests.id} = ${tokens.request}
  WHERE ${tokens.jti} = ${given('text')})`

/** What one range of one index holds: entries with this value in this member, by leaf index. */
export interface Lead {
  readonly column: Column
  readonly value: SQL
  /** What of the filter is answered by it; null where it only narrows. */
  readonly answers: SearchedMember | 'resource' | null
}

/** The most telling first: the range that is read is the first one's, and the others only sift it. */
const LEADS = ['trace', 'approver', 'agent', 'principal', 'name', 'executor', 'outcome', 'origin', 'type'] as const

export const traceOfAction = sql`(SELECT ${entryIndex.trace} FROM ${entryIndex}
  WHERE ${entryIndex.type} = 'request.created' AND ${entryIndex.action} = ${given('action')} LIMIT 1)`

const castTo = (member: SearchedMember | 'text', column: Column): SQL =>
  sql`${given(member)}::${sql.raw(column.getSQLType())}`

function leadOf(filter: EntryFilter): Lead | null {
  if (filter.action !== undefined) return { column: entryIndex.trace, value: traceOfAction, answers: null }
  if (filter.trace === undefined && filter.resource !== undefined) {
    return { column: entryIndex.resource, value: sql`${given('resource')}::bytea`, answers: 'resource' }
  }
  const member = LEADS.find((candidate) => filter[candidate] !== undefined)
  if (!member) return null
  return { column: entryIndex[member], value: castTo(member, entryIndex[member]), answers: member }
}

/** One for each thing that `text` may be; without `text` there is one. */
export function leadsOf(filter: EntryFilter): readonly (Lead | null)[] {
  const { text } = filter
  if (text === undefined) return [leadOf(filter)]
  const by = (column: Column, value: SQL): Lead => ({ column, value, answers: null })
  const named = NAMED.map((member) => by(entryIndex[member], castTo('text', entryIndex[member])))
  const trace = (value: SQL) => by(entryIndex.trace, value)
  if (/^[0-9a-f]{32}$/.test(text)) return [...named, trace(sql`${given('text')}::uuid`)]
  return /^[\w-]{22}$/.test(text) ? [...named, trace(traceOfJti), trace(traceOf(sql`${given('text')}`))] : named
}

/** All else that is asked. What leads is left out: an equality would let the planner take any order for its own. */
export function siftsOf(filter: EntryFilter, lead: Lead | null): readonly SQL[] {
  const members = SEARCHED.filter((member) => filter[member] !== undefined && lead?.answers !== member)
  const resource = lead?.answers === 'resource' ? undefined : filter.resource
  return [
    ...members.map((member) => sql`${entryIndex[member]} = ${castTo(member, entryIndex[member])}`),
    ...(resource === undefined ? [] : [sql`${entryIndex.resource} = ${given('resource')}::bytea`]),
    ...(filter.from === undefined ? [] : [sql`${entryIndex.at} >= ${given('from')}::bigint`]),
    ...(filter.to === undefined ? [] : [sql`${entryIndex.at} <= ${given('to')}::bigint`]),
  ]
}
