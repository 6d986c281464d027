/** The ledger's filter: read from the address, shown as a form and as chips. Times are entered and shown in UTC. */
import type { Context } from 'hono'
import { EntryQuery as EntryQueryShape } from '../../api/ledger/ledger-shapes.ts'
import type { EntryQuery } from '../../domain/ledger/entry-filter.ts'
import { type ReadFilter, readAddress } from '../frame/page-address.ts'
import {
  ChoiceFilter,
  FilterChips,
  FilterFold,
  type FilterValues,
  filterPath,
  TextFilter,
  TimeFilter,
  type Typed,
  timeField,
  typedTimes,
} from '../parts/filter-form.tsx'
import { ENTRY_TYPES } from './ledger-entry.ts'

/** In the order of the form. */
const FIELDS = [
  ['agent', 'Agent'],
  ['principal', 'Principal'],
  ['approver', 'Approver’s id'],
  ['executor', 'Executor’s URI'],
  ['words', 'Words in the action'],
  ['name', 'Action name'],
  ['resource', 'Resource'],
  ['action', 'Action digest'],
  ['trace', 'Trace'],
  ['text', 'Any id or name'],
] as const
const CHOICES = [
  ['type', 'Type of entry', ENTRY_TYPES],
  ['outcome', 'Outcome', ['succeeded', 'failed', 'aborted', 'indeterminate']],
  ['origin', 'Allowed by', ['human', 'policy']],
] as const
const TIMES = [
  ['from', 'From (UTC)'],
  ['to', 'Until (UTC)'],
] as const

/** In characters, where it is not 256. */
const LONGEST: Readonly<Record<string, number>> = { resource: 1024 }

export interface Filter {
  readonly values: FilterValues
  readonly looked: EntryQuery
  readonly after: number | undefined
}

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  [...FIELDS, ...CHOICES, ...TIMES].map(([name, label]) => [name, label]),
)

const { order: _order, limit: _limit, ...KNOWN } = EntryQueryShape.shape

export function filterOf(c: Context): ReadFilter<Filter> {
  const address = readAddress(c, { ...KNOWN, from: timeField, to: timeField })
  const { after: _, ...given } = address.given
  const values = { ...given, ...typedTimes(address.read) }
  if (!address.ok) return { ok: false, problem: address.problem, typed: { values, faults: address.faults } }
  const { after, ...looked } = address.read
  return { ok: true, filter: { values, looked, after } }
}

export const ledgerPath = (values: FilterValues, after?: number): string =>
  filterPath('/ledger', values, after?.toString())

/** The filter as the endpoints take it. */
export function wireQuery({ looked }: Filter, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(more)
  for (const [name, value] of Object.entries(looked)) if (value !== undefined) query.set(name, String(value))
  return query.toString()
}

export const FilterForm = (typed: Typed) => (
  <FilterFold title="Filter" path="/ledger" submit="Apply filter" open={typed.faults !== undefined}>
    {FIELDS.map(([name, label]) => (
      <TextFilter {...typed} {...{ name, label }} longest={LONGEST[name] ?? 256} />
    ))}
    {CHOICES.map(([name, label, choices]) => (
      <ChoiceFilter {...typed} {...{ name, label }} choices={choices.map((choice) => [choice, choice] as const)} />
    ))}
    {TIMES.map(([name, label]) => (
      <TimeFilter {...typed} {...{ name, label }} />
    ))}
  </FilterFold>
)

export const LedgerChips = ({ values }: { values: FilterValues }) => (
  <FilterChips path="/ledger" values={values} labelOf={(name) => NAMES[name] ?? name} />
)
