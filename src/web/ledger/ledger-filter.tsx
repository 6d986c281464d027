/** The ledger's filter: read from the address, shown as a form and as chips. Times are entered and shown in UTC. */
import { EntryQuery as EntryQueryShape } from '../../api/ledger/ledger-shapes.ts'
import type { EntryQuery } from '../../domain/ledger/entry-filter.ts'
import {
  ChoiceFilter,
  FilterChips,
  type FilterValues,
  filterPath,
  LAST_INSTANT,
  TextFilter,
  TimeFilter,
  typedTime,
  valuesIn,
  wireTime,
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
  ['outcome', 'Outcome', ['succeeded', 'failed', 'aborted']],
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
  /** Why the address is invalid; then no entries are searched. */
  readonly fault: string | null
}

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  [...FIELDS, ...CHOICES, ...TIMES].map(([name, label]) => [name, label]),
)

export function filterOf({ after, ...query }: Readonly<Record<string, string>>): Filter {
  const values = valuesIn(query, (name) => name in NAMES)
  const sent = Object.entries(values).map(([name, value]) => [name, isTime(name) ? wireTime(value) : value])
  const parsed = EntryQueryShape.safeParse({ ...Object.fromEntries(sent), ...(after === undefined ? {} : { after }) })
  if (!parsed.success) return { values, looked: {}, after: undefined, fault: faultOf(parsed.error.issues) }
  const { order: _order, limit: _limit, after: position, ...looked } = parsed.data
  const times = TIMES.flatMap(([name]) => {
    const instant = looked[name]
    return instant === undefined ? [] : [[name, instant] as const]
  })
  const beyond = times.find(([, instant]) => instant > LAST_INSTANT)
  if (beyond)
    return { values, looked: {}, after: undefined, fault: `${NAMES[beyond[0]]}: must be before the year 10000` }
  const typed = times.map(([name, instant]) => [name, typedTime(instant)] as const)
  return { values: { ...values, ...Object.fromEntries(typed) }, looked, after: position, fault: null }
}

const isTime = (name: string): boolean => name === 'from' || name === 'to'

function faultOf([issue]: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return `${NAMES[String(issue?.path[0])] ?? 'The filter'}: ${issue?.message ?? 'invalid'}`
}

export const ledgerPath = (values: FilterValues, after?: number): string =>
  filterPath('/ledger', values, after?.toString())

/** The filter as the endpoints take it. */
export function wireQuery({ looked }: Filter, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(more)
  for (const [name, value] of Object.entries(looked)) if (value !== undefined) query.set(name, String(value))
  return query.toString()
}

export const FilterForm = ({ values }: { values: FilterValues }) => (
  <details class="fold filter card">
    <summary>Filter</summary>
    <form class="body form" method="get" action="/ledger">
      <div class="filter-fields">
        {FIELDS.map(([name, label]) => (
          <TextFilter {...{ name, label, values }} longest={LONGEST[name] ?? 256} />
        ))}
        {CHOICES.map(([name, label, choices]) => (
          <ChoiceFilter {...{ name, label, values }} choices={choices.map((choice) => [choice, choice] as const)} />
        ))}
        {TIMES.map(([name, label]) => (
          <TimeFilter {...{ name, label, values }} />
        ))}
      </div>
      <button type="submit" class="primary">
        Apply filter
      </button>
    </form>
  </details>
)

export const LedgerChips = ({ values }: { values: FilterValues }) => (
  <FilterChips path="/ledger" values={values} labelOf={(name) => NAMES[name] ?? name} />
)
