/** The list of requests: one row each, filtered by its address. */
import type { Context } from 'hono'
import type { Services } from '../../authority/compose.ts'
import { type Consenter, formatPosition } from '../../domain/approval/request-filter.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame, View } from '../frame/page-access.tsx'
import { invalidAddress } from '../frame/page-address.ts'
import type { Problem } from '../frame/problem-page.tsx'
import { filterPath, type Typed } from '../parts/filter-form.tsx'
import { EffectPill } from '../parts/request-sentence.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { TimeCell, WideTable } from '../parts/wide-table.tsx'
import { forWhom, goneBy, hostOf } from '../parts/wording.ts'
import {
  OUTCOMES,
  type Pickers,
  pickersFor,
  RequestChips,
  type RequestFilter,
  RequestFilterForm,
  requestFilterOf,
} from './list-filter.tsx'

type List = Extract<Awaited<ReturnType<Services['requests']['list']>>, { readonly ok: true }>['value']
type Item = List['items'][number]

const LIMIT = 50

export async function requestListPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const read = requestFilterOf(c)
  if (!read.ok) return toCorrect(read.problem, read.typed, await pickersFor(services, frame))
  const { filter } = read
  const [found, pickers] = await Promise.all([
    services.requests.list(frame.person, filter.query, { after: filter.after, limit: LIMIT }),
    pickersFor(services, frame),
  ])
  if (found.ok) return <RequestListPage {...{ frame, filter, pickers }} list={found.value} />
  const problem = invalidAddress(found.refusal.message, { to: '/requests', words: 'Show all requests' })
  return toCorrect(problem, { values: filter.values, faults: {} }, pickers)
}

const toCorrect = (problem: Problem, typed: Typed, pickers: Pickers): Problem => ({
  ...problem,
  search: { place: 'requests', heading: 'Requests', form: <RequestFilterForm {...typed} pickers={pickers} /> },
})

interface ListProps {
  readonly frame: PersonalFrame
  readonly filter: RequestFilter
  readonly list: List
  readonly pickers: Pickers
}

const RequestListPage = ({ frame, filter, list, pickers }: ListProps) => (
  <Page frame={frame} title="Requests" place="requests">
    <main id="content" class="column ledger">
      <div class="heading">
        <h1>Requests</h1>
      </div>
      <RequestFilterForm values={filter.values} pickers={pickers} />
      <RequestChips values={filter.values} pickers={pickers} />
      <Found filter={filter} list={list} />
    </main>
  </Page>
)

const Found = ({ filter, list }: Pick<ListProps, 'filter' | 'list'>) => (
  <>
    {list.items.length > 0 ? <Table list={list} /> : <Empty filter={filter} next={list.next} />}
    <nav class="pages" aria-label="Pages of requests">
      {filter.after === null ? null : <a href={filterPath('/requests', filter.values)}>Newest</a>}
      <span class="spacer"></span>
      {list.next === null ? (
        list.items.length > 0 && <span class="muted">These are the oldest requests</span>
      ) : (
        <a class="button" rel="next" href={filterPath('/requests', filter.values, formatPosition(list.next))}>
          {list.items.length === LIMIT ? 'Older requests' : 'Search older requests'}
        </a>
      )}
    </nav>
  </>
)

const Empty = ({ filter: { values }, next }: { filter: RequestFilter; next: List['next'] }) => {
  const isFiltered = Object.keys(values).length > 0
  return (
    <div class="card empty">
      <h2>{next ? 'No match yet' : isFiltered ? 'No matching requests' : 'No requests yet'}</h2>
      <p>
        {next
          ? 'None of the requests that were looked at match. Older ones may.'
          : isFiltered
            ? 'Remove a filter to find more.'
            : 'Each request of an agent is listed here: what it asked, for whom, who answered, and what became of it.'}
      </p>
      {isFiltered ? (
        <p>
          <a href="/requests">Show all requests</a>
        </p>
      ) : null}
    </div>
  )
}

const COLUMNS = ['Opened (UTC)', 'Request', 'Agent, for', 'Executor', 'Answered by', 'Outcome']

const Table = ({ list: { items, names } }: { list: List }) => (
  <WideTable caption="Requests, newest first; times in UTC" columns={COLUMNS}>
    {items.map((item) => (
      <Line item={item} names={names} />
    ))}
  </WideTable>
)

interface LineProps {
  readonly item: Item
  readonly names: List['names']
}

const Line = (props: LineProps) => {
  const { item } = props
  return (
    <tr data-request={item.id}>
      <TimeCell at={item.createdAt} />
      <td>
        <a class="happened" href={`/requests/${item.id}`}>
          <Sentence segments={item.sentence} limit={60} />
        </a>
        <span class="pills">
          <StatePill item={item} />
          <EffectPill effect={item.catalogueEntry.effect} />
          {item.action === null || item.altered ? <span class="pill">Texts {goneBy(item)}</span> : null}
        </span>
      </td>
      <td>
        <Parties {...props} />
      </td>
      <td data-said="at">
        <At item={item} />
      </td>
      <td data-said="answered by">
        <Answerers {...props} />
      </td>
      <td data-said="outcome:">{item.outcome === null ? null : <Outcome item={item} />}</td>
    </tr>
  )
}

const STATES = {
  approved: ['Approved', ' ok'],
  denied: ['Denied', ' no'],
  expired: ['Expired', ''],
  withdrawn: ['Withdrawn', ''],
  stopped: ['Stopped', ' no'],
  changed: ['Changed', ''],
  pending: ['Waiting', ' warn'],
} as const

export const StatePill = ({ item: { state, held } }: { item: Pick<Item, 'state' | 'held'> }) => {
  const [word, tone] = STATES[state]
  return held ? <span class="pill danger">Held by a kill switch</span> : <span class={`pill${tone}`}>{word}</span>
}

const Parties = ({ item: { agent, principal }, names }: LineProps) => (
  <>
    <UntrustedText text={agent} limit={60} />{' '}
    <UntrustedText text={forWhom(agent, principal, names.get(principal) ?? principal)} limit={64} />
  </>
)

const At = ({ item: { executorTitle, audience } }: { item: Item }) => (
  <UntrustedText text={executorTitle === audience ? hostOf(audience) : executorTitle} limit={60} />
)

export const Answerers = ({ item: { origin, state, grant, consentedBy, denial }, names }: LineProps) => {
  if (origin === 'policy') return <>the policy</>
  const consented = consentedBy.map((one) => consenterWords(one, names))
  const answered = [...consented, ...(denial === null ? [] : [nameIn(names, denial.by)])]
  const people = <UntrustedText text={answered.join(', ')} limit={200} />
  if (grant !== null)
    return (
      <>
        <a href={`/requests/${grant}`}>a grant</a> of {people}
      </>
    )
  return <>{answered.length > 0 ? people : (UNANSWERED[state] ?? 'nobody')}</>
}

const UNANSWERED: Partial<Record<Item['state'], string>> = {
  pending: 'nobody yet',
  changed: 'an approver, who changed the call',
}

const nameIn = (names: List['names'], id: string): string => (names.has(id) ? (names.get(id) ?? 'Name erased') : id)

export const consenterWords = ({ approver, onBehalfOf }: Consenter, names: List['names']): string =>
  nameIn(names, approver) + (onBehalfOf === null ? '' : ` for ${nameIn(names, onBehalfOf)}, who was away`)

export const Outcome = ({ item: { outcome } }: { item: Pick<Item, 'outcome'> }) => {
  if (outcome === null) return <>–</>
  const word = OUTCOMES.find(([value]) => value === outcome)?.[1] ?? outcome
  const tone = outcome === 'succeeded' ? ' good' : outcome === 'running' || outcome === 'unused' ? '' : ' bad'
  return <span class={`ended${tone}`}>{word}</span>
}
