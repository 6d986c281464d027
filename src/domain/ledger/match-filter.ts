/**
 * Whether one entry is what an auditor looks for, told by its own members: for entries that are in no index yet.
 *
 * In: an entry, a filter. Out: yes or no. Resources and words stand in no entry, so who looks for them finds none here;
 * an action is found by the entries that name it. SPEC 8.
 */

import type { EntryFilter } from '../../store/contract/search-store.ts'
import type { Entry } from './index-row.ts'

const NAMED = ['agent', 'principal', 'approver', 'executor', 'name', 'type', 'outcome', 'origin'] as const
const IDS = ['trace', 'request', 'jti'] as const

export function fits(entry: Entry, { from, to, text, resource, words, ...members }: EntryFilter): boolean {
  if (resource !== undefined || words !== undefined) return false
  if (entry.at < (from ?? 0) || entry.at > (to ?? Number.POSITIVE_INFINITY)) return false
  if (text !== undefined && ![...NAMED, ...IDS].some((member) => entry[member] === text)) return false
  return Object.entries(members).every(([member, value]) => value === undefined || entry[member] === value)
}
