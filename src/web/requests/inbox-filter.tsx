/** The filter of the inbox: a search and pickers, read from the address, as chips that remove one condition each. */
import { InboxQuery } from '../../api/requests/answer-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import {
  ChoiceFilter,
  FilterChips,
  FilterFold,
  type FilterValues,
  filterPath,
  TextFilter,
  valuesIn,
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
  /** Why the address is invalid; then everything is shown. */
  readonly fault: string | null
}

export function inboxFilterOf(address: Readonly<Record<string, string>>): InboxFilter {
  const values = valuesIn(address, (name) => name in LABELS)
  const { page } = valuesIn(address, (name) => name === 'page')
  const parsed = InboxQuery.safeParse({ ...values, page })
  if (parsed.success) return { values, query: parsed.data, fault: null }
  const [issue] = parsed.error.issues
  return { values: {}, query: {}, fault: `This filter is not understood: ${issue?.message ?? 'invalid'}` }
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
