/** The inbox, and its list alone, which `browser/inbox-script.ts` fetches again after a change. */
import type { Context } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { ShownInbox } from '../../authority/requests/inbox.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
import { type NameOf, namesAmong } from '../../domain/identity/display-names.ts'
import { type Frame, Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { LivePill, Section } from '../parts/card.tsx'
import { RowsInTurns } from '../parts/in-turns.tsx'
import { Age } from '../parts/times.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { ChoiceBar } from './choice-bar.tsx'
import {
  InboxChips,
  type InboxFilter,
  InboxFilterForm,
  inboxFilterOf,
  isFiltered,
  pagePath,
  searchOf,
} from './inbox-filter.tsx'
import { hasOtherPages, NothingHere, newFrom, PageLinks, PageNote, shortCount } from './inbox-pages.tsx'
import { type Pickers, pickersFor } from './list-filter.tsx'
import { type Opened, WaitingList } from './waiting-list.tsx'

interface InboxProps {
  readonly frame: Frame
  readonly inbox: ShownInbox
  readonly filter: InboxFilter
  readonly opened: Opened
  readonly pickers: Pickers
  readonly nameOf: NameOf
}

const InboxPage = ({ frame, inbox, filter, opened, pickers, nameOf }: InboxProps) => (
  <Page
    frame={frame}
    title={inbox.count.atLeast > 0 ? `(${shortCount(inbox.count)}) Inbox` : 'Inbox'}
    place="inbox"
    scripts={['inbox']}
  >
    <main id="content" class="column" data-search={searchOf(filter)}>
      <div class="heading">
        <h1 tabindex={-1}>Inbox</h1>
        <LivePill />
      </div>
      <InboxFilterForm values={filter.values} pickers={pickers} />
      <InboxChips values={filter.values} pickers={pickers} />
      <InboxList {...{ inbox, filter, opened, nameOf }} now={frame.now} />
      <ChoiceBar />
    </main>
  </Page>
)

interface InboxListProps extends Pick<InboxProps, 'inbox' | 'filter' | 'opened' | 'nameOf'> {
  readonly now: number
}

const InboxList = ({ inbox, filter, opened, nameOf, now }: InboxListProps) => (
  <div
    id="inbox"
    data-version={inbox.version}
    data-waiting={shortCount(inbox.count)}
    data-new-from={newFrom(inbox, now)}
  >
    <Section id="waiting" title={isFiltered(filter) ? 'Waiting for you, of those that match' : 'Waiting for you'}>
      <PageNote inbox={inbox} />
      {inbox.waiting.length > 0 ? (
        <WaitingList {...{ inbox, nameOf, now, ...opened }} />
      ) : hasOtherPages(inbox) ? (
        <NothingHere />
      ) : isFiltered(filter) ? (
        <NothingMatches />
      ) : (
        <EmptyInbox />
      )}
      <PageLinks inbox={inbox} pathTo={(page) => pagePath('/', filter.values, page)} />
    </Section>
    {inbox.answered.length > 0 ? (
      <Section id="answered" title="Recently answered">
        <AnsweredList requests={inbox.answered} now={now} />
        <p class="muted shown">
          The latest. <a href="/requests">All requests</a>
        </p>
      </Section>
    ) : null}
  </div>
)

const NothingMatches = () => (
  <div class="card empty">
    <h3>Nothing that matches is waiting</h3>
    <p>Other requests may wait for you. A new one that matches appears here.</p>
    <p>
      <a href="/">Show all that wait</a>
    </p>
  </div>
)

const STATES = {
  approved: ['Approved', 'ok'],
  denied: ['Denied', 'no'],
  expired: ['Expired', ''],
  withdrawn: ['Withdrawn', ''],
  stopped: ['Stopped', 'no'],
  changed: ['Changed', ''],
  pending: ['Waiting for others', 'warn'],
} as const

const AnsweredList = ({ requests, now }: { requests: readonly ApprovalRequest[]; now: number }) => (
  <ul class="rows card past" data-rows="answered">
    <RowsInTurns
      rows={requests.map((request) => {
        const [word, tone] = STATES[request.state]
        return (
          <li data-row={request.id}>
            <a class="row" href={`/approve/${request.id}`}>
              <span class="what">
                <Sentence segments={describeRequest(request)} limit={60} />
              </span>
              <span class="by">
                <UntrustedText text={request.agent} limit={60} />
              </span>
              <span class="signs">
                <span class={`pill ${tone}`}>{word}</span>
                <Age since={request.decidedAt ?? request.createdAt} now={now} class="muted age" />
              </span>
            </a>
          </li>
        )
      })}
    />
  </ul>
)

const EmptyInbox = () => (
  <div class="card empty">
    <h3>Nothing is waiting for you</h3>
    <p>
      When an agent needs a human’s approval, the request appears here: who asks, on whose behalf, what would change,
      and how long you have to answer. You can leave this page open; it updates automatically.
    </p>
    <details>
      <summary>Make a first request</summary>
      <ol>
        <li>Register an executor, and add an agent under Agents. The agent’s credential is shown once.</li>
        <li>
          As the agent, <code>POST /requests</code> with the proposed action, or run <code>countersign request</code>.
        </li>
        <li>The request appears here within a second.</li>
      </ol>
      <p>
        <a href="/docs">All endpoints and their fields</a>
      </p>
    </details>
  </div>
)

export async function inboxPage(frame: PersonalFrame, c: Context, services: Services) {
  const read = inboxFilterOf(c)
  if (!read.ok) {
    const form = <InboxFilterForm {...read.typed} pickers={await pickersFor(services, frame)} />
    return { ...read.problem, search: { place: 'inbox' as const, heading: 'Inbox', form } }
  }
  const { filter } = read
  const reading = services.requests.inbox(frame.person, filter.query)
  const everybody = reading.then(({ people }) => people)
  const [inbox, pickers] = await Promise.all([reading, pickersFor(services, frame, everybody)])
  const opened = openedBy(c, filter)
  return <InboxPage {...{ frame, inbox, filter, opened, pickers }} nameOf={namesAmong(inbox.people)} />
}

export async function inboxListPage(frame: PersonalFrame, c: Context, services: Services) {
  const read = inboxFilterOf(c)
  if (!read.ok) return read.problem
  const { filter } = read
  const inbox = await services.requests.inbox(frame.person, filter.query)
  const shown = { inbox, filter, opened: openedBy(c, filter), nameOf: namesAmong(inbox.people) }
  return (
    <Page frame={frame} title="Inbox">
      <InboxList {...shown} now={frame.now} />
    </Page>
  )
}

function openedBy(c: Context, filter: InboxFilter): Opened {
  const pathTo = (key: string) => {
    const query = new URLSearchParams(searchOf(filter))
    query.append('open', key)
    return `/?${query}`
  }
  return { open: new Set(c.req.queries('open')), pathTo }
}
