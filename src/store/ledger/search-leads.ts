/**
 * A filter as conditions on the index of entries: one range of an index, and conditions that narrow it. Parameters
 * have the names of the filter's members. SPEC 8.
 */
import { type Column, type SQL, sql } from 'drizzle-orm'
import type { EntryFilter, SearchedMember } from '../../domain/ledger/entry-filter.ts'
import { entryIndex, requests, tokens } from '../schema/tables.ts'
import { traceOf } from '../sql/request-fields.ts'

const given = sql.placeholder

/** The most selective first: its range is read, and the others sift it. */
const LEADS = ['trace', 'approver', 'agent', 'principal', 'name', 'executor', 'outcome', 'origin', 'type'] as const
const SEARCHED: readonly SearchedMember[] = [...LEADS, 'action']
/** Members whose value `text` may be, beside a trace or a jti. `action` has a filter of its own. */
const NAMED = LEADS.filter((member) => member !== 'trace')

const traceOfJti = sql`(SELECT ${requests.trace} FROM ${tokens} JOIN ${requests} ON ${requests.id} = ${tokens.request}
  WHERE ${tokens.jti} = ${given('text')})`

/** One range of one index: entries with this value in this member, by leaf index. */
export interface Lead {
  readonly column: Column
  readonly value: SQL
  /** The member of the filter that it answers; null where it only narrows. */
  readonly answers: SearchedMember | 'resource' | null
}

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

/** One lead for each member that `text` may mean; one in all without `text`. */
export function leadsOf(filter: EntryFilter): readonly (Lead | null)[] {
  const { text } = filter
  if (text === undefined) return [leadOf(filter)]
  const by = (column: Column, value: SQL): Lead => ({ column, value, answers: null })
  const named = NAMED.map((member) => by(entryIndex[member], castTo('text', entryIndex[member])))
  const trace = (value: SQL) => by(entryIndex.trace, value)
  if (/^[0-9a-f]{32}$/.test(text)) return [...named, trace(sql`${given('text')}::uuid`)]
  return /^[\w-]{22}$/.test(text) ? [...named, trace(traceOfJti), trace(traceOf(sql`${given('text')}`))] : named
}

/** All other conditions. The lead is left out: as an equality it would let the planner choose another order. */
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
