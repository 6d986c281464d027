/**
 * The ledger's filter: read from the address, shown as a form and as chips that remove one condition each. Times are
 * entered and shown in UTC. Plain forms and links: every view of the ledger has an address.
 */
import { EntryQuery as EntryQueryShape } from '../../api/ledger/ledger-shapes.ts'
import type { EntryQuery } from '../../domain/ledger/entry-filter.ts'
import { UntrustedText } from '../parts/untrusted-text.tsx'
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

/** 9999-12-31T23:59:59Z: the last instant a form can write. */
const LAST_INSTANT = 253_402_300_799

export type FilterValues = Readonly<Partial<Record<string, string>>>

export interface Filter {
  /** As in the address, without the empty ones. */
  readonly values: FilterValues
  readonly looked: EntryQuery
  readonly after: number | undefined
  /** Why the address is invalid; then no entries are searched. */
  readonly fault: string | null
}

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  [...FIELDS, ...CHOICES, ...TIMES].map(([name, label]) => [name, label]),
)

export function filterOf(query: Readonly<Record<string, string>>): Filter {
  const { after, ...rest } = query
  const known = Object.entries(rest).map(([name, value]) => [name, value.trim()] as const)
  const values = Object.fromEntries(known.filter(([name, value]) => name in NAMES && value !== ''))
  const sent = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wireValue(name, value)]))
  const parsed = EntryQueryShape.safeParse({ ...sent, ...(after === undefined ? {} : { after }) })
  if (!parsed.success) return { values, looked: {}, after: undefined, fault: faultOf(parsed.error.issues) }
  const { order: _order, limit: _limit, after: position, ...looked } = parsed.data
  const times = TIMES.map(([name]) => [name, looked[name]] as const)
  const beyond = times.find(([, instant = 0]) => instant > LAST_INSTANT)
  if (beyond)
    return { values, looked: {}, after: undefined, fault: `${NAMES[beyond[0]]}: must be before the year 10000` }
  const typed = times.flatMap(([name, instant]) => (instant === undefined ? [] : [[name, typedTime(instant)] as const]))
  return { values: { ...values, ...Object.fromEntries(typed) }, looked, after: position, fault: null }
}

const wireValue = (name: string, value: string): string => {
  if (name !== 'from' && name !== 'to') return value
  const instant = Date.parse(`${value}Z`)
  return Number.isNaN(instant) ? value : String(Math.floor(instant / 1000))
}

function faultOf([issue]: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return `${NAMES[String(issue?.path[0])] ?? 'The filter'}: ${issue?.message ?? 'invalid'}`
}

/** An instant as the form and the address write it. */
export const typedTime = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19)

export function ledgerPath(values: FilterValues, after?: number): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value)
  if (after !== undefined) query.set('after', String(after))
  return query.size > 0 ? `/ledger?${query}` : '/ledger'
}

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
          <Field name={name} label={label}>
            <input
              id={`f-${name}`}
              name={name}
              value={values[name] ?? ''}
              autocomplete="off"
              maxlength={LONGEST[name] ?? 256}
            />
          </Field>
        ))}
        {CHOICES.map(([name, label, choices]) => (
          <Field name={name} label={label}>
            <Choice name={name} choices={choices} chosen={values[name]} />
          </Field>
        ))}
        {TIMES.map(([name, label]) => (
          <Field name={name} label={label}>
            <input id={`f-${name}`} name={name} type="datetime-local" step="1" value={values[name] ?? ''} />
          </Field>
        ))}
      </div>
      <button type="submit" class="primary">
        Apply filter
      </button>
    </form>
  </details>
)

const Field = ({ name, label, children }: { name: string; label: string; children: unknown }) => (
  <div>
    <label for={`f-${name}`}>{label}</label>
    {children}
  </div>
)

const Choice = (props: { name: string; choices: readonly string[]; chosen: string | undefined }) => (
  <select id={`f-${props.name}`} name={props.name}>
    <option value="">any</option>
    {props.choices.map((choice) => (
      <option value={choice} selected={choice === props.chosen}>
        {choice}
      </option>
    ))}
  </select>
)

/** The active conditions; each chip links to the view without it. */
export const FilterChips = ({ values }: { values: FilterValues }) => {
  const chosen = Object.entries(values)
  if (chosen.length === 0) return null
  return (
    <ul class="pills chosen" aria-label="Active filters">
      {chosen.map(([name, value = '']) => (
        <li>
          <a class="pill" href={ledgerPath({ ...values, [name]: undefined })}>
            {NAMES[name]}: <UntrustedText text={value} limit={40} />
            <span aria-hidden="true">×</span>
            <span class="sr-only">, remove this filter</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
