/** The filter of the list of requests: read from the address, shown as a form with pickers and as chips with names. */
import type { Context } from 'hono'
import { RequestQuery as RequestQueryShape } from '../../api/requests/request-list-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { type ReadFilter, readAddress } from '../frame/page-address.ts'
import {
  type Choice,
  ChoiceFilter,
  FilterChips,
  FilterFold,
  type FilterValues,
  TextFilter,
  TimeFilter,
  type Typed,
  timeField,
  typedTimes,
} from '../parts/filter-form.tsx'
import { hostOf } from '../parts/wording.ts'

type Query = Parameters<Services['requests']['list']>[1]
type Page = Parameters<Services['requests']['list']>[2]

export interface RequestFilter {
  readonly values: FilterValues
  readonly query: Query
  readonly after: Page['after']
}

const LABELS: Readonly<Record<string, string>> = {
  words: 'Words',
  state: 'State',
  agent: 'Agent',
  principal: 'For',
  executor: 'Executor',
  name: 'Action',
  danger: 'Danger',
  decision: 'Decided by',
  approver: 'Answered by',
  undoes: 'To undo',
  outcome: 'Outcome',
  from: 'From (UTC)',
  to: 'Until (UTC)',
}

const { limit: _, ...KNOWN } = RequestQueryShape.shape

export function requestFilterOf(c: Context): ReadFilter<RequestFilter> {
  const address = readAddress(c, { ...KNOWN, from: timeField, to: timeField })
  const { after: _, ...given } = address.given
  const values = { ...given, ...typedTimes(address.read) }
  if (!address.ok) return { ok: false, problem: address.problem, typed: { values, faults: address.faults } }
  const { decision, after = null, ...query } = address.read
  const origin = decision && (decision === 'allow' ? 'policy' : 'human')
  return { ok: true, filter: { values, query: { ...query, origin }, after } }
}

/** The choices of each picker, by the names that people know. */
export type Pickers = Readonly<Record<string, readonly Choice[]>>

const STATES: readonly Choice[] = [
  ['pending', 'Waiting'],
  ['approved', 'Approved'],
  ['denied', 'Denied'],
  ['expired', 'Expired'],
  ['withdrawn', 'Withdrawn'],
  ['stopped', 'Stopped'],
  ['changed', 'Changed'],
]
export const DANGER_CHOICES: readonly Choice[] = [
  ['read', 'Reads'],
  ['write', 'Writes'],
  ['destructive', 'Destroys'],
  ['irreversible', 'Cannot be undone'],
]
const DECISIONS: readonly Choice[] = [
  ['approval', 'People'],
  ['allow', 'The policy'],
]
export const OUTCOMES: readonly Choice[] = [
  ['succeeded', 'Succeeded'],
  ['failed', 'Failed'],
  ['aborted', 'Aborted'],
  ['indeterminate', 'Unknown'],
  ['running', 'In progress'],
  ['revoked', 'Revoked'],
  ['unused', 'Not used in time'],
]

/** A picker longer than this is slower to use than a search. */
const MOST_CHOICES = 500

export async function pickersFor(
  { people }: Services,
  frame: PersonalFrame,
  everybody = people.approvers(),
): Promise<Pickers> {
  const [agents, executors, approvers] = await Promise.all([people.agents(), people.executors(), everybody])
  const names = new Map(approvers.map(({ id, name }) => [id, name ?? `Name erased (${id})`]))
  const principals = [...new Set([...agents.flatMap((agent) => agent.principals), frame.person.id])]
  const actions = executors.flatMap(({ catalogue }) => catalogue.map(({ name }) => name))
  const plain = (values: Iterable<string>) => [...new Set(values)].sort().map((value) => [value, value] as const)
  const byName = (choices: readonly Choice[]) =>
    choices.toSorted(([, one], [, other]) => one.localeCompare(other)).slice(0, MOST_CHOICES)
  return {
    state: STATES,
    agent: plain(agents.map(({ id }) => id)).slice(0, MOST_CHOICES),
    principal: byName(principals.map((id) => [id, names.get(id) ?? id])),
    executor: byName(executors.map(({ audience, title }) => [audience, titleOf(title, audience)])),
    name: plain(actions).slice(0, MOST_CHOICES),
    danger: DANGER_CHOICES,
    decision: DECISIONS,
    approver: byName([...names]),
    outcome: OUTCOMES,
  }
}

const titleOf = (title: string, audience: string): string =>
  title === audience ? hostOf(audience) : `${title} (${hostOf(audience)})`

/** In the order of the form; the words have a field of their own. */
const PICKED = ['state', 'agent', 'principal', 'approver', 'outcome', 'executor', 'name', 'danger', 'decision'] as const

export const RequestFilterForm = ({ pickers, ...typed }: Typed & { pickers: Pickers }) => (
  <FilterFold title="Search and filter" path="/requests" submit="Show" open={typed.faults !== undefined}>
    <TextFilter name="words" label="Words in the request" {...typed} />
    {PICKED.map((name) => (
      <ChoiceFilter name={name} label={LABELS[name] ?? name} {...typed} choices={pickers[name] ?? []} />
    ))}
    <TimeFilter name="from" label="From (UTC)" {...typed} />
    <TimeFilter name="to" label="Until (UTC)" {...typed} />
  </FilterFold>
)

export const RequestChips = ({ values, pickers }: { values: FilterValues; pickers: Pickers }) => (
  <FilterChips
    path="/requests"
    values={values}
    labelOf={(name) => LABELS[name] ?? name}
    textOf={(name, value) => pickers[name]?.find(([choice]) => choice === value)?.[1] ?? value}
  />
)
