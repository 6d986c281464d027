/** The filter of the inbox: a search and pickers, read from the address, as chips that remove one condition each. */
import type { Context } from 'hono'
import { InboxQuery } from '../../api/requests/answer-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { type ReadFilter, readAddress } from '../frame/page-address.ts'
import {
  ChoiceFilter,
  FilterChips,
  FilterFold,
  type FilterValues,
  filterPath,
  TextFilter,
  type Typed,
} from '../parts/filter-form.tsx'
import type { Pickers } from './list-filter.tsx'

const LABELS: Readonly<Record<string, string>> = {
  words: 'Words',
  agent: 'Agent',
  executor: 'Executor',
  name: 'Action',
  danger: 'Danger',
}
const PICKED = ['agent', 'executor', 'name', 'danger'] as const

type Query = NonNullable<Parameters<Services['requests']['inbox']>[1]>

export interface InboxFilter {
  readonly values: FilterValues
  /** With the page. */
  readonly query: Query
}

export function inboxFilterOf(c: Context): ReadFilter<InboxFilter> {
  const address = readAddress(c, InboxQuery.shape)
  const { page: _, ...values } = address.given
  if (!address.ok) return { ok: false, problem: address.problem, typed: { values, faults: address.faults } }
  return { ok: true, filter: { values, query: address.read } }
}

/** The filter and the page as the endpoints take them; empty without either. */
export const searchOf = ({ values, query: { page = 1 } }: InboxFilter): string => pagePath('', values, page)

export const isFiltered = ({ values }: InboxFilter): boolean => filterPath('', values) !== ''

/** Another page of what matches. */
export const pagePath = (path: string, values: FilterValues, page: number): string =>
  filterPath(path, page === 1 ? values : { ...values, page: String(page) })

export const InboxFilterForm = ({ pickers, ...typed }: Typed & { pickers: Pickers }) => (
  <FilterFold title="Search and filter" path="/" submit="Show" open={typed.faults !== undefined}>
    <TextFilter name="words" label="Words in the request" {...typed} />
    {PICKED.map((name) => (
      <ChoiceFilter name={name} label={LABELS[name] ?? name} {...typed} choices={pickers[name] ?? []} />
    ))}
  </FilterFold>
)

export const InboxChips = ({ values, pickers }: { values: FilterValues; pickers: Pickers }) => (
  <FilterChips
    path="/"
    values={values}
    labelOf={(name) => LABELS[name] ?? name}
    textOf={(name, value) => pickers[name]?.find(([choice]) => choice === value)?.[1] ?? value}
  />
)
