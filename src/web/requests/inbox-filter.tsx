/** The filter of the inbox: a search and pickers, read from the address, as chips that remove one condition each. */
import type { Context } from 'hono'
import { InboxQuery } from '../../api/requests/answer-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { type ReadAddress, readAddress } from '../frame/page-address.ts'
import {
  ChoiceFilter,
  FilterChips,
  FilterFold,
  type FilterValues,
  filterPath,
  TextFilter,
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

export function inboxFilterOf(c: Context): ReadAddress<InboxFilter> {
  const address = readAddress(c, InboxQuery.shape)
  if (!address.ok) return address
  const { page: _, ...values } = address.value.given
  return { ok: true, value: { values, query: address.value.read } }
}

/** The filter and the page as the endpoints take them; empty without either. */
export const searchOf = ({ values, query: { page = 1 } }: InboxFilter): string => pagePath('', values, page)

export const isFiltered = ({ values }: InboxFilter): boolean => filterPath('', values) !== ''

/** Another page of what matches. */
export const pagePath = (path: string, values: FilterValues, page: number): string =>
  filterPath(path, page === 1 ? values : { ...values, page: String(page) })

export const InboxFilterForm = ({ values, pickers }: { values: FilterValues; pickers: Pickers }) => (
  <>
    <FilterFold title="Search and filter" path="/" submit="Show">
      <TextFilter name="words" label="Words in the request" values={values} />
      {PICKED.map((name) => (
        <ChoiceFilter name={name} label={LABELS[name] ?? name} values={values} choices={pickers[name] ?? []} />
      ))}
    </FilterFold>
    <FilterChips
      path="/"
      values={values}
      labelOf={(name) => LABELS[name] ?? name}
      textOf={(name, value) => pickers[name]?.find(([choice]) => choice === value)?.[1] ?? value}
    />
  </>
)
